import type { Execute } from "../authorizer.ts";
import type { Deny, Permit } from "../decision.ts";
import type { Execution } from "../execution.ts";

/** What a tool gave: a result, or what it threw. */
type Given<Result> = { readonly result: Result } | { readonly error: unknown };

/** A tool whose result is kept, so that it can be released in spite of a denial of it. */
export class WatchedTool<Result> {
  readonly #execute: Execute<Result | PromiseLike<Result>>;
  readonly #release: (denial: Deny) => Promise<Permit | undefined>;
  #permit: Promise<Permit | undefined> | undefined;
  #started = false;
  #given: Given<Result> | undefined;

  /** `release`: gives a permit for a result that should be withheld, where that is not enforced. */
  constructor(execute: Execute<Result | PromiseLike<Result>>, release: (denial: Deny) => Promise<Permit | undefined>) {
    this.#execute = execute;
    this.#release = release;
  }

  get started(): boolean {
    return this.#started;
  }

  /** What it gave; `undefined` where it has not ended. */
  get given(): Given<Result> | undefined {
    return this.#given;
  }

  /** The same tool. */
  readonly body = async (args: Record<string, unknown>, execution: Execution): Promise<Result> => {
    this.#started = true;
    try {
      const result = await this.#execute(args, this.#releasing(execution));
      this.#given = { result };
      return result;
    } catch (error) {
      this.#given = { error };
      throw error;
    }
  };

  /** Asks once, whether the result is released early or late. */
  release(denial: Deny): Promise<Permit | undefined> {
    this.#permit ??= this.#release(denial);
    return this.#permit;
  }

  #releasing(execution: Execution): Execution {
    const releaseEarly = async () => {
      const denial = await execution.releaseEarly();
      if (denial === undefined) return undefined;
      return (await this.release(denial)) === undefined ? denial : undefined;
    };
    return Object.freeze({ ...execution, releaseEarly });
  }
}
