import { type Deny, renderDenial } from "./decision.ts";

const marker = Symbol.for("ambit.ToolCallDeniedError");

/**
 * What a wrapped tool throws in place of a result, in frameworks that turn errors into results. Its message is what the
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

  /** Some frameworks show a model `toString()` and others `message`: both are the same line. */
  override toString(): string {
    return this.message;
  }

  /** Whether a value is such an error, also one made by another copy of this package. */
  static isInstance(value: unknown): value is ToolCallDeniedError {
    return typeof value === "object" && value !== null && marker in value;
  }
}
