import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import { compileNode } from "./compile-node.ts";
import { ConditionError } from "./condition-error.ts";
import { readRootTypes } from "./condition-types.ts";
import suite from "./fixtures/cel-conformance.json" with { type: "json" };
import { noEnvironment } from "./frame.ts";
import { parseExpression } from "./parse-expression.ts";
import { runSafely } from "./run-safely.ts";
import { isInt, isList, isValueMap, type Outcome, readNumber, type Value } from "./value.ts";

interface Case {
  readonly name: string;
  readonly expression: string;
  readonly args?: JsonObject;
  /** One value of the suite, such as `{ int64Value: "1" }`; absent where the suite wants an error. */
  readonly value?: JsonObject;
  readonly error?: boolean;
}

// Cast: the file's literal types differ from case to case; the fields read here are read as JSON.
const cases = suite.cases as unknown as readonly Case[];

const run = (expression: string, args: JsonObject = {}): Outcome =>
  runSafely(compileNode(parseExpression(expression), readRootTypes({})).run, { ...noEnvironment, args });

describe("the official conformance cases of the language", () => {
  it.each(cases.filter((entry) => entry.value !== undefined))("$name: $expression", ({ expression, args, value }) => {
    expect(toSuiteValue(run(expression, args), value ?? {})).toEqual(value);
  });

  it.each(cases.filter((entry) => entry.error === true))("$name fails: $expression", ({ expression, args }) => {
    let outcome: Outcome;
    try {
      outcome = run(expression, args);
    } catch (error) {
      expect(error).toBeInstanceOf(ConditionError);
    }
    expect(outcome).toBeUndefined();
  });
});

describe("where the language is stricter than the suite, or more exact", () => {
  it.each(suite.deviations)("$name: $expression is $answer", ({ expression, answer }) => {
    expect(run(expression) ?? "unknown").toBe(answer);
  });
});

describe("the account of the suite", () => {
  it("leaves no case out without a reason", () => {
    const excluded = suite.excluded.reduce((sum, group) => sum + group.count, 0);
    expect(suite.cases.length + suite.deviations.length + excluded).toBe(suite.total);
    expect(suite.excluded.every((group) => group.reason.length > 10)).toBe(true);
    expect(suite.excluded.every((group) => group.cases === undefined || group.cases.length === group.count)).toBe(true);
  });

  it("excludes nothing that it runs", () => {
    const excluded = suite.excluded.flatMap((group) => (group.cases ?? []).map((name) => `${group.section}/${name}`));
    const run = new Set([...suite.cases, ...suite.deviations].map((entry) => entry.name));
    expect(excluded.filter((name) => run.has(name))).toEqual([]);
    const whole = suite.excluded.filter((group) => group.cases === undefined).map((group) => `${group.section}/`);
    expect([...run].filter((name) => whole.some((section) => name.startsWith(section)))).toEqual([]);
  });
});

/** Writes a value as the suite writes it; the expected value settles the order of a map's entries. */
function toSuiteValue(value: Outcome, expected: JsonObject): JsonValue {
  if (value === undefined) return "unknown";
  if (value === null) return { nullValue: null };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  if (isInt(value)) return { int64Value: String(BigInt(value)) };
  if (isList(value)) return value.length === 0 ? { listValue: {} } : { listValue: { values: value.map(toElement) } };
  if (isValueMap(value)) return toSuiteMap(value, expected);
  const number = readNumber(value);
  if (typeof number !== "number") return "no value of the suite";
  // The suite's JSON writes no sign before zero.
  return { doubleValue: Number.isFinite(number) ? number + 0 : String(number) };
}

function toElement(value: Value): JsonValue {
  return toSuiteValue(value, {});
}

function toSuiteMap(map: ReadonlyMap<Value, Value>, expected: JsonObject): JsonValue {
  if (map.size === 0) return { mapValue: {} };
  const entries = [...map].map(([key, value]) => ({ key: toElement(key), value: toElement(value) }));
  const wanted = JSON.stringify(expected);
  const place = (entry: JsonValue) => wanted.indexOf(JSON.stringify(entry));
  return { mapValue: { entries: entries.sort((left, right) => place(left) - place(right)) } };
}
