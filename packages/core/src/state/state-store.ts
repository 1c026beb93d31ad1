import type { MicroUnits } from "../money.ts";

/** `committed + reserved + amount` must stay at or below `limit` in `window`. */
export interface AccountCheck {
  readonly kind: "account";
  /** Index into {@link Plan.keys}. */
  readonly key: number;
  /** Which window of the account, compared as text: a later window is greater. Empty: the account never resets. */
  readonly window: string;
  readonly amount: MicroUnits;
  readonly limit: MicroUnits;
}

/** A condition on one cell. Taken together: either all of a plan's checks hold or none of its effects happens. */
export type Check = AccountCheck;

/** Holds an amount against an account until it is settled, released or expired. */
export interface ReserveEffect {
  readonly kind: "reserve";
  readonly key: number;
  readonly window: string;
  readonly evaluationId: string;
  readonly amount: MicroUnits;
  /** When an unsettled reservation counts as abandoned, in epoch milliseconds. */
  readonly leaseUntil: number;
}

/** Replaces the reservation by what the call really cost, above the limit if need be. */
export interface SettleEffect {
  readonly kind: "settle";
  readonly key: number;
  readonly evaluationId: string;
  readonly amount: MicroUnits;
}

/** Gives the reservation back: the call certainly never started. */
export interface ReleaseEffect {
  readonly kind: "release";
  readonly key: number;
  readonly evaluationId: string;
}

/** Charges the reservation in full: the call may have started and nobody will say. */
export interface ExpireEffect {
  readonly kind: "expire";
  readonly key: number;
  readonly evaluationId: string;
}

/** A change to one cell. Settle, release and expire of a reservation that is gone change nothing. */
export type Effect = ReserveEffect | SettleEffect | ReleaseEffect | ExpireEffect;

/** Every stateful rule that one call touches, as data, so that each store can take it in one step. */
export interface Plan {
  /** Cell names: injective text over tenant, issuer, subject and rule, compared byte by byte. */
  readonly keys: readonly string[];
  readonly checks: readonly Check[];
  readonly effects: readonly Effect[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A plan that asks and changes nothing. */
export function noPlan(now: number): Plan {
  return { keys: [], checks: [], effects: [], now };
}

/** What an account held when a check on it was made, before any effect of the plan. */
export interface AccountObservation {
  readonly spent: MicroUnits;
}

/** What {@link StateStore.apply} found. `observed` has one entry for each check that was made, in order. */
export type ApplyResult =
  | { readonly held: true; readonly observed: readonly AccountObservation[] }
  | {
      readonly held: false;
      /** Index into {@link Plan.checks} of the first check that failed. */
      readonly failed: number;
      readonly observed: readonly AccountObservation[];
    };

/**
 * Where history and money live. One verb.
 *
 * An implementation must take the whole plan as one atomic step: all checks against the state before the plan, then
 * all effects, or none. It must never forget live state to make room: at its cap it rejects. It rejects with a
 * `StateStoreError` when it cannot answer; the call is then denied.
 */
export interface StateStore {
  apply(plan: Plan): ApplyResult | Promise<ApplyResult>;
}

/** A store could not answer. The message is for administrators and never reaches a model. */
export class StateStoreError extends Error {
  override readonly name = "StateStoreError";
  readonly code: "state_capacity" | "state_unavailable" | "state_arithmetic";

  constructor(code: StateStoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
