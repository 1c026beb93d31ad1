import { ConditionError } from "./condition-error.ts";
import type { Expression, MacroName, Name } from "./syntax-tree.ts";
import type { TokenReader } from "./token-reader.ts";

/** A call whose name has been read, and whose arguments have not. */
export interface OpenCall {
  readonly name: Name;
  readonly target: Expression | undefined;
  readonly parseArgument: (reader: TokenReader) => Expression;
}

/** Parses the arguments of a call; `has` and the macros over lists and maps become nodes of their own. */
export function parseCall(reader: TokenReader, open: OpenCall): Expression {
  const { name, target } = open;
  reader.expect("(");
  if (target !== undefined && isMacro(name.text)) return parseMacro(reader, { ...open, target, macro: name.text });
  const given: Expression[] = [];
  while (!reader.at(")")) {
    given.push(open.parseArgument(reader));
    if (!reader.take(",")) break;
  }
  reader.expect(")");
  if (target === undefined && name.text === "has") return buildHas(reader, name, given);
  return reader.node(target?.offset ?? name.offset, { kind: "call", name, target, arguments: given });
}

const macroNames: ReadonlySet<string> = new Set<MacroName>(["all", "exists", "exists_one", "filter", "map"]);

function isMacro(name: string): name is MacroName {
  return macroNames.has(name);
}

interface OpenMacro extends OpenCall {
  readonly target: Expression;
  readonly macro: MacroName;
}

function parseMacro(reader: TokenReader, open: OpenMacro): Expression {
  const variable = reader.variableName();
  if (!reader.at(",")) throw reader.unexpected(`\`,\`: ${open.macro}(name, expression)`);
  const bodies: Expression[] = [];
  while (reader.take(",")) bodies.push(open.parseArgument(reader));
  reader.expect(")");
  const [first, second, ...excess] = bodies;
  if (first === undefined || excess.length > 0 || (second !== undefined && open.macro !== "map")) {
    throw new ConditionError("wrong_arguments", open.name, {
      message: `\`${open.macro}\` takes a name and an expression.`,
      help: `Write ${open.macro}(item, …).`,
    });
  }
  return reader.node(open.target.offset, {
    kind: "macro",
    name: open.macro,
    range: open.target,
    variable,
    filter: second === undefined ? undefined : first,
    body: second ?? first,
  });
}

function buildHas(reader: TokenReader, name: Name, given: readonly Expression[]): Expression {
  const [selection, ...excess] = given;
  if (selection?.kind !== "select" || excess.length > 0) {
    throw new ConditionError("wrong_arguments", name, {
      message: "`has` asks whether a field is there.",
      help: "Write has(args.field).",
    });
  }
  return reader.node(name.offset, { kind: "has", operand: selection.operand, name: selection.name });
}
