/**
 * Ends a call as one that failed, though its tool gave a result: one that is marked `isError`, as MCP servers mark theirs,
 * which the SDK's MCP clients give like any other. Thrown is the result itself, so that classifiers read what the model will.
 */
export class FailedResult {
  #result: { readonly value: unknown } | undefined;

  /** Throws a result that says that the tool failed. */
  throwIfFailed(result: unknown): void {
    if (!saysFailed(result)) return;
    this.#result = { value: result };
    throw result;
  }

  /** Whether it was thrown here: what the tool itself throws is its error. */
  is(error: unknown): boolean {
    return this.#result !== undefined && this.#result.value === error;
  }
}

function saysFailed(result: unknown): boolean {
  if (typeof result !== "object" || result === null || !Object.hasOwn(result, "isError")) return false;
  return (result as { readonly isError: unknown }).isError === true; // It has it.
}
