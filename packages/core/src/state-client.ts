import { isLater, type NowOrLater, orElse } from "./now-or-later.ts";
import { planUndoing } from "./plan/plan-closing.ts";
import { DeadlineError, StateLostError, UnavailableError, unavailable, withDeadline } from "./platform.ts";
import type { Plan } from "./state/plan.ts";
import { type ApplyResult, type Observation, type StateStore, StateStoreError } from "./state/state-store.ts";

/** What a {@link StateClient} works with. */
export interface StateClientOptions {
  readonly store: StateStore;
  /** Milliseconds. */
  readonly deadline: number;
  readonly onFault: (fault: unknown) => void;
  /** The life of the state that is expected. `undefined`: that of the first answer. */
  readonly epoch: string | undefined;
}

/** What is taken in place of a plan whose checks do not hold; each time less of it. */
type Instead = (plan: Plan, result: Extract<ApplyResult, { held: false }>) => Plan | undefined;

/** Asks the state store within a deadline, and gives back what it may have reserved in vain. */
export class StateClient {
  readonly #options: StateClientOptions;
  #epoch: string | undefined;

  constructor(options: StateClientOptions) {
    this.#options = options;
    this.#epoch = options.epoch;
  }

  /** The life of the state that is known; `undefined` before the first answer. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** Takes whatever state there is for the true one from now on: somebody has looked at what was lost. */
  acceptEpoch(): void {
    this.#epoch = undefined;
  }

  /** Takes a plan. Fails with an `UnavailableError`, whatever went wrong; then what may have been reserved is given back. */
  apply(plan: Plan): NowOrLater<ApplyResult> {
    try {
      const answer = this.#options.store.apply(plan);
      return isLater(answer) ? this.#applied(answer, plan) : this.#checked(answer);
    } catch (error) {
      void this.attempt(planUndoing(plan));
      throw stateFault(error);
    }
  }

  async #applied(answer: PromiseLike<ApplyResult>, plan: Plan): Promise<ApplyResult> {
    try {
      return this.#checked(await withDeadline(answer, this.#options.deadline, "the state store"));
    } catch (error) {
      // The store may have reserved all the same: give it back, once there is an answer if there may yet be one.
      if (error instanceof DeadlineError) {
        // Also where that is a failure: what was lost may have been the answer alone.
        Promise.resolve(answer)
          .then(() => {}, this.#options.onFault)
          .then(() => this.attempt(planUndoing(plan)))
          .catch(this.#options.onFault);
      } else void this.attempt(planUndoing(plan));
      throw stateFault(error);
    }
  }

  /** INVARIANT (S1): a store that was emptied or put back to an earlier state is not one in which nothing happened. */
  #checked(result: ApplyResult): ApplyResult {
    const { epoch } = result;
    if (typeof epoch !== "string" || epoch === "")
      throw new UnavailableError("the state store did not say which state it is");
    this.#epoch ??= epoch;
    if (epoch !== this.#epoch) throw new StateLostError(`the state is of the epoch ${epoch}, not ${this.#epoch}`);
    return result;
  }

  /** Takes a plan that has no checks. Fails where the store does not take it. */
  write(plan: Plan): NowOrLater<void> {
    if (plan.effects.length === 0) return;
    const answer = this.#options.store.apply(plan);
    return isLater(answer) ? this.#written(answer) : undefined;
  }

  async #written(answer: PromiseLike<ApplyResult>): Promise<void> {
    await withDeadline(answer, this.#options.deadline, "the state store");
  }

  /**
   * Takes a plan and gives what its checks saw. Where one does not hold, it takes what `instead` makes of the plan; where
   * that is nothing, or the store does not take it with its checks, it takes it without, and nothing is seen. Rejects where
   * it does not take it at all.
   */
  async writeWatching(plan: Plan, instead: Instead): Promise<readonly Observation[]> {
    let next: Plan | undefined;
    try {
      const answer = this.#options.store.apply(plan);
      const waiting = isLater(answer) ? withDeadline(answer, this.#options.deadline, "the state store") : answer;
      const result = await waiting;
      if (result.held === true) return Array.isArray(result.observed) ? result.observed : [];
      next = instead(plan, result);
    } catch (error) {
      // It may still take it: asking twice at once would not make it faster.
      if (error instanceof DeadlineError) throw error;
    }
    if (next !== undefined) return this.writeWatching(next, instead);
    await this.write({ ...plan, checks: [] });
    return [];
  }

  /** Takes a plan that has no checks, as far as that is possible. Never fails. */
  attempt(plan: Plan): NowOrLater<void> {
    return orElse(() => this.write(plan), this.#options.onFault);
  }
}

function stateFault(error: unknown): Error {
  if (error instanceof StateStoreError && error.code === "state_lost") return new StateLostError(error.message);
  return error instanceof StateLostError ? error : unavailable("the state store", error);
}
