import { add, divide, multiply, negate, remainder, subtract } from "./arithmetic.ts";
import { type Compilation, type CompiledNode, combine, requireKind } from "./compiled-node.ts";
import { ConditionError, type Span } from "./condition-error.ts";
import type { Evaluate, Frame } from "./frame.ts";
import { couldBe, describeType, type Kind, mustBe, type StaticType, typeOf } from "./static-type.ts";
import type { BinaryForm, Expression } from "./syntax-tree.ts";
import type { Outcome } from "./value.ts";

/** Compiles `-operand`. */
export function compileNegate(compilation: Compilation, expression: Expression): CompiledNode {
  const operand = compilation.compile(expression);
  requireKind(operand, expression, "int", "double");
  const { run } = operand;
  const kinds = (["int", "double"] as const).filter((kind) => couldBe(operand.type, kind));
  return combine([operand], { type: typeOf(...kinds), run: (frame) => negate(run(frame)) });
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/** Compiles arithmetic. Overflow, division of integers by zero and mixed types are unknown. */
export function compileArithmetic(
  compilation: Compilation,
  expression: BinaryForm & Span,
  operator: ArithmeticOperator,
): CompiledNode {
  const left = compilation.compile(expression.left);
  const right = compilation.compile(expression.right);
  refuseUndecidedNumber(left, expression.left);
  refuseUndecidedNumber(right, expression.right);
  const kinds = overloads[operator]
    .filter(([first, second]) => couldBe(left.type, first) && couldBe(right.type, second))
    .map(([, , result]) => result);
  if (kinds.length === 0) throw noOverload(expression, left.type, right.type);
  const operate = operations[operator];
  const run: Evaluate = (frame) => operate(frame, left.run(frame), right.run(frame));
  return combine([left, right], { type: typeOf(...kinds), run });
}

const operations: Readonly<Record<ArithmeticOperator, (frame: Frame, left: Outcome, right: Outcome) => Outcome>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": remainder,
};

/** The types of two operands, and of what they yield. */
type Overload = readonly [Kind, Kind, Kind];

const ints: Overload = ["int", "int", "int"];
const doubles: Overload = ["double", "double", "double"];
const overloads: Readonly<Record<ArithmeticOperator, readonly Overload[]>> = {
  "+": [
    ints,
    doubles,
    ["string", "string", "string"],
    ["list", "list", "list"],
    ["duration", "duration", "duration"],
    ["timestamp", "duration", "timestamp"],
    ["duration", "timestamp", "timestamp"],
  ],
  "-": [
    ints,
    doubles,
    ["timestamp", "timestamp", "duration"],
    ["timestamp", "duration", "timestamp"],
    ["duration", "duration", "duration"],
  ],
  "*": [ints, doubles],
  "/": [ints, doubles],
  "%": [ints],
};

function noOverload(expression: BinaryForm & Span, left: StaticType, right: StaticType): ConditionError {
  const numbers = mustBe(left, "int", "double") && mustBe(right, "int", "double");
  return new ConditionError("type_mismatch", expression, {
    message: `\`${expression.operator}\` does not take ${describeType(left)} and ${describeType(right)}.`,
    ...(numbers ? { help: "Whole and decimal numbers do not mix: write 2.0 for 2, or double(…)." } : {}),
  });
}

/** A schema's `number` is now whole, now decimal: arithmetic with it would be unknown half of the time. */
function refuseUndecidedNumber(operand: CompiledNode, expression: Expression): void {
  if (operand.type.eitherNumber !== true) return;
  throw new ConditionError("type_mismatch", expression, {
    message: "This number may be whole or decimal, and the two do not mix in arithmetic.",
    help: "Write double(…) around it.",
  });
}
