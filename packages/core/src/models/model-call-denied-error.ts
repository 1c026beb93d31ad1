import type { Deny } from "../decision.ts";

const marker = Symbol.for("ambit.ModelCallDeniedError");

/**
 * What a call of a language model rejects with where it was denied, for there is no result to put a denial in. Its message
 * is the reason of the denial: the policy's own words.
 */
export class ModelCallDeniedError extends Error {
  override readonly name = "ModelCallDeniedError";
  /** The model, as a tool of the policy: `model:openai/gpt-5`. */
  readonly tool: string;
  // Private, so that serialising the error, as streams to browsers do, never shows the decision's detail.
  readonly #decision: Deny;

  constructor(tool: string, decision: Deny) {
    super(decision.reason);
    this.tool = tool;
    this.#decision = decision;
    Object.defineProperty(this, marker, { value: true });
  }

  /** The whole decision, with what only administrators may see in `detail`. */
  get decision(): Deny {
    return this.#decision;
  }

  /** Whether a value is such an error, also one made by another copy of this package. */
  static isInstance(value: unknown): value is ModelCallDeniedError {
    return typeof value === "object" && value !== null && marker in value;
  }
}
