import type { KnownContext } from "../call-context.ts";
import type { Check, Effect, KeyIndex, Plan } from "../state/plan.ts";
import { type CellMember, type CellPattern, cellName, resolveMember } from "./owner-key.ts";
import type { RefusalCause } from "./refusal-cause.ts";

/** A call's plan, what each of its checks is for, and what is to be written once it has ended. */
export interface CallPlan {
  readonly plan: Plan;
  /** One for each check. */
  readonly causes: readonly RefusalCause[];
  /** What happens besides the end of its reservations when the call has succeeded; keys are the plan's. */
  readonly whenSucceeded: readonly Effect[];
  /** The same when it has failed. */
  readonly whenFailed: readonly Effect[];
}

/** Collects the checks and effects of one call. */
export class PlanBuilder {
  readonly #context: KnownContext;
  readonly #keys: string[] = [];
  readonly #cells: CellPattern[] = [];
  readonly #indexes = new Map<string, KeyIndex>();
  readonly #checks: Check[] = [];
  readonly #causes: RefusalCause[] = [];
  readonly #effects: Effect[] = [];
  readonly #whenSucceeded: Effect[] = [];
  readonly #whenFailed: Effect[] = [];

  /** `context`: of the call. */
  constructor(context: KnownContext) {
    this.#context = context;
  }

  /** One for each key: calls of other contexts have others in their places. */
  get cells(): readonly CellPattern[] {
    return this.#cells;
  }

  /** The index of a cell's name. */
  key(kind: string, ...members: readonly CellMember[]): KeyIndex {
    const name = cellName(kind, ...members.map((member) => resolveMember(member, this.#context)));
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#keys.push(name) - 1;
    this.#cells.push({ kind, members });
    this.#indexes.set(name, index);
    return index;
  }

  check(check: Check, cause: RefusalCause): void {
    this.#checks.push(check);
    this.#causes.push(cause);
  }

  effect(effect: Effect): void {
    this.#effects.push(effect);
  }

  whenSucceeded(effect: Effect): void {
    this.#whenSucceeded.push(effect);
  }

  whenFailed(effect: Effect): void {
    this.#whenFailed.push(effect);
  }

  build(now: number): CallPlan {
    const partition = this.#context.tenant;
    return {
      // Frozen, so that whoever found what the keys name need not look again for a call that is alike.
      plan: { partition, keys: Object.freeze(this.#keys), checks: this.#checks, effects: this.#effects, now },
      causes: this.#causes,
      whenSucceeded: this.#whenSucceeded,
      whenFailed: this.#whenFailed,
    };
  }
}
