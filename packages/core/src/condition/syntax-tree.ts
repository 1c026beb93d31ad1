import type { Span } from "./condition-error.ts";

/** A name in the text, with its place. */
export interface Name extends Span {
  readonly text: string;
}

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%";

/** The macros over lists and maps. */
export type MacroName = "all" | "exists" | "exists_one" | "filter" | "map";

/** One node of a parsed expression. Every node knows the text that it covers. */
export type Expression = Span & ExpressionForm;

/** A member access: `operand.name`. */
export interface SelectForm {
  readonly kind: "select";
  readonly operand: Expression;
  readonly name: Name;
}

/** `range.name(variable, body)`; only `map` has a filter, as its second of three arguments. */
export interface MacroForm {
  readonly kind: "macro";
  readonly name: MacroName;
  readonly range: Expression;
  readonly variable: Name;
  readonly filter: Expression | undefined;
  readonly body: Expression;
}

/** `name(arguments)`, or `target.name(arguments)`. */
export interface CallForm {
  readonly kind: "call";
  readonly name: Name;
  readonly target: Expression | undefined;
  readonly arguments: readonly Expression[];
}

export interface BinaryForm {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export type ExpressionForm =
  | { readonly kind: "null" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  /** A 64-bit signed integer. */
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "variable"; readonly name: string }
  | SelectForm
  /** `has(operand.name)`. */
  | { readonly kind: "has"; readonly operand: Expression; readonly name: Name }
  | { readonly kind: "index"; readonly operand: Expression; readonly index: Expression }
  | CallForm
  | MacroForm
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "negate"; readonly operand: Expression }
  | BinaryForm
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: "list"; readonly elements: readonly Expression[] }
  | { readonly kind: "map"; readonly entries: readonly MapEntry[] };

export interface MapEntry {
  readonly key: Expression;
  readonly value: Expression;
}
