import { type Compilation, type CompiledNode, combine, constantNode, requireKind } from "./compiled-node.ts";
import type { Evaluate } from "./frame.ts";
import { typeOf, unionOf } from "./static-type.ts";
import type { BinaryForm, Expression } from "./syntax-tree.ts";

const truth = typeOf("bool");

/**
 * Compiles `&&` or `||` (cel-spec langdef.md, "Logical operators"): one side that decides is enough, whatever the other
 * is, unknown included, and whichever comes first. Where neither decides, one unknown makes the whole unknown.
 */
export function compileLogic(compilation: Compilation, expression: BinaryForm): CompiledNode {
  const left = compilation.compile(expression.left);
  const right = compilation.compile(expression.right);
  requireKind(left, expression.left, "bool");
  requireKind(right, expression.right, "bool");
  const deciding = expression.operator === "||";
  const decided = left.constant?.value === deciding || right.constant?.value === deciding;
  if (decided) return constantNode(deciding, truth);
  return combine([left, right], { type: truth, run: deciding ? orRun(left, right) : andRun(left, right) });
}

function andRun(left: CompiledNode, right: CompiledNode): Evaluate {
  return (frame) => {
    const first = left.run(frame);
    if (first === false) return false;
    const second = right.run(frame);
    if (second === false) return false;
    return first === true && second === true ? true : undefined;
  };
}

function orRun(left: CompiledNode, right: CompiledNode): Evaluate {
  return (frame) => {
    const first = left.run(frame);
    if (first === true) return true;
    const second = right.run(frame);
    if (second === true) return true;
    return first === false && second === false ? false : undefined;
  };
}

/** Compiles `!operand`. */
export function compileNot(compilation: Compilation, expression: Expression): CompiledNode {
  const operand = compilation.compile(expression);
  requireKind(operand, expression, "bool");
  const { run } = operand;
  const contrary: Evaluate = (frame) => {
    const value = run(frame);
    return typeof value === "boolean" ? !value : undefined;
  };
  return combine([operand], { type: truth, run: contrary });
}

export interface ConditionalOperands {
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

/** Compiles `condition ? whenTrue : whenFalse`; unknown where the condition is. */
export function compileConditional(compilation: Compilation, form: ConditionalOperands): CompiledNode {
  const condition = compilation.compile(form.condition);
  requireKind(condition, form.condition, "bool");
  const whenTrue = compilation.compile(form.whenTrue);
  const whenFalse = compilation.compile(form.whenFalse);
  const chosen = condition.constant?.value;
  if (typeof chosen === "boolean") return chosen ? whenTrue : whenFalse;
  const run: Evaluate = (frame) => {
    const value = condition.run(frame);
    if (value === true) return whenTrue.run(frame);
    return value === false ? whenFalse.run(frame) : undefined;
  };
  return combine([condition, whenTrue, whenFalse], { type: unionOf(whenTrue.type, whenFalse.type), run });
}
