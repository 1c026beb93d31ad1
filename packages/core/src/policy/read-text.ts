import { type CompiledCondition, compileCondition } from "../condition/compile-condition.ts";
import { compileExpression } from "../condition/compile-expression.ts";
import { ConditionError } from "../condition/condition-error.ts";
import { type MicroUnits, noMoney, parseMoney } from "../money.ts";
import { type ScopeFault, scopeFault, scopePatternFault } from "../scope.ts";
import type { JsonObject } from "../tool-call.ts";
import { parseDuration } from "./duration.ts";
import type { PolicyReading } from "./policy-reading.ts";
import type { Path, PolicySource } from "./policy-source.ts";

/**
 * Checks a condition; what is wrong in it is reported at the very place within its text. A condition must fit at least
 * one of the schemas that its arguments may have, if any are known.
 */
export function readCondition(
  reading: PolicyReading,
  path: Path,
  { text, schemas }: { readonly text: string | undefined; readonly schemas: readonly JsonObject[] },
): CompiledCondition | undefined {
  if (text === undefined) return undefined;
  const condition = compileOrReport(reading.source, path, () => reading.texts.condition(text));
  if (condition === undefined) return undefined;
  if (condition.constant === undefined && condition.attributes.length === 0) {
    const help = "compare something of the call, such as args.amount";
    const message = "this condition can never be evaluated";
    reading.source.reportAt(path, { code: "invalid_condition", message, help });
  }
  const errors = schemas.map((args) => conditionErrorOf(() => compileCondition(text, { args })));
  const [first] = errors;
  if (first !== undefined && errors.every((error) => error !== undefined))
    reportConditionError(reading.source, path, first);
  return condition;
}

/** Reads a cost: an exact amount, or an expression over the call's arguments that gives one. */
export function readCost(reading: PolicyReading, path: Path, schema: JsonObject | undefined): MicroUnits | string {
  const { source, texts } = reading;
  const text = source.written(path) ?? "";
  const amount = parseMoney(text);
  if (amount !== undefined) return amount;
  if (/^[-+.\d]/.test(text) && !/[a-z(*]/i.test(text)) return reportMoney(source, path);
  const compiled = compileOrReport(source, path, () => texts.amount(text));
  if (compiled !== undefined && schema !== undefined) {
    compileOrReport(source, path, () => compileExpression(text, { args: schema }));
  }
  return text;
}

/** Reads a length of time; what is wrong in it is reported. Gives milliseconds. */
export function readDuration(source: PolicySource, path: Path, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = parseDuration(text);
  if (length === undefined) {
    const help = 'write a whole number and a unit of s, m, h or d, such as "10m"';
    source.reportAt(path, { code: "invalid_value", message: "this is no length of time", help });
  }
  return length;
}

/** Reads an exact amount from the text of the file. */
export function readMoney(source: PolicySource, path: Path): MicroUnits {
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

/** Reports a name or a text for people that holds characters nobody can see. */
export function checkVisible(source: PolicySource, path: Path, text: string | undefined): void {
  if (text === undefined || !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(text)) return;
  const help = "a look-alike that nobody can see would be another text: write it again";
  source.reportAt(path, { code: "invalid_value", message: "this text holds invisible characters", help });
}

function compileOrReport<Compiled>(source: PolicySource, path: Path, compile: () => Compiled): Compiled | undefined {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    reportConditionError(source, path, error);
    return undefined;
  }
}

function conditionErrorOf(compile: () => unknown): ConditionError | undefined {
  try {
    compile();
    return undefined;
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
}

function reportConditionError(
  source: PolicySource,
  path: Path,
  { message, help, offset, length }: ConditionError,
): void {
  source.reportWithin(path, { offset, length }, { code: "invalid_condition", message, help });
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
