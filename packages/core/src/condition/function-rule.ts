import type { Frame } from "./frame.ts";
import type { Kind, StaticType } from "./static-type.ts";
import type { Outcome, Value } from "./value.ts";

/**
 * What a function does. It gets as many operands as its rule has parameters; what is left out is `undefined`. They come
 * one by one rather than as a list, since a list made for each call would cost more than most functions do.
 */
export type FunctionBody = (frame: Frame, first: Outcome, second: Outcome, third: Outcome) => Outcome;

/** A function of the language. */
export interface FunctionRule {
  /** `function`: `name(first, …)`. `method`: `first.name(…)`. `either`: both. */
  readonly form: "function" | "method" | "either";
  /** The types that each operand may have, the target of a method first. At most three. */
  readonly parameters: readonly (readonly Kind[])[];
  /** How many operands must be given. Default: all. */
  readonly required?: number;
  readonly result: StaticType;
  /** INVARIANT: unknown for every operand of another type: nothing is converted. */
  readonly body: FunctionBody;
  /** An operand that is checked, and prepared, when the expression is compiled. */
  readonly literal?: LiteralOperand;
}

export interface LiteralOperand {
  /** Which operand, the target of a method being 0. */
  readonly operand: number;
  /** `required`: it must be a literal. `optional`: it is checked where it is one. */
  readonly presence: "required" | "optional";
  /** What the operand must be, as in "an IP range such as 10.0.0.0/8". */
  readonly wanted: string;
  /** The function with this operand fixed, or `undefined` where the operand is not what it must be. */
  prepare(value: Value): FunctionBody | undefined;
}
