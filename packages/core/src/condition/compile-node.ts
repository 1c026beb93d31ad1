import { compileHas, compileIndex, compileSelect, compileVariable } from "./compile-attribute.ts";
import { compileCall } from "./compile-call.ts";
import { compileEquality, compileIn, compileOrder, type OrderOperator } from "./compile-comparison.ts";
import { compileList, compileMap } from "./compile-literal.ts";
import { compileConditional, compileLogic, compileNot } from "./compile-logic.ts";
import { compileMacro } from "./compile-macro.ts";
import { type ArithmeticOperator, compileArithmetic, compileNegate } from "./compile-operator.ts";
import { type Compilation, type CompiledNode, constantNode } from "./compiled-node.ts";
import type { Span } from "./condition-error.ts";
import { type StaticType, typeOf } from "./static-type.ts";
import type { BinaryForm, Expression } from "./syntax-tree.ts";
import { toDouble, toInt } from "./value.ts";

/** Compiles an expression into closures; throws a `ConditionError` at the first fault. */
export function compileNode(expression: Expression, roots: ReadonlyMap<string, StaticType>): CompiledNode {
  const compilation: Compilation = {
    roots,
    variables: [],
    compile: (part) => compilePart(compilation, part),
  };
  return compilation.compile(expression);
}

function compilePart(compilation: Compilation, expression: Expression): CompiledNode {
  switch (expression.kind) {
    case "null":
      return constantNode(null, typeOf("null"));
    case "bool":
      return constantNode(expression.value, typeOf("bool"));
    case "string":
      return constantNode(expression.value, typeOf("string"));
    case "int":
      // The parser lets no integer through that does not fit.
      return constantNode(toInt(expression.value) ?? expression.value, typeOf("int"));
    case "double":
      return constantNode(toDouble(expression.value), typeOf("double"));
    case "variable":
      return compileVariable(compilation, expression.name, expression);
    case "select":
      return compileSelect(compilation, expression);
    case "has":
      return compileHas(compilation, expression);
    case "index":
      return compileIndex(compilation, expression);
    case "call":
      return compileCall(compilation, expression);
    case "macro":
      return compileMacro(compilation, expression);
    case "not":
      return compileNot(compilation, expression.operand);
    case "negate":
      return compileNegate(compilation, expression.operand);
    case "binary":
      return compileBinary(compilation, expression, expression.operator);
    case "conditional":
      return compileConditional(compilation, expression);
    case "list":
      return compileList(compilation, expression.elements);
    case "map":
      return compileMap(compilation, expression.entries);
  }
}

function compileBinary(
  compilation: Compilation,
  expression: BinaryForm & Span,
  operator: BinaryForm["operator"],
): CompiledNode {
  switch (operator) {
    case "&&":
    case "||":
      return compileLogic(compilation, expression);
    case "==":
    case "!=":
      return compileEquality(compilation, expression);
    case "in":
      return compileIn(compilation, expression);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compileOrder(compilation, expression, operator satisfies OrderOperator);
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return compileArithmetic(compilation, expression, operator satisfies ArithmeticOperator);
  }
}
