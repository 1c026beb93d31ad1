import { ConditionError } from "./condition-error.ts";
import { maximumLength } from "./condition-limits.ts";
import { parseCall } from "./parse-call.ts";
import type { BinaryOperator, Expression, MapEntry } from "./syntax-tree.ts";
import { TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokenize.ts";

/**
 * Parses an expression (Common Expression Language, cel-spec langdef.md, without unsigned numbers, bytes, messages and
 * optional selection). Throws a {@link ConditionError} at the first fault.
 */
export function parseExpression(text: string): Expression {
  requireReadable(text);
  const reader = new TokenReader(tokenize(text));
  const expression = parseNested(reader);
  if (reader.peek().kind !== "end") throw reader.unexpected("an operator or the end");
  return expression;
}

function requireReadable(text: string): void {
  if (text.length > maximumLength) {
    throw new ConditionError(
      "too_long",
      { offset: maximumLength, length: text.length - maximumLength },
      {
        message: `This expression is longer than ${maximumLength} characters.`,
        help: "Split it over several rules.",
      },
    );
  }
  if (!text.isWellFormed()) {
    throw new ConditionError(
      "syntax",
      { offset: 0, length: text.length },
      {
        message: "This expression holds half of a surrogate pair.",
      },
    );
  }
}

function parseNested(reader: TokenReader): Expression {
  return reader.nested(parseConditional);
}

function parseConditional(reader: TokenReader): Expression {
  const condition = parseBinary(reader, 0);
  if (!reader.take("?")) return condition;
  const whenTrue = parseBinary(reader, 0);
  reader.expect(":");
  const whenFalse = parseNested(reader);
  return reader.node(condition.offset, { kind: "conditional", condition, whenTrue, whenFalse });
}

/** Operators by how loosely they bind, the loosest first; all of them group from the left. */
const precedence: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

function parseBinary(reader: TokenReader, level: number): Expression {
  const operators = precedence[level];
  if (operators === undefined) return parseUnary(reader);
  let left = parseBinary(reader, level + 1);
  for (;;) {
    const operator = operators.find((candidate) => reader.at(candidate));
    if (operator === undefined) return left;
    reader.next();
    const right = parseBinary(reader, level + 1);
    left = reader.node(left.offset, { kind: "binary", operator, left, right });
  }
}

function parseUnary(reader: TokenReader): Expression {
  const { offset } = reader.peek();
  if (reader.take("!")) {
    const operand = reader.nested(parseUnary);
    return reader.node(offset, { kind: "not", operand });
  }
  if (!reader.take("-")) return parseMember(reader, parsePrimary(reader));
  // The smallest 64-bit integer has no positive twin, so a sign belongs to the number that follows it.
  if (reader.peek().kind === "int") return parseMember(reader, parseInteger(reader, offset));
  const operand = reader.nested(parseUnary);
  return reader.node(offset, { kind: "negate", operand });
}

function parseMember(reader: TokenReader, primary: Expression): Expression {
  let operand = primary;
  for (;;) {
    if (reader.take(".")) {
      const name = reader.fieldName();
      operand = reader.at("(")
        ? parseCall(reader, { name, target: operand, parseArgument: parseNested })
        : reader.node(primary.offset, { kind: "select", operand, name });
    } else if (reader.take("[")) {
      const index = parseNested(reader);
      reader.expect("]");
      operand = reader.node(primary.offset, { kind: "index", operand, index });
    } else {
      return operand;
    }
  }
}

function parsePrimary(reader: TokenReader): Expression {
  const token = reader.peek();
  switch (token.kind) {
    case "string":
      reader.next();
      return reader.node(token.offset, { kind: "string", value: token.text });
    case "double":
      reader.next();
      return reader.node(token.offset, { kind: "double", value: token.value });
    case "int":
      return parseInteger(reader, token.offset);
    case "identifier":
      return parseWord(reader);
    case "operator":
      return parseBracketed(reader);
    case "quoted":
    case "end":
      throw reader.unexpected("a value");
  }
}

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** Reads a whole number that begins at `offset`: before the number where a sign has been taken. */
function parseInteger(reader: TokenReader, offset: number): Expression {
  const token = reader.next();
  if (token.kind !== "int") throw reader.unexpected("a number");
  const value = offset === token.offset ? token.value : -token.value;
  const literal = reader.node(offset, { kind: "int", value });
  if (value < smallest || value > largest) {
    throw new ConditionError("syntax", literal, { message: "This number does not fit into 64 bits." });
  }
  return literal;
}

function parseWord(reader: TokenReader): Expression {
  const { text, offset } = reader.peek();
  if (text === "true" || text === "false") {
    reader.next();
    return reader.node(offset, { kind: "bool", value: text === "true" });
  }
  if (text === "null") {
    reader.next();
    return reader.node(offset, { kind: "null" });
  }
  const name = reader.variableName();
  if (reader.at("(")) return parseCall(reader, { name, target: undefined, parseArgument: parseNested });
  return reader.node(offset, { kind: "variable", name: name.text });
}

function parseBracketed(reader: TokenReader): Expression {
  const { offset } = reader.peek();
  if (reader.take("(")) {
    const inner = parseNested(reader);
    reader.expect(")");
    return inner;
  }
  if (reader.take("[")) {
    const elements = parseSequence(reader, { closing: "]", parseElement: parseNested });
    return reader.node(offset, { kind: "list", elements });
  }
  if (reader.take("{")) {
    const entries = parseSequence(reader, { closing: "}", parseElement: parseEntry });
    return reader.node(offset, { kind: "map", entries });
  }
  throw reader.unexpected("a value");
}

interface SequenceForm<Element> {
  readonly closing: string;
  readonly parseElement: (reader: TokenReader) => Element;
}

/** Elements between commas; the last may be followed by one. */
function parseSequence<Element>(reader: TokenReader, form: SequenceForm<Element>): readonly Element[] {
  const elements: Element[] = [];
  while (!reader.at(form.closing)) {
    elements.push(form.parseElement(reader));
    if (!reader.take(",")) break;
  }
  reader.expect(form.closing);
  return elements;
}

function parseEntry(reader: TokenReader): MapEntry {
  const key = parseNested(reader);
  reader.expect(":");
  return { key, value: parseNested(reader) };
}
