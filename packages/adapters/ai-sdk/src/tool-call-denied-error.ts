import { type Deny, renderDenial } from "@ambit/core";

const marker = Symbol.for("ambit.ToolCallDeniedError");

/**
 * Thrown from a wrapped tool's `execute` in place of a result. The AI SDK turns it into the tool's result, which the
 * model reads: one line of JSON with the code and the reason of the denial.
 */
export class ToolCallDeniedError extends Error {
  override readonly name = "ToolCallDeniedError";
  readonly toolName: string;
  // Private, so that serialising the error, as streams to browsers do, never shows the decision's detail.
  readonly #decision: Deny;

  constructor(toolName: string, decision: Deny) {
    super(renderDenial(decision));
    this.toolName = toolName;
    this.#decision = decision;
    Object.defineProperty(this, marker, { value: true });
  }

  /** The whole decision, with what only administrators may see in `detail`. */
  get decision(): Deny {
    return this.#decision;
  }

  /** AI SDK 7 shows a model `toString()` and 6 shows `message`: both are the same line. */
  override toString(): string {
    return this.message;
  }

  /** Whether a value is such an error, also one made by another copy of this package. */
  static isInstance(value: unknown): value is ToolCallDeniedError {
    return typeof value === "object" && value !== null && marker in value;
  }
}
