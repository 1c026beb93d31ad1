import { type CelInput, type CelResult, isCelError, isCelList, isCelMap, run } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { evaluate } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import { compileNode } from "./compile-node.ts";
import { ConditionError } from "./condition-error.ts";
import { readRootTypes } from "./condition-types.ts";
import suite from "./fixtures/cel-conformance.json" with { type: "json" };
import { noEnvironment } from "./frame.ts";
import { parseExpression } from "./parse-expression.ts";
import { runSafely } from "./run-safely.ts";
import { Duration, isInt, isList, isValueMap, type Outcome, readNumber, Timestamp } from "./value.ts";

/** An error there, unknown here. */
const none = "none";

/** Our answer, written out, or why there is none since the expression is not even compiled. */
function ours(expression: string, args: JsonObject): string {
  try {
    const node = compileNode(parseExpression(expression), readRootTypes({}));
    return describeOurs(runSafely(node.run, { ...noEnvironment, args }));
  } catch (error) {
    if (error instanceof ConditionError) return `refused: ${error.code}`;
    throw error;
  }
}

/** The answer of the other implementation, which reads JSON numbers as we do. */
function theirs(expression: string, args: JsonObject): string {
  return describeTheirs(run(expression, { args: toInput(args) }, { funcs: strings }));
}

describe("the official conformance cases have the same answers in another implementation", () => {
  const cases: readonly Case[] = suite.cases as readonly Case[]; // Only the name, the text and the variables are read.

  it.each(cases.filter(({ name }) => !unreadable.test(name)))("$name: $expression", ({ expression, args = {} }) => {
    // What is refused here, since it always fails, is compiled there and fails.
    expect(theirs(expression, args)).toBe(ours(expression, args).replace(/^refused: .*/, none));
  });

  it.each(cases.filter(({ name }) => unreadable.test(name)))("$name is not read there", ({ expression, args = {} }) => {
    expect(theirs(expression, args)).toBe(none);
    expect(ours(expression, args)).not.toMatch(/^(?:none|refused)/);
  });

  it.each(suite.deviations)("$name: $expression is $suite there, $answer here: $reason", (entry) => {
    expect(theirs(entry.expression, {})).toBe(String(entry.suite));
    expect(ours(entry.expression, {})).toBe(entry.answer === "unknown" ? none : String(entry.answer));
  });
});

/** Cases with names in backticks, which the other implementation does not parse. */
const unreadable = /^fields\/quoted_map_fields\//;

interface Case {
  readonly name: string;
  readonly expression: string;
  readonly args?: JsonObject;
}

describe("where the two differ, it is on purpose", () => {
  it.each([
    ["args.n == '1'", none, "false", "values of different types are neither equal nor different"],
    ["args.n != '1'", none, "true", "values of different types are neither equal nor different"],
    ["'1' in args.ints", none, "false", "values of different types are neither equal nor different"],
    ["args.nothing == args.n", none, "false", "null equals only what is compared with the word null"],
    ["true || 1", "refused: type_mismatch", "true", "what never fits is refused, though nothing would evaluate it"],
    [
      "true || 'a'.substring(2) == ''",
      "refused: invalid_argument",
      "true",
      "a call that never has an answer is refused",
    ],
    ["true ? 1 : args.n.x()", "refused: unknown_function", "int 1", "what does not exist is refused"],
    ["args.ints.exists(args, args > 2)", "refused: syntax", "true", "no variable hides another name"],
    ["args.s.matches('a+b')", "refused: unsupported", "true", "regular expressions can take unbounded time"],
    ["1u == 1u", "refused: unsupported", "true", "JSON has no unsigned numbers"],
    ["b'a' == b'a'", "refused: unsupported", "true", "JSON has no bytes"],
    ["type(1) == int", "refused: unsupported", "true", "types are no values"],
    ["true != true in [true]", "refused: unsupported", "false", "parsers read comparisons in a row in two ways"],
    ["true // comment\r && false", "refused: syntax", "false", "parsers end comments in two ways"],
    ["-(9223372036854775808)", "refused: syntax", "int -9223372036854775808", "a number that does not fit is refused"],
    ["args.`odd name`", "int 7", none, "there are no names in backticks there"],
    ["9223372036854775807 < 9223372036854775808.0", "true", "false", "integers and doubles are compared exactly"],
    ["!!args.n", none, "int 1", "two signs are not dropped unread"],
    [
      "string(timestamp('2026-01-01T00:00:00.5Z'))",
      '"2026-01-01T00:00:00.5Z"',
      '"2026-01-01T00:00:00.500Z"',
      "no zeros at the end",
    ],
    ["string(duration('1.5s'))", '"1.5s"', '"1.500s"', "no zeros at the end"],
    ["args.smile.substring(1)", '" :)"', '"\\ude00 :)"', "text is counted in code points"],
    ["args.smile.indexOf(':')", "int 2", "int 3", "text is counted in code points"],
    ["'\uff61' < args.smile", "true", "false", "text is ordered by code points, not by halves of surrogate pairs"],
    ["string(-0.0)", '"-0"', '"0"', "a sign is shown"],
    ["string(1e21)", "refused: invalid_argument", '"1e+21"', "no exponents, of which there are several spellings"],
  ])("%j is %s here and %s there: %s", (expression, here, there) => {
    expect([ours(expression, args), theirs(expression, args)]).toEqual([here, there]);
  });
});

