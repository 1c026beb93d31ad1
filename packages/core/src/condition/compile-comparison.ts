import { type AnyMap, equals, isMap, isMapKey, mapKeys, order, readMap } from "./comparison.ts";
import { type Compilation, type CompiledNode, combine, requireKind } from "./compiled-node.ts";
import { ConditionError, type Span } from "./condition-error.ts";
import { type Evaluate, type Frame, spend } from "./frame.ts";
import { couldBe, couldCompare, describeType, mustBe, typeOf } from "./static-type.ts";
import type { BinaryForm } from "./syntax-tree.ts";
import { isJsonObject, isList, type Outcome, readNumber, type Value } from "./value.ts";

/** Compiles `==`, or `!=`, which is its contrary. */
export function compileEquality(compilation: Compilation, expression: BinaryForm & Span): CompiledNode {
  const left = compilation.compile(expression.left);
  const right = compilation.compile(expression.right);
  const nullTest = mustBe(left.type, "null") || mustBe(right.type, "null");
  if (!nullTest && !couldCompare(left.type, right.type)) throw incomparable(expression, left, right);
  const equal = nullTest ? equalWithNull(left, right) : equalRun(left, right);
  const run: Evaluate = expression.operator === "==" ? equal : contrary(equal);
  return combine([left, right], { type: typeOf("bool"), run });
}

/** Where the expression itself says null, the answer is known for every value that is there. */
function equalWithNull(left: CompiledNode, right: CompiledNode): Evaluate {
  return (frame) => {
    const first = left.run(frame);
    const second = right.run(frame);
    return first === undefined || second === undefined ? undefined : first === second;
  };
}

function equalRun(left: CompiledNode, right: CompiledNode): Evaluate {
  const { run } = left;
  const expected = right.constant?.value;
  if (typeof expected === "string") {
    return (frame) => {
      const value = run(frame);
      return typeof value === "string" ? value === expected : undefined;
    };
  }
  return (frame) => equals(frame, run(frame), right.run(frame));
}

function contrary(equal: Evaluate): Evaluate {
  return (frame) => {
    const answer = equal(frame);
    return typeof answer === "boolean" ? !answer : undefined;
  };
}

export type OrderOperator = "<" | "<=" | ">" | ">=";

/** Compiles an ordering: numbers by exact value, text by code points, false before true, times. */
export function compileOrder(
  compilation: Compilation,
  expression: BinaryForm & Span,
  operator: OrderOperator,
): CompiledNode {
  const left = compilation.compile(expression.left);
  const right = compilation.compile(expression.right);
  requireKind(left, expression.left, "bool", "int", "double", "string", "timestamp", "duration");
  requireKind(right, expression.right, "bool", "int", "double", "string", "timestamp", "duration");
  if (!couldCompare(left.type, right.type)) throw incomparable(expression, left, right);
  const judge = orderJudge(operator);
  const general: Evaluate = (frame) => judge(frame, left.run(frame), right.run(frame));
  const bound = readNumber(right.constant?.value);
  const run = typeof bound === "number" ? boundRun(operator, left.run, bound) : general;
  return combine([left, right], { type: typeOf("bool"), run });
}

const accepts: Readonly<Record<OrderOperator, (difference: number) => boolean>> = {
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};

function orderJudge(operator: OrderOperator): (frame: Frame, left: Outcome, right: Outcome) => Outcome {
  const accept = accepts[operator];
  return (frame, left, right) => {
    const difference = order(frame, left, right);
    if (difference !== undefined) return accept(difference);
    // A double that is not a number lies on no side of any number: that is an answer, not an error.
    return readNumber(left) !== undefined && readNumber(right) !== undefined ? false : undefined;
  };
}

/** The commonest comparison, of an argument with a number: one test of a type, one comparison. */
function boundRun(operator: OrderOperator, run: Evaluate, bound: number): Evaluate {
  const judge = orderJudge(operator);
  switch (operator) {
    case "<":
      return (frame) => {
        const value = run(frame);
        return typeof value === "number" ? value < bound : judge(frame, value, bound);
      };
    case "<=":
      return (frame) => {
        const value = run(frame);
        return typeof value === "number" ? value <= bound : judge(frame, value, bound);
      };
    case ">":
      return (frame) => {
        const value = run(frame);
        return typeof value === "number" ? value > bound : judge(frame, value, bound);
      };
    case ">=":
      return (frame) => {
        const value = run(frame);
        return typeof value === "number" ? value >= bound : judge(frame, value, bound);
      };
  }
}

function incomparable(expression: BinaryForm & Span, left: CompiledNode, right: CompiledNode): ConditionError {
  const types = `${describeType(left.type)} and ${describeType(right.type)}`;
  return new ConditionError("type_mismatch", expression, {
    message: `\`${expression.operator}\` compares ${types}, which is never known.`,
    ...(couldBe(left.type, "list") || couldBe(right.type, "list") ? { help: "Ask whether it is `in` the list." } : {}),
  });
}

/** Compiles `element in list`, and `key in map`. */
export function compileIn(compilation: Compilation, expression: BinaryForm & Span): CompiledNode {
  const left = compilation.compile(expression.left);
  const right = compilation.compile(expression.right);
  requireKind(right, expression.right, "list", "map");
  const element = right.type.element;
  if (mustBe(right.type, "list") && element !== undefined && !couldCompare(left.type, element)) {
    throw incomparable(expression, left, { ...right, type: element });
  }
  const { run } = left;
  const known = readTexts(right.constant?.value);
  const general: Evaluate = (frame) => isIn(frame, run(frame), right.run(frame));
  const among: Evaluate = (frame) => {
    const value = run(frame);
    return typeof value === "string" ? known?.has(value) : undefined;
  };
  return combine([left, right], { type: typeOf("bool"), run: known === undefined ? general : among });
}

/** The members of a list that holds text alone, and some. */
function readTexts(list: Value | undefined): ReadonlySet<string> | undefined {
  if (!isList(list) || list.length === 0) return undefined;
  const texts = list.filter((member) => typeof member === "string");
  return texts.length === list.length ? new Set(texts) : undefined;
}

function isIn(frame: Frame, value: Outcome, container: Outcome): Outcome {
  if (value === undefined) return undefined;
  if (isList(container)) return isAmong(frame, value, container);
  return isMap(container) ? isKey(frame, value, container) : undefined;
}

function isAmong(frame: Frame, value: Value, members: readonly Outcome[]): boolean | undefined {
  let answer: boolean | undefined = false;
  for (const member of members) {
    if (!spend(frame, 1)) return undefined;
    const equal = equals(frame, value, member);
    if (equal === true) return true;
    if (equal === undefined) answer = undefined;
  }
  return answer;
}

function isKey(frame: Frame, value: Value, map: AnyMap): boolean | undefined {
  if (readMap(map, value) !== undefined) return true;
  // The keys of a JSON object are text, also where it has none.
  if (isJsonObject(map)) return typeof value === "string" ? false : undefined;
  // A key of another type is not absent but unknown, as is an element of another type in a list.
  return isMapKey(readNumber(value) ?? value) ? isAmong(frame, value, mapKeys(map)) : undefined;
}
