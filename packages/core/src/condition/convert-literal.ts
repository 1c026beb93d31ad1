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
      return isWhole(node, text) ? convertInt(value, span) : { kind: "double", value: readDouble(node, text) };
    case "number":
      return { kind: "double", value: readDouble(node, text) };
    case "string":
      requirePlainRaw(text.slice(node.start, node.end), span);
      return { kind: "string", value };
    default:
      throw value instanceof Uint8Array ? bytes(span) : unsigned(span);
  }
}

/** Whether a node is a number without a point: `.5` is one with a point, whatever the parser was given in its place. */
export function isWhole(node: ParsedExpression, text: string): node is ParsedNode<"value"> & { readonly args: bigint } {
  return node.op === "value" && typeof node.args === "bigint" && text.charAt(node.start) !== ".";
}

function readDouble(node: ParsedExpression, text: string): number {
  return Number(text.slice(node.start, node.end));
}

/** An integer that fits into 64 bits with its sign: the parser takes one of any size. */
export function convertInt(value: bigint, span: Span): ExpressionForm {
  if (BigInt.asIntN(64, value) === value) return { kind: "int", value };
  throw new ConditionError("syntax", span, { message: "This number does not fit into 64 bits." });
}

/**
 * In CEL a raw string ends at the first of its quotes, in the parser not where a backslash stands before it: it reads
 * `r'\'` on to a later quote, with all that is between.
 */
function requirePlainRaw(literal: string, span: Span): void {
  if (!/^[rR]/.test(literal)) return;
  const quote = literal.charAt(1);
  const closing = literal.startsWith(quote.repeat(3), 1) ? quote.repeat(3) : quote;
  for (const { 0: backslashes, index } of literal.matchAll(/\\+/g)) {
    const behind = index + backslashes.length;
    if (backslashes.length % 2 === 0 || !literal.startsWith(closing, behind)) continue;
    throw new ConditionError("unsupported", span, {
      message: "In this raw text a backslash stands before a closing quote.",
      help: "Write it without the `r`, each backslash as `\\\\`, or with the other quotes.",
    });
  }
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