describe("the evaluation that comes with the parser is not ours", () => {
  it.each([
    ["-(-9223372036854775807 - 1)", 9223372036854775808n],
    ["int(1e19)", 10000000000000000000n],
    ["9223372036854775808", 9223372036854775808n],
  ])("it answers %s beyond 64 bits, which is %s", (expression, answer) => {
    expect(evaluate(expression)).toBe(answer);
    expect(ours(expression, args)).toMatch(/^(?:none|refused: .*)$/);
  });
});

const runs = Number(process.env["AMBIT_FUZZ_RUNS"] ?? 2000);

describe("the same expression has the same answer in both", () => {
  it("D3: well-typed expressions, unknown where the other has an error", () => {
    const seen = { answered: 0, unknown: 0, refused: 0 };
    fc.assert(
      fc.property(tape, (choices) => {
        const expression = new Writer(choices, "typed").write("bool");
        const answer = ours(expression, args);
        if (answer.startsWith("refused")) {
          seen.refused += 1;
          expect(refusals, expression).toContain(answer);
        } else {
          seen[answer === none ? "unknown" : "answered"] += 1;
          expect(`${expression}: ${answer}`).toBe(`${expression}: ${theirs(expression, args)}`);
        }
      }),
      { numRuns: runs },
    );
    expect(Math.min(seen.answered, seen.unknown)).toBeGreaterThan(runs / 20);
    expect(seen.refused).toBeLessThan(runs / 4);
  });

  it("D10: expressions of any types, as far as they have an answer here", () => {
    let answered = 0;
    fc.assert(
      fc.property(tape, (choices) => {
        const expression = new Writer(choices, "mixed").write("bool");
        const answer = ours(expression, args);
        if (answer === none || answer.startsWith("refused")) return;
        answered += 1;
        expect(`${expression}: ${answer}`).toBe(`${expression}: ${theirs(expression, args)}`);
      }),
      { numRuns: runs },
    );
    expect(answered).toBeGreaterThan(runs / 10);
  });
});

/** Why a well-typed expression may be refused: it is too large, or calls a function with constants that it cannot take. */
const refusals = ["refused: invalid_argument", "refused: too_deep", "refused: too_complex", "refused: too_long"];

const args: JsonObject = {
  yes: true,
  no: false,
  n: 1,
  big: 9_007_199_254_740_991,
  d: 2.5,
  s: "aab",
  text: "Ünï text",
  smile: "😀 :)",
  nothing: null,
  ints: [1, -2, 3],
  none: [],
  inner: { n: 4, s: "x", list: [5] },
  "odd name": 7,
};

const tape = fc.array(fc.nat(), { minLength: 8, maxLength: 120 });

type Kind = "bool" | "int" | "double" | "text" | "ints" | "time";

/** Writes an expression down that a row of numbers chooses; where they end, the shortest choices remain. */
class Writer {
  readonly #choices: readonly number[];
  readonly #typing: "typed" | "mixed";
  readonly #variables: string[] = [];
  #position = 0;

  constructor(choices: readonly number[], typing: "typed" | "mixed") {
    this.#choices = choices;
    this.#typing = typing;
  }

  write(kind: Kind): string {
    const ended = this.#position >= this.#choices.length - 1;
    const wanted = this.#typing === "mixed" && this.#choose(8) === 7 ? this.#pick(kinds) : kind;
    if (ended || this.#choose(4) === 0) return this.#pick([...leaves[wanted], ...this.#ownVariables(wanted)]);
    return this.#pick(forms[wanted]).replace(/\{(\w+)\}/g, (_, part: Kind | "body") => this.#part(part));
  }

  /** Operands stand in parentheses now and then, and must wherever an operator could tear them apart. */
  #part(part: Kind | "body"): string {
    if (part !== "body") return `(${this.write(part)})`.replace(/^\((args\.\w+|\w+)\)$/, "$1");
    const name = `x${this.#variables.length}`;
    this.#variables.push(name);
    const body = this.write("bool");
    this.#variables.pop();
    return `${name}, ${body}`;
  }

  #ownVariables(kind: Kind): readonly string[] {
    return kind === "int"
      ? this.#variables
      : this.#variables.map((name) => `${name} > ${name.slice(1)}`).filter(() => kind === "bool");
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#choose(items.length)] as Item; // The remainder is an index.
  }

  #choose(count: number): number {
    const choice = (this.#choices[this.#position] ?? 0) % count;
    this.#position += 1;
    return choice;
  }
}

const kinds: readonly Kind[] = ["bool", "int", "double", "text", "ints", "time"];

