import type { ApprovalStore } from "../approval/approval-store.ts";
import type { Plan } from "./plan.ts";

/**
 * What a cell held when a check on it was made, before any effect of the plan.
 *
 * | check | `value` | `at`, in epoch milliseconds |
 * | --- | --- | --- |
 * | `account` | committed and reserved, in the check's window | of a rolling window: when enough of it is free again; else 0 |
 * | `count` | entries in the interval, 1,000 where there are more | when the next entry can be added; 0 where it can be now |
 * | `marked`, `unmarked` | 1 if it is marked at or after `since`, else 0 | when it was last marked; 0 never |
 * | `incomplete` | how many of the marks are set at or after `since` | 0 |
 * | `streak` | its length | 0 |
 * | `acyclic` | the period of the cycle that the entry would close; 0 for none | 0 |
 * | `unspent` | 1 if it is spent, else 0 | 0 |
 * | `off` | 1 if it is thrown, else 0 | until when; 0 where it is not |
 */
export interface Observation {
  readonly value: number;
  readonly at: number;
}

/** What {@link StateStore.apply} found. `observed` has one entry for each check that was made, in order. */
export type ApplyResult =
  | { readonly held: true; readonly epoch: string; readonly observed: readonly Observation[] }
  | {
      readonly held: false;
      readonly epoch: string;
      /** Index into {@link Plan.checks} of the first check that failed. */
      readonly failed: number;
      readonly observed: readonly Observation[];
    };

/**
 * Where history and money live. One verb.
 *
 * An implementation must take the whole plan as one atomic step: all checks, in order, against the state before the
 * plan, then all effects, or none. It must never forget live state to make room: at its cap it rejects. It rejects with
 * a `StateStoreError` when it cannot answer; the call is then denied. `epoch` names the life of the state: it is another
 * one after whatever lost it, so that nobody takes an emptied store for one in which nothing happened.
 */
export interface StateStore {
  apply(plan: Plan): ApplyResult | Promise<ApplyResult>;

  /**
   * Where requests for approval are kept. Default: nowhere; calls that a person must approve are then denied. It is part of
   * the same state: whatever loses the one loses the other.
   */
  readonly approvals?: ApprovalStore | undefined;
}

/** A store could not answer. The message is for administrators and never reaches a model. */
export class StateStoreError extends Error {
  override readonly name = "StateStoreError";
  readonly code: "state_capacity" | "state_unavailable" | "state_arithmetic" | "state_lost";

  constructor(code: StateStoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
