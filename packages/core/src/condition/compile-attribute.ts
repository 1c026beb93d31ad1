import { inheritsNothing } from "../json-snapshot.ts";
import type { JsonObject } from "../tool-call.ts";
import { isMap, readMap } from "./comparison.ts";
import { type Compilation, type CompiledNode, combine, requireKind } from "./compiled-node.ts";
import { ConditionError, type Span } from "./condition-error.ts";
import type { ConditionEnvironment, Evaluate } from "./frame.ts";
import { readClock } from "./moment.ts";
import { nearestName } from "./nearest-name.ts";
import { anything, couldBe, describeType, kindOf, propertyOf, type StaticType, typeOf } from "./static-type.ts";
import type { Expression, Name, SelectForm } from "./syntax-tree.ts";
import { isInt, isList, type Outcome, readNumber, readOwn } from "./value.ts";

/** Compiles a name: a macro's variable, or one of the five that a condition may begin with. */
export function compileVariable(compilation: Compilation, name: string, span: Span): CompiledNode {
  const index = compilation.variables.findLastIndex((variable) => variable.name === name);
  const variable = compilation.variables[index];
  if (variable !== undefined) {
    const run: Evaluate = (frame) => frame.variables[index];
    return { run, type: variable.type, constant: undefined, outermost: index + 1 };
  }
  const type = compilation.roots.get(name);
  const run = rootReaders.get(name);
  if (type === undefined || run === undefined) throw unknownName(compilation, name, span);
  return { run, type, constant: undefined, outermost: 0 };
}

const readArguments: Evaluate = (frame) => frame.environment.args;

const rootReaders: ReadonlyMap<string, Evaluate> = new Map<keyof ConditionEnvironment, Evaluate>([
  ["args", readArguments],
  // Casts: absent members of these three are `undefined`, which is what unknown is; own properties alone are read.
  ["subject", (frame) => frame.environment.subject as unknown as JsonObject],
  ["actor", (frame) => frame.environment.actor as unknown as JsonObject],
  ["session", (frame) => frame.environment.session as unknown as JsonObject],
  ["now", (frame) => readClock(frame.environment.now)],
]);

function unknownName(compilation: Compilation, name: string, span: Span): ConditionError {
  const known = [...compilation.variables.map((variable) => variable.name), ...compilation.roots.keys()];
  const nearest = nearestName(name, known);
  return new ConditionError("unknown_name", span, {
    message: `Nothing is called \`${name}\` here.`,
    help: nearest === undefined ? `There are: ${known.join(", ")}.` : `Did you mean \`${nearest}\`?`,
  });
}

/** Compiles `operand.name`. */
export function compileSelect(compilation: Compilation, expression: SelectForm): CompiledNode {
  const operand = compilation.compile(expression.operand);
  const type = requireProperty(operand.type, expression);
  const { text } = expression.name;
  const { run } = operand;
  // Most attributes are arguments, which are an object for certain.
  const direct: Evaluate = (frame) => readOwn(frame.environment.args, text);
  const general: Evaluate = (frame) => readMember(run(frame), text);
  return combine([operand], { type, run: demand(type, run === readArguments ? direct : general) });
}

/**
 * Holds a value to its declared type. INVARIANT: D10. Where the schema says list, a map is unknown, whose keys would
 * otherwise be gone through in place of the list's elements.
 */
function demand(type: StaticType, run: Evaluate): Evaluate {
  if (type === anything) return run;
  const { kinds } = type;
  return (frame) => {
    const value = run(frame);
    return value !== undefined && kinds.has(kindOf(value)) ? value : undefined;
  };
}

/** Compiles `has(operand.name)`: whether a map holds the name. Unknown where there is no map. */
export function compileHas(compilation: Compilation, expression: Omit<SelectForm, "kind">): CompiledNode {
  const operand = compilation.compile(expression.operand);
  requireProperty(operand.type, expression);
  const { text } = expression.name;
  const run: Evaluate = (frame) => {
    const map = operand.run(frame);
    return isMap(map) ? readMap(map, text) !== undefined : undefined;
  };
  return combine([operand], { type: typeOf("bool"), run });
}

function requireProperty(operand: StaticType, selection: { operand: Expression; name: Name }): StaticType {
  if (!couldBe(operand, "map")) {
    throw new ConditionError("type_mismatch", selection.name, {
      message: `What stands before \`.${selection.name.text}\` is ${describeType(operand)}, which has no fields.`,
      help: couldBe(operand, "list") ? "Ask of its elements: .all(item, …) or .exists(item, …)." : "Compare it itself.",
    });
  }
  const type = propertyOf(operand, selection.name.text);
  if (type !== undefined) return type;
  const names = [...(operand.properties?.keys() ?? [])];
  const nearest = nearestName(selection.name.text, names);
  throw new ConditionError("unknown_property", selection.name, {
    message: `There is no field \`${selection.name.text}\` here.`,
    help: nearest === undefined ? `There are: ${names.join(", ")}.` : `Did you mean \`${nearest}\`?`,
  });
}

function readMember(value: Outcome, name: string): Outcome {
  if (typeof value !== "object" || value === null) return undefined;
  const prototype = Object.getPrototypeOf(value);
  // INVARIANT: D9. Where nothing is inherited, as by the arguments, whatever is found is the object's own.
  if (inheritsNothing(prototype)) return (value as JsonObject)[name];
  if (prototype === Object.prototype) return readOwn(value as JsonObject, name);
  return isMap(value) ? readMap(value, name) : undefined;
}

/** Compiles `operand[index]`, on a list or a map. */
export function compileIndex(compilation: Compilation, form: IndexOperands): CompiledNode {
  const operand = compilation.compile(form.operand);
  const index = compilation.compile(form.index);
  requireKind(operand, form.operand, "list", "map");
  if (!couldBe(operand.type, "map")) requireKind(index, form.index, "int", "double");
  if (!couldBe(operand.type, "list")) requireKind(index, form.index, "string", "bool", "int", "double");
  const type = elementType(operand.type, { form, index });
  const run = demand(type, (frame) => readElement(operand.run(frame), index.run(frame)));
  return combine([operand, index], { type, run });
}

export interface IndexOperands {
  readonly operand: Expression;
  readonly index: Expression;
}

function elementType(operand: StaticType, at: { form: IndexOperands; index: CompiledNode }): StaticType {
  const key = at.index.constant?.value;
  if (typeof key === "string" && couldBe(operand, "map")) {
    const name: Name = { text: key, offset: at.form.index.offset, length: at.form.index.length };
    return requireProperty(operand, { operand: at.form.operand, name });
  }
  return operand.properties === undefined ? (operand.element ?? anything) : anything;
}

function readElement(value: Outcome, index: Outcome): Outcome {
  if (isMap(value)) return readMap(value, index);
  if (!isList(value)) return undefined;
  const position = isInt(index) ? index : readNumber(index);
  return typeof position === "number" && Number.isInteger(position) ? value[position] : undefined;
}
