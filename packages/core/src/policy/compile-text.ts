import { type CompiledCondition, compileCondition } from "../condition/compile-condition.ts";
import { type CompiledExpression, compileExpression } from "../condition/compile-expression.ts";
import { ConditionError } from "../condition/condition-error.ts";
import { type MicroUnits, noMoney, parseMoney } from "../money.ts";
import { type ScopeFault, scopeFault, scopePatternFault } from "../scope.ts";
import type { Path, PolicySource } from "./policy-source.ts";

/** Compiles a condition; what is wrong in it is reported at the very place within its text. */
export function compileWhen(source: PolicySource, path: Path, text: string | undefined): CompiledCondition | undefined {
  if (text === undefined) return undefined;
  return compileOrReport(source, path, () => compileCondition(text, {}));
}

/** Compiles a cost: an exact amount, or an expression over the call's arguments that gives one. */
export function compileCost(source: PolicySource, path: Path): MicroUnits | CompiledExpression {
  const text = source.written(path) ?? "";
  const amount = parseMoney(text);
  if (amount !== undefined) return amount;
  if (/^[-+.\d]/.test(text) && !/[a-z(*]/i.test(text)) return reportMoney(source, path);
  return compileOrReport(source, path, () => compileExpression(text, {})) ?? noMoney;
}

/** Reads an exact amount from the text of the file. */
export function compileMoney(source: PolicySource, path: Path): MicroUnits {
  return parseMoney(source.written(path)) ?? reportMoney(source, path);
}

/** Reports what is wrong with a literal scope. */
export function checkScope(source: PolicySource, path: Path, scope: string): void {
  const fault = scopeFault(scope);
  if (fault === undefined) return;
  const message = fault === "wildcard" ? "a tool requires scopes without wildcards" : scopeFaults[fault];
  source.reportAt(path, { code: "invalid_scope", message });
}

/** Reports what is wrong with a scope pattern. */
export function checkPattern(source: PolicySource, path: Path, pattern: string): void {
  const fault = scopePatternFault(pattern);
  if (fault !== undefined) source.reportAt(path, { code: "invalid_scope", message: scopeFaults[fault] });
}

function compileOrReport<Compiled>(source: PolicySource, path: Path, compile: () => Compiled): Compiled | undefined {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const { message, help, offset, length } = error;
    source.reportWithin(path, { offset, length }, { code: "invalid_condition", message, help });
    return undefined;
  }
}

function reportMoney(source: PolicySource, path: Path): MicroUnits {
  const help = 'write decimal text of at most six decimals, such as "0.002"';
  source.reportAt(path, { code: "invalid_value", message: "this is not an exact amount of money", help });
  return noMoney;
}

const scopeFaults: Readonly<Record<ScopeFault, string>> = {
  empty: "a scope cannot be empty",
  too_long: "a scope has at most 256 characters",
  too_many_segments: "a scope has at most 16 segments",
  empty_segment: "a scope has no empty segment: a colon stands between two names",
  character: "a scope's segments are made of A-Z a-z 0-9 _ . / -",
  wildcard: "a star stands alone: * for one segment, ** as the last for one or more",
};
