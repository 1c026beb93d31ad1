import { isMap, mapKeys } from "./comparison.ts";
import { type Compilation, type CompiledNode, fold, requireKind } from "./compiled-node.ts";
import { ConditionError, type Span } from "./condition-error.ts";
import { type Evaluate, type Frame, spend } from "./frame.ts";
import { children } from "./read-attributes.ts";
import { anything, couldBe, listOf, mustBe, type StaticType, typeOf } from "./static-type.ts";
import type { Expression, MacroForm, MacroName } from "./syntax-tree.ts";
import { isList, type Outcome, type Value } from "./value.ts";

/** Compiles `range.macro(variable, body)`, which goes through the elements of a list or the keys of a map. */
export function compileMacro(compilation: Compilation, expression: MacroForm & Span): CompiledNode {
  const range = compilation.compile(expression.range);
  requireKind(range, expression.range, "list", "map");
  requireFreshName(compilation, expression);
  const { variables } = compilation;
  const depth = variables.length;
  variables.push({ name: expression.variable.text, type: elementType(range.type) });
  const filter = expression.filter === undefined ? undefined : compilation.compile(expression.filter);
  const body = compilation.compile(expression.body);
  variables.pop();
  if (filter !== undefined && expression.filter !== undefined) requireKind(filter, expression.filter, "bool");
  if (expression.name !== "map") requireKind(body, expression.body, "bool");
  const loop: Loop = { range: range.run, depth, filter: filter?.run, body: body.run, weight: weigh(expression) };
  const inner = Math.min(body.outermost, filter?.outermost ?? Number.POSITIVE_INFINITY);
  // The macro's own variable is its own affair: what the body reads beyond that is what the macro depends on.
  const outermost = Math.min(range.outermost, inner === depth + 1 ? Number.POSITIVE_INFINITY : inner);
  const type = resultType(expression.name, { range: range.type, body: body.type });
  return fold({ run: macros[expression.name](loop), type, constant: undefined, outermost });
}

function requireFreshName(compilation: Compilation, { variable }: MacroForm): void {
  const taken = compilation.variables.some(({ name }) => name === variable.text);
  if (!taken && !compilation.roots.has(variable.text)) return;
  throw new ConditionError("syntax", variable, {
    message: `\`${variable.text}\` is already the name of something else here.`,
    help: "Choose another name.",
  });
}

function elementType(range: StaticType): StaticType {
  if (mustBe(range, "list")) return range.element ?? anything;
  return mustBe(range, "map") && range.properties !== undefined ? typeOf("string") : anything;
}

function resultType(name: MacroName, types: { range: StaticType; body: StaticType }): StaticType {
  if (name === "map") return listOf(types.body);
  if (name !== "filter") return typeOf("bool");
  return couldBe(types.range, "map") ? typeOf("list") : listOf(types.range.element ?? anything);
}

/** What one element costs: 1, and 1 more for each 16 nodes that are evaluated for it. */
function weigh(expression: MacroForm): number {
  const filter = expression.filter === undefined ? 0 : countNodes(expression.filter);
  return 1 + ((countNodes(expression.body) + filter) >> 4);
}

function countNodes(expression: Expression): number {
  return children(expression).reduce((sum, part) => sum + countNodes(part), 1);
}

/** A macro ready to run. */
interface Loop {
  readonly range: Evaluate;
  /** Where the macro's variable lies in the frame. */
  readonly depth: number;
  readonly filter: Evaluate | undefined;
  readonly body: Evaluate;
  readonly weight: number;
}

const macros: Readonly<Record<MacroName, (loop: Loop) => Evaluate>> = {
  all: (loop) => quantify(loop, false),
  exists: (loop) => quantify(loop, true),
  exists_one: existsOne,
  filter: filterElements,
  map: mapElements,
};

function elements(range: Outcome): readonly Value[] | undefined {
  if (isList(range)) return range;
  return isMap(range) ? mapKeys(range) : undefined;
}

/** `exists`, which one true decides, or `all`, which one false decides; whatever the other elements are. */
function quantify({ range, depth, body, weight }: Loop, deciding: boolean): Evaluate {
  return (frame) => {
    const list = elements(range(frame));
    if (list === undefined) return undefined;
    const { variables } = frame;
    let answer: boolean | undefined = !deciding;
    for (let index = 0; index < list.length; index += 1) {
      if (!spend(frame, weight)) return undefined;
      variables[depth] = list[index] as Value; // Below the list's length; a hole reads as unknown all the same.
      const value = body(frame);
      if (value === deciding) return deciding;
      if (value !== !deciding) answer = undefined;
    }
    return answer;
  };
}

/** Exactly one element; unlike `exists`, one unknown element makes it unknown. */
function existsOne(loop: Loop): Evaluate {
  return (frame) => {
    let count = 0;
    const complete = visit(frame, loop, () => {
      const value = loop.body(frame);
      if (value === true) count += 1;
      return typeof value === "boolean";
    });
    return complete ? count === 1 : undefined;
  };
}

function filterElements(loop: Loop): Evaluate {
  return (frame) => {
    const kept: Value[] = [];
    const complete = visit(frame, loop, (element) => {
      const value = loop.body(frame);
      if (value === true) kept.push(element);
      return typeof value === "boolean";
    });
    return complete ? kept : undefined;
  };
}

function mapElements(loop: Loop): Evaluate {
  return (frame) => {
    const results: Value[] = [];
    const complete = visit(frame, loop, () => {
      const wanted = loop.filter === undefined ? true : loop.filter(frame);
      if (wanted !== true) return wanted === false;
      const value = loop.body(frame);
      if (value !== undefined) results.push(value);
      return value !== undefined;
    });
    return complete ? results : undefined;
  };
}

/** Goes through all elements; false where one of them is unknown, the range is none, or the work runs out. */
function visit(frame: Frame, loop: Loop, take: (element: Value) => boolean): boolean {
  const list = elements(loop.range(frame));
  if (list === undefined) return false;
  for (const element of list) {
    if (!spend(frame, loop.weight)) return false;
    frame.variables[loop.depth] = element;
    if (!take(element)) return false;
  }
  return true;
}
