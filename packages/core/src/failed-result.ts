/**
 * Ends a call as one that failed, though its tool gave a result: by default one that is marked `isError`, as MCP servers mark
 * theirs, which clients give like any other. For adapters: throw it in what `run` executes, and give it as the result where `run`
 * rejects with it. Thrown is the result itself, so that classifiers read what the model will.
 */
export class FailedResult {
  readonly #saysFailed: (result: unknown) => boolean;
  #result: { readonly value: unknown } | undefined;

  /** `saysFailed`: whether a result says that the tool failed. Default: whether it is marked `isError`. */
  constructor(saysFailed: (result: unknown) => boolean = isMarked) {
    this.#saysFailed = saysFailed;
  }

  /**
   * Throws a result that says that the tool failed.
   *
   * INVARIANT (S5): what says that it is an error satisfies no prerequisite.
   */
  throwIfFailed(result: unknown): void {
    if (!this.#saysFailed(result)) return;
    this.#result = { value: result };
    throw result;
  }

  /** Whether it was thrown here: what the tool itself throws is its error. */
  is(error: unknown): boolean {
    return this.#result !== undefined && this.#result.value === error;
  }
}

function isMarked(result: unknown): boolean {
  return typeof result === "object" && result !== null && "isError" in result && result.isError === true;
}
