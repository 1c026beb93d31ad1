/** What is wrong with an expression; a closed set. */
export type ConditionErrorCode =
  | "too_long"
  | "too_deep"
  | "too_complex"
  | "syntax"
  | "unsupported"
  | "unknown_name"
  | "unknown_property"
  | "unknown_function"
  | "wrong_arguments"
  | "invalid_argument"
  | "type_mismatch";

/** A part of an expression's text, in UTF-16 code units from its start. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** An expression that cannot be compiled. Thrown when a policy is loaded, never while a call is judged. */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
  readonly code: ConditionErrorCode;
  /** Where the fault begins, in UTF-16 code units from the start of the expression. */
  readonly offset: number;
  /** How many code units the fault covers; at least 1, so that a caret always shows, even at the end. */
  readonly length: number;
  /** What to write instead, as one sentence. */
  readonly help: string | undefined;

  constructor(code: ConditionErrorCode, span: Span, text: { readonly message: string; readonly help?: string }) {
    super(text.message);
    this.code = code;
    this.offset = span.offset;
    this.length = Math.max(1, span.length);
    this.help = text.help;
  }
}
