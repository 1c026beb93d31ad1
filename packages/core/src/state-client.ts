import { type Closing, planClosing } from "./plan-call.ts";
import { DeadlineError, unavailable, withDeadline } from "./platform.ts";
import type { Plan } from "./state/plan.ts";
import type { ApplyResult, StateStore } from "./state/state-store.ts";

/** What a {@link StateClient} works with. */
export interface StateClientOptions {
  readonly store: StateStore;
  /** Milliseconds. */
  readonly deadline: number;
  readonly onFault: (fault: unknown) => void;
}

/** Asks the state store within a deadline, and gives back what it may have reserved in vain. */
export class StateClient {
  readonly #options: StateClientOptions;

  constructor(options: StateClientOptions) {
    this.#options = options;
  }

  /** Takes a plan. Rejects with an `UnavailableError`, whatever went wrong; nothing stays reserved then. */
  async apply(plan: Plan): Promise<ApplyResult> {
    let answer: ApplyResult | Promise<ApplyResult> | undefined;
    try {
      answer = this.#options.store.apply(plan);
      return isPromise(answer) ? await withDeadline(answer, this.#options.deadline, "the state store") : answer;
    } catch (error) {
      // The store may have reserved all the same: give it back, once there is an answer if there may yet be one.
      if (error instanceof DeadlineError && isPromise(answer)) {
        answer.then(() => this.giveBack(plan)).catch(this.#options.onFault);
      } else void this.giveBack(plan);
      throw unavailable("the state store", error);
    }
  }

  /** Releases what a plan reserved for a call that certainly never started. Never rejects. */
  async giveBack(plan: Plan): Promise<void> {
    try {
      await this.close(plan, { kind: "release" }, plan.now);
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }

  /** Ends the reservations of a plan. Rejects where the store does not take it. */
  async close(plan: Plan, closing: Closing, now: number): Promise<void> {
    if (plan.keys.length === 0) return;
    const answer = this.#options.store.apply(planClosing(plan, closing, now));
    if (isPromise(answer)) await withDeadline(answer, this.#options.deadline, "the state store");
  }
}

function isPromise<T>(answer: T | Promise<T> | undefined): answer is Promise<T> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}
