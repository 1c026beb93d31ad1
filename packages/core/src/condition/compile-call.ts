import { type Compilation, type CompiledNode, combine, requireKind } from "./compiled-node.ts";
import { ConditionError, type Span } from "./condition-error.ts";
import type { Evaluate } from "./frame.ts";
import type { FunctionBody, FunctionRule } from "./function-rule.ts";
import { functionTable } from "./function-table.ts";
import { nearestName } from "./nearest-name.ts";
import { anything } from "./static-type.ts";
import type { CallForm, Expression } from "./syntax-tree.ts";

/** Compiles a call of a function or a method. */
export function compileCall(compilation: Compilation, expression: CallForm & Span): CompiledNode {
  const { name, target } = expression;
  const given = target === undefined ? expression.arguments : [target, ...expression.arguments];
  if (name.text === "dyn" && target === undefined) return compileDyn(compilation, expression);
  const rule = findRule(expression);
  const required = rule.required ?? rule.parameters.length;
  if (given.length < required || given.length > rule.parameters.length) throw wrongArguments(expression, rule);
  const operands = given.map((operand) => compilation.compile(operand));
  for (const [index, operand] of operands.entries()) {
    requireKind(operand, given[index] ?? expression, ...(rule.parameters[index] ?? []));
  }
  const body = prepareBody(rule, { given, operands });
  const call = combine(operands, { type: rule.result, run: callRun(body, operands) });
  const alwaysUnknown = call.constant === undefined && operands.every(({ constant }) => constant !== undefined);
  if (alwaysUnknown) {
    throw new ConditionError("invalid_argument", expression, {
      message: `\`${name.text}\` has no answer for what it is given here.`,
    });
  }
  return call;
}

/** `dyn(value)` is the value, of which nothing is taken for known. */
function compileDyn(compilation: Compilation, expression: CallForm & Span): CompiledNode {
  const [only, ...excess] = expression.arguments;
  if (only === undefined || excess.length > 0) {
    throw new ConditionError("wrong_arguments", expression, { message: "`dyn` takes one value." });
  }
  return { ...compilation.compile(only), type: anything };
}

const leftOut = new Map([
  ["matches", "Use startsWith, endsWith, contains or glob: regular expressions can take unbounded time."],
  ["type", "Types are checked already: a value of another type is unknown."],
  ["uint", "Use int(…)."],
  ["bytes", "Arguments are JSON: compare text with text."],
]);

function findRule(expression: CallForm): FunctionRule {
  const { name, target } = expression;
  const rule = functionTable.get(name.text);
  const form = target === undefined ? "function" : "method";
  if (rule !== undefined && (rule.form === form || rule.form === "either")) return rule;
  const left = leftOut.get(name.text);
  if (left !== undefined) {
    throw new ConditionError("unsupported", name, {
      message: `\`${name.text}\` is not part of this language.`,
      help: left,
    });
  }
  const same =
    rule === undefined ? undefined : `Write ${form === "method" ? `${name.text}(…)` : `value.${name.text}(…)`}.`;
  const nearest = nearestName(name.text, [...functionTable.keys(), "has", "all", "exists", "exists_one"]);
  const help = same ?? (nearest === undefined ? undefined : `Did you mean \`${nearest}\`?`);
  throw new ConditionError("unknown_function", name, {
    message: `There is no ${form} \`${name.text}\`.`,
    ...(help === undefined ? {} : { help }),
  });
}

function wrongArguments(expression: CallForm, rule: FunctionRule): ConditionError {
  const before = expression.target === undefined ? 0 : 1;
  const most = rule.parameters.length - before;
  const least = (rule.required ?? rule.parameters.length) - before;
  const wanted = least === most ? String(most) : `${least} to ${most}`;
  return new ConditionError("wrong_arguments", expression.name, {
    message: `\`${expression.name.text}\` takes ${wanted} arguments, not ${expression.arguments.length}.`,
  });
}

interface Operands {
  readonly given: readonly Expression[];
  readonly operands: readonly CompiledNode[];
}

/** The function's body, with its literal operand prepared where the rule asks for that. */
function prepareBody(rule: FunctionRule, { given, operands }: Operands): FunctionBody {
  const { literal } = rule;
  const operand = literal === undefined ? undefined : operands[literal.operand];
  if (literal === undefined || operand === undefined) return rule.body;
  if (operand.constant === undefined && literal.presence === "optional") return rule.body;
  const prepared = operand.constant === undefined ? undefined : literal.prepare(operand.constant.value);
  if (prepared !== undefined) return prepared;
  const { offset = 0, length = 0 } = given[literal.operand] ?? {};
  throw new ConditionError("invalid_argument", { offset, length }, { message: `This must be ${literal.wanted}.` });
}

function callRun(body: FunctionBody, operands: readonly CompiledNode[]): Evaluate {
  const [first, second, third] = operands;
  if (first === undefined) return (frame) => body(frame, undefined, undefined, undefined);
  if (second === undefined) return (frame) => body(frame, first.run(frame), undefined, undefined);
  const fixed = second.constant?.value;
  if (third === undefined && fixed !== undefined) {
    return (frame) => body(frame, first.run(frame), fixed, undefined);
  }
  if (third === undefined) return (frame) => body(frame, first.run(frame), second.run(frame), undefined);
  return (frame) => {
    const last = third.run(frame);
    // INVARIANT: an operand that is given and unknown is not an operand left out.
    return last === undefined ? undefined : body(frame, first.run(frame), second.run(frame), last);
  };
}
