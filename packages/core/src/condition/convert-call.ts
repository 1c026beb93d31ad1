import { ConditionError } from "./condition-error.ts";
import type { ParsedExpression, ParsedNode } from "./parsed-node.ts";
import type { SourceText } from "./source-text.ts";
import type { Expression, ExpressionForm, MacroName, Name } from "./syntax-tree.ts";

/** Turns a part of the parser's tree into ours. */
type Convert = (node: ParsedExpression) => Expression;

/** Turns `name(…)` into a call, and `has(…)` into a node of its own. */
export function convertFunction(node: ParsedNode<"call">, convert: Convert): ExpressionForm {
  const [text, given] = node.args;
  const name = { text, offset: node.start, length: text.length };
  const converted = given.map(convert);
  if (text === "has") return convertHas(name, converted);
  return { kind: "call", name, target: undefined, arguments: converted };
}

/** Turns `target.name(…)` into a call, and a macro over a list or map into a node of its own. */
export function convertMethod(
  node: ParsedNode<"rcall">,
  { source, convert }: { readonly source: SourceText; readonly convert: Convert },
): ExpressionForm {
  const [text, receiver, given] = node.args;
  const name = { text, offset: findName(source.bare, receiver.end), length: text.length };
  if (source.text.charAt(name.offset) === "`") {
    throw new ConditionError("syntax", name, { message: "A name in backticks stands for a field, not for a method." });
  }
  const target = convert(receiver);
  if (isMacro(text)) return convertMacro({ name, macro: text, target, given }, convert);
  return { kind: "call", name, target, arguments: given.map(convert) };
}

/** The tree does not say where a method's name stands: behind the dot that follows its target. */
function findName(bare: string, end: number): number {
  const dot = bare.indexOf(".", end);
  return dot + 1 + bare.slice(dot + 1).search(/\S|$/);
}

const macroNames: ReadonlySet<string> = new Set<MacroName>(["all", "exists", "exists_one", "filter", "map"]);

function isMacro(name: string): name is MacroName {
  return macroNames.has(name);
}

interface MacroCall {
  readonly name: Name;
  readonly macro: MacroName;
  readonly target: Expression;
  readonly given: readonly ParsedExpression[];
}

function convertMacro({ name, macro, target, given }: MacroCall, convert: Convert): ExpressionForm {
  const [variable, first, second, ...excess] = given;
  const fits = excess.length === 0 && (second === undefined || macro === "map");
  if (variable?.op !== "id" || first === undefined || !fits) {
    throw new ConditionError("wrong_arguments", name, {
      message: `\`${macro}\` takes a name and an expression.`,
      help: `Write ${macro}(item, …).`,
    });
  }
  return {
    kind: "macro",
    name: macro,
    range: target,
    variable: { text: variable.args, offset: variable.start, length: variable.args.length },
    filter: second === undefined ? undefined : convert(first),
    body: convert(second ?? first),
  };
}

function convertHas(name: Name, given: readonly Expression[]): ExpressionForm {
  const [selection, ...excess] = given;
  if (selection?.kind !== "select" || excess.length > 0) {
    throw new ConditionError("wrong_arguments", name, {
      message: "`has` asks whether a field is there.",
      help: "Write has(args.field).",
    });
  }
  return { kind: "has", operand: selection.operand, name: selection.name };
}