const leaves: Readonly<Record<Kind, readonly string[]>> = {
  bool: ["true", "false", "args.yes", "args.no", "args.missing", "args.n / 0 == 1", "has(args.inner.n)", "has(args.x)"],
  int: [
    "1",
    "0",
    "-7",
    "0x1F",
    "args.n",
    "args.big",
    "args.inner.n",
    "9223372036854775807",
    "-9223372036854775808",
    "args.missing",
  ],
  double: [".5", "1.5e3", "-0.0", "args.d", "1e-7", "args.d / 0.0"],
  text: [
    "args.s",
    "''",
    "'a\\'b'",
    "r'\\'",
    "'''a'b'''",
    "args.text",
    '"\\u00dcn"',
    'R"""a\\"b"""',
    "args.inner['s']",
    "args.missing",
  ],
  ints: ["args.ints", "[]", "[1, 2, 3]", "args.none", "args.inner.list", "[args.n,]"],
  time: ["timestamp('2026-02-28T23:59:59.125Z')", "timestamp('1969-12-31T23:00:00-01:30')", "timestamp(args.s)"],
};

const forms: Readonly<Record<Kind, readonly string[]>> = {
  bool: [
    "{bool} && {bool}",
    "{bool} || {bool}",
    "!{bool}",
    "{bool} ? {bool} : {bool}",
    "{bool} == {bool}",
    "{int} == {int}",
    "{int} != {double}",
    "{int} <= {int}",
    "{double} > {double}",
    "{text} == {text}",
    "{text} < {text}",
    "{int} in {ints}",
    "{ints} == {ints}",
    "{ints}.all({body})",
    "{ints}.exists({body})",
    "{ints}.exists_one({body})",
    "{text}.contains({text})",
    "{text}.startsWith({text})",
    "{text}.endsWith({text})",
    "{time} < {time}",
    "{time} - {time} == duration('3600s') // in a comment: ' \" (\n",
  ],
  int: [
    "{int} + {int}",
    "{int} - {int}",
    "{int} * {int}",
    "{int} / {int}",
    "{int} % {int}",
    "-({int} + 0)",
    "size({ints})",
    "{text}.size()",
    "{ints}[{int}]",
    "int({double})",
    "int(string({int}))",
    "{bool} ? {int} : {int}",
    "{text}.indexOf({text})",
    "{time}.getFullYear()",
    "{time}.getDayOfWeek()",
    "{time}.getMilliseconds()",
  ],
  double: ["{double} + {double}", "{double} - {double}", "{double} * {double}", "{double} / {double}", "double({int})"],
  text: [
    "{text} + {text}",
    "string({int} + 0)",
    "string(!{bool})",
    "{text}.lowerAscii()",
    "{text}.upperAscii()",
    "{text}.trim()",
    "{text}.substring({int})",
    "{text}.split({text})[0]",
    "{bool} ? {text} : {text}",
  ],
  ints: [
    "{ints} + {ints}",
    "{ints}.filter({body})",
    "[{int}, {int}]",
    "{ints}.map(y, y * 2)",
    "{bool} ? {ints} : {ints}",
  ],
  time: ["{time} + duration('36h')", "{time} - duration('90s')"],
};

function toInput(value: JsonValue): CelInput {
  if (Number.isSafeInteger(value)) return BigInt(value as number); // The check above says so.
  if (Array.isArray(value)) return value.map(toInput);
  if (typeof value !== "object" || value === null) return value as CelInput;
  return new Map(Object.entries(value as JsonObject).map(([key, member]) => [key, toInput(member)]));
}

function describeOurs(value: Outcome): string {
  if (value === undefined) return none;
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isInt(value)) return `int ${BigInt(value)}`;
  if (isList(value)) return `[${value.map(describeOurs).join(", ")}]`;
  if (value instanceof Timestamp) return `timestamp ${value.nanoseconds}`;
  if (value instanceof Duration) return `duration ${value.nanoseconds}`;
  const number = readNumber(value);
  if (number !== undefined) return `double ${number}`;
  const entries = isValueMap(value) ? [...value] : Object.entries(value as JsonObject);
  return describeMap(entries.map(([key, member]) => [describeOurs(key), describeOurs(member)]));
}

function describeTheirs(value: CelResult): string {
  if (isCelError(value)) return none;
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `int ${value}`;
  if (typeof value === "number") return `double ${value}`;
  if (isCelList(value)) return `[${[...value].map(describeTheirs).join(", ")}]`;
  if (isCelMap(value))
    return describeMap([...value].map(([key, member]) => [describeTheirs(key), describeTheirs(member)]));
  const { message } = value as { message?: { $typeName: string; seconds: bigint; nanos: number } };
  if (message === undefined) return "no value of ours";
  const kind = message.$typeName === "google.protobuf.Timestamp" ? "timestamp" : "duration";
  return `${kind} ${message.seconds * 1_000_000_000n + BigInt(message.nanos)}`;
}

function describeMap(entries: [string, string][]): string {
  return `{${entries
    .map(([key, value]) => `${key}: ${value}`)
    .sort()
    .join(", ")}}`;
}
