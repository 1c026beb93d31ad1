import { ConditionError, type Span } from "./condition-error.ts";
import { type ParsedExpression, type ParsedNode, spanOf } from "./parsed-node.ts";
import type { ExpressionForm } from "./syntax-tree.ts";

/** Turns a literal of the parser's tree into ours. */
export function convertLiteral(node: ParsedNode<"value">, text: string): ExpressionForm {
  const value = node.args;
  const span = spanOf(node);
  if (value === null) return { kind: "null" };
  switch (typeof value) {
    case "boolean":
      return { kind: "bool", value };
    case "bigint":
    case "number": {
      const whole = readWhole(node, text);
      if (whole !== undefined) return convertInt(whole, span);
      return { kind: "double", value: readDouble(node, text) };
    }
    case "string":
      return { kind: "string", value: readString(value, text.slice(node.start, node.end)) };
    default:
      throw value instanceof Uint8Array ? bytes(span) : unsigned(span);
  }
}

/** The value of a number without a point: `.5` is one with a point, whatever the parser was given in its place. */
export function readWhole(node: ParsedExpression, text: string): bigint | undefined {
  if (node.op !== "value" || typeof node.args !== "bigint") return undefined;
  return text.charAt(node.start) === "." ? undefined : node.args;
}

function readDouble(node: ParsedExpression, text: string): number {
  return Number(text.slice(node.start, node.end));
}

/** An integer that fits into 64 bits with its sign: the parser takes one of any size. */
export function convertInt(value: bigint, span: Span): ExpressionForm {
  if (BigInt.asIntN(64, value) === value) return { kind: "int", value };
  throw new ConditionError("syntax", span, { message: "This number does not fit into 64 bits." });
}

/** A raw string is what stands between its quotes; the parser's own reading of it takes backslashes for escapes. */
function readString(value: string, literal: string): string {
  if (!/^[rR]/.test(literal)) return value;
  const quotes = /^(["'])\1\1/.test(literal.slice(1)) && literal.length >= 7 ? 3 : 1;
  return literal.slice(1 + quotes, -quotes);
}

function bytes(span: Span): ConditionError {
  return new ConditionError("unsupported", span, {
    message: "Bytes are not part of this language.",
    help: "Arguments are JSON: compare text with text.",
  });
}

function unsigned(span: Span): ConditionError {
  return new ConditionError("unsupported", span, {
    message: "Unsigned numbers are not part of this language.",
    help: "Leave out the `u`.",
  });
}
