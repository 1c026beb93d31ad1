import { compileNode } from "./compile-node.ts";
import { requireKind } from "./compiled-node.ts";
import { type ConditionTypes, readRootTypes } from "./condition-types.ts";
import type { ConditionAnswer, ConditionEnvironment } from "./frame.ts";
import { parseExpression } from "./parse-expression.ts";
import { readAttributes } from "./read-attributes.ts";
import { runSafely } from "./run-safely.ts";

/** A condition of the policy, ready to be asked. */
export interface CompiledCondition {
  /** The answer for one call. Never throws; the same environment always gets the same answer. */
  evaluate(environment: ConditionEnvironment): ConditionAnswer;
  /** The answer, where it is the same for every call. */
  readonly constant: boolean | undefined;
  /** The attributes that the condition reads, such as `args.amount`, sorted. */
  readonly attributes: readonly string[];
}

/**
 * Compiles a condition: an expression of the Common Expression Language (cel-spec 0.25.1) over `args`, `subject`,
 * `actor`, `session` and `now`, parsed by cel-js and compiled to closures; no code is generated.
 *
 * | in the language | |
 * |---|---|
 * | values | null, bool, int (64 bits, signed), double, string, list, map, timestamp, duration |
 * | operators | `== != < <= > >= in`, `&& \|\| !`, `?:`, `+ - * / %`, `a.b`, `` a.`b-c` ``, `a[b]` |
 * | macros | `has`, `all`, `exists`, `exists_one`, `filter`, `map`, each with one variable |
 * | text | `size contains startsWith endsWith lowerAscii upperAscii trim split indexOf substring` |
 * | conversions | `int double string bool timestamp duration dyn` |
 * | time | `getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds` |
 * | | `getMilliseconds`, with a time zone written out |
 * | policy | `emailDomain urlHost pathInside ipInRange glob` |
 *
 * Not in the language: unsigned numbers, bytes, messages, `matches` (regular expressions), `type`, optional selection,
 * macros with two variables, variables with dots in their names.
 *
 * Stricter than CEL: `==`, `!=` and `in` between values of different types are unknown rather than false, unless one
 * side is the word `null`; integers and doubles still compare by value. `==` and `!=` stand in a row with other
 * comparisons in parentheses only. A JSON number is an int where it is a safe integer, otherwise a double. A macro's
 * variable may not hide another name. The expression is type-checked always.
 *
 * Throws a `ConditionError` for an expression that is over 4,096 characters, 1,000 nodes or 32 brackets within each
 * other, that does not parse, or that could never be answered: unknown names and functions, operands of the wrong type.
 */
export function compileCondition(text: string, types: ConditionTypes): CompiledCondition {
  const expression = parseExpression(text);
  const roots = readRootTypes(types);
  const node = compileNode(expression, roots);
  requireKind(node, expression, "bool");
  const constant = node.constant?.value;
  return {
    constant: typeof constant === "boolean" ? constant : undefined,
    attributes: readAttributes(expression, new Set(roots.keys())),
    evaluate(environment) {
      const value = runSafely(node.run, environment);
      return typeof value === "boolean" ? value : "unknown";
    },
  };
}
