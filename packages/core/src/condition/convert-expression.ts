import type { BinaryOperator as ParsedOperator } from "@marcbachmann/cel-js";
import { ConditionError } from "./condition-error.ts";
import { convertFunction, convertMethod } from "./convert-call.ts";
import { convertInt, convertLiteral, readWhole } from "./convert-literal.ts";
import { type ParsedExpression, type ParsedNode, spanOf } from "./parsed-node.ts";
import { readName, type SourceText, withParentheses } from "./source-text.ts";
import type { Expression, ExpressionForm } from "./syntax-tree.ts";

/**
 * Turns the parser's tree into ours. What the parser lets through, but this language leaves out or the parser reads
 * otherwise than CEL does, is refused: bytes, unsigned numbers, integers beyond 64 bits, comparisons in a row and
 * conditionals in the middle of others.
 */
export function convertExpression(node: ParsedExpression, source: SourceText): Expression {
  return { ...convertNode(node, source), ...withParentheses(spanOf(node), findSign(node, source), source) };
}

function convertNode(node: ParsedExpression, source: SourceText): ExpressionForm {
  const convert = (part: ParsedExpression) => convertExpression(part, source);
  switch (node.op) {
    case "value":
      return convertLiteral(node, source.text);
    case "id":
      return { kind: "variable", name: node.args };
    case ".":
      return convertSelect(node, source);
    case "[]":
      return { kind: "index", operand: convert(node.args[0]), index: convert(node.args[1]) };
    case "call":
      return convertFunction(node, convert);
    case "rcall":
      return convertMethod(node, { source, convert });
    case "list":
      return { kind: "list", elements: node.args.map(convert) };
    case "map":
      return { kind: "map", entries: node.args.map(([key, value]) => ({ key: convert(key), value: convert(value) })) };
    case "?:": {
      const [condition, whenTrue, whenFalse] = node.args;
      if (whenTrue.op === "?:" && !standsApart(whenTrue, node, source)) throw nestedConditional(whenTrue);
      const branches = { whenTrue: convert(whenTrue), whenFalse: convert(whenFalse) };
      return { kind: "conditional", condition: convert(condition), ...branches };
    }
    case "!_":
      return { kind: "not", operand: convert(node.args) };
    case "-_":
      return convertNegative(node, source);
    case ".?":
    case "[?]":
      throw optional(node);
    default:
      return convertBinary(node, source);
  }
}

/** A place in what a node covers that lies within none of its operands. */
function findSign(node: ParsedExpression, { bare }: SourceText): number {
  switch (node.op) {
    case "value":
    case "id":
    case "call":
    case "list":
    case "map":
    case "!_":
    case "-_":
      return node.start;
    case ".":
    case ".?":
    case "[]":
    case "[?]":
    case "rcall":
      return node.end;
    case "?:":
      return bare.indexOf("?", node.args[0].end);
    default:
      return bare.indexOf(node.op, node.args[0].end);
  }
}

function convertSelect(node: ParsedNode<".">, source: SourceText): ExpressionForm {
  const [operand, name] = node.args;
  const span = { offset: node.pos, length: name.length };
  return { kind: "select", operand: convertExpression(operand, source), name: readName(span, source) };
}

/** The smallest 64-bit integer has no positive twin, so a sign belongs to the number that follows it. */
function convertNegative(node: ParsedNode<"-_">, source: SourceText): ExpressionForm {
  const { args: operand } = node;
  const apart = source.depth[node.start] !== source.depth[operand.start];
  const whole = apart ? undefined : readWhole(operand, source.text);
  if (whole !== undefined) return convertInt(-whole, spanOf(node));
  return { kind: "negate", operand: convertExpression(operand, source) };
}

function optional(node: ParsedExpression): ConditionError {
  return new ConditionError("unsupported", spanOf(node), {
    message: "Optional selection is not part of this language.",
    help: "Ask with `has(…)` first.",
  });
}

type BinaryNode = ParsedNode<ParsedOperator | "||" | "&&">;

function convertBinary(node: BinaryNode, source: SourceText): ExpressionForm {
  requireNoChain(node, source);
  const left = convertExpression(node.args[0], source);
  return { kind: "binary", operator: node.op, left, right: convertExpression(node.args[1], source) };
}

const orders: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "in"]);

/**
 * In CEL all comparisons bind alike and group from the left; in the parser `==` and `!=` bind more loosely than the
 * others. `a == b < c` is `(a == b) < c` for one and `a == (b < c)` for the other, so parentheses must say which.
 */
function requireNoChain(node: BinaryNode, source: SourceText): void {
  const [, right] = node.args;
  if ((node.op !== "==" && node.op !== "!=") || !isOrder(right)) return;
  if (standsApart(right, node, source)) return;
  throw new ConditionError("unsupported", withParentheses(spanOf(node), findSign(node, source), source), {
    message: `\`${node.op}\` and \`${right.op}\` stand in a row, which can be read in two ways.`,
    help: "Put one of the comparisons in parentheses.",
  });
}

/** Whether there are parentheses around an operand whose own operator stands behind that of the whole. */
function standsApart(operand: ParsedExpression, whole: ParsedExpression, source: SourceText): boolean {
  // INVARIANT: the parentheses open between the two operators, and close behind the second.
  const [outside = 0, inside = 0] = [whole, operand].map((node) => source.depth[findSign(node, source)]);
  return inside > outside;
}

/** CEL has no place for this, the parser does. */
function nestedConditional(node: ParsedExpression): ConditionError {
  return new ConditionError("syntax", spanOf(node), {
    message: "A conditional stands between `?` and `:` of another.",
    help: "Put it in parentheses.",
  });
}

function isOrder(node: ParsedExpression): node is ParsedNode<"<" | "<=" | ">" | ">=" | "in"> {
  return orders.has(node.op);
}
