import type { Check, Effect, KeyIndex, Plan } from "../state/plan.ts";
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
  readonly #keys: string[] = [];
  readonly #indexes = new Map<string, KeyIndex>();
  readonly #checks: Check[] = [];
  readonly #causes: RefusalCause[] = [];
  readonly #effects: Effect[] = [];
  readonly #whenSucceeded: Effect[] = [];
  readonly #whenFailed: Effect[] = [];

  /** The index of a cell's name. */
  key(name: string): KeyIndex {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#keys.push(name) - 1;
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

  build({ partition, now }: Pick<Plan, "partition" | "now">): CallPlan {
    return {
      // Frozen, so that whoever found what the keys name need not look again for a call that is alike.
      plan: { partition, keys: Object.freeze(this.#keys), checks: this.#checks, effects: this.#effects, now },
      causes: this.#causes,
      whenSucceeded: this.#whenSucceeded,
      whenFailed: this.#whenFailed,
    };
  }
}
