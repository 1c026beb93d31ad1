import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCondition } from "./compile-condition.ts";
import { ConditionError } from "./condition-error.ts";
import { maximumLength, maximumNodes } from "./condition-limits.ts";
import { explainParseError } from "./explain-parse-error.ts";
import { parseExpression } from "./parse-expression.ts";
import { children } from "./read-attributes.ts";
import type { Expression } from "./syntax-tree.ts";

describe("a literal is what CEL says it is", () => {
  it.each<[string, Expression["kind"], unknown]>([
    ["'a'", "string", "a"],
    ["''", "string", ""],
    ["r''", "string", ""],
    ["''''''", "string", ""],
    ["r''''''", "string", ""],
    ["'''a'b''c'''", "string", "a'b''c"],
    ["'''a\nb'''", "string", "a\nb"],
    ["'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\'\\\"\\`'", "string", "\x07\b\f\n\r\t\v\\?'\"`"],
    ["'\\x41\\X42\\u0043\\U00000044\\105'", "string", "ABCDE"],
    ["'\\U0001F600'", "string", "😀"],
    ["'// no comment'", "string", "// no comment"],
    ["'`a`'", "string", "`a`"],
    ["'.5'", "string", ".5"],
    ["'r\\'a\\''", "string", "r'a'"],
    ["r'\\'", "string", "\\"],
    ["r'C:\\dir\\'", "string", "C:\\dir\\"],
    ["R'\\\\'", "string", "\\\\"],
    ['r"\\\'"', "string", "\\'"],
    ['r\'"""\'', "string", '"""'],
    ["r'''a\\'b\\'''", "string", "a\\'b\\"],
    ["r'_'", "string", "_"],
    ["'\0'", "string", "\0"],
    ["0", "int", 0n],
    ["00012", "int", 12n],
    ["0x1F", "int", 31n],
    ["-0x8000000000000000", "int", -(2n ** 63n)],
    ["-9223372036854775808", "int", -(2n ** 63n)],
    ["- // the smallest\n 9223372036854775808", "int", -(2n ** 63n)],
    ["9223372036854775807", "int", 2n ** 63n - 1n],
    [".5", "double", 0.5],
    [".5e-3", "double", 0.0005],
    ["1.25E+2", "double", 125],
    ["1e3", "double", 1000],
    ["true", "bool", true],
    ["// comment\n true // another", "bool", true],
  ])("%j", (text, kind, value) => {
    expect(parseExpression(text)).toMatchObject({ kind, value });
  });
});

describe("operators group as in CEL", () => {
  it.each([
    ["1 - 2 - 3", "((1 - 2) - 3)"],
    ["1 + 2 * 3 % 4", "(1 + ((2 * 3) % 4))"],
    ["a || b && c == d + e", "(a || (b && (c == (d + e))))"],
    ["a && b || c && d", "((a && b) || (c && d))"],
    ["a < b == c", "((a < b) == c)"],
    ["a == (b < c)", "(a == (b < c))"],
    ["a == (b) + (c in [d])", "(a == (b + (c in [d])))"],
    ["a == ')' + (b < c ? d : e)", "(a == (')' + ((b < c) ? d : e)))"],
    ["a == ((b) < (c))", "(a == (b < c))"],
    ["a == ( // (\n b < c)", "(a == (b < c))"],
    ["!a == -b.c", "(!a == -b.c)"],
    ["!a.b[0].c(d)", "!a.b[0].c(d)"],
    ["- -1 - -.5", "(--1 - -0.5)"],
    ["a ? b : c ? d : e", "(a ? b : (c ? d : e))"],
    ["a ? (b ? c : d) : e", "(a ? (b ? c : d) : e)"],
    ["a.b.`c-d`.for", "a.b.c-d.for"],
    ["a. // dot\n b", "a.b"],
    ["has(a.b) && a.all(x, x)", "(has(a.b) && a.all(x, x))"],
    ["a.map(x, y, z,)", "a.map(x, y, z)"],
    ["[a, b,] == {a: b, c: d,}", "([a, b] == {a: b, c: d})"],
  ])("%j is %s", (text, grouped) => {
    expect(show(parseExpression(text))).toBe(grouped);
  });
});

describe("comparisons of two kinds in a row need parentheses", () => {
  it.each([
    "a == b < c",
    "a != b in c",
    "a == (b) < (c)",
    "(a) == b + (1) >= c",
    "a == b < c == d",
    "x ? a == b in c : d",
  ])("%s", (text) => {
    expect(() => parseExpression(text)).toThrow(ConditionError);
  });
});

const runs = Number(process.env["AMBIT_FUZZ_RUNS"] ?? 10_000);

const word = fc.oneof(
  fc.constantFrom(
    ..."args . ( ) [ ] { } , : ? ! - + * / % < <= == != && || in has( .all(x, .map(x, = & | # @ $".split(" "),
  ),
  fc.constantFrom(..."' \" ''' \"\"\" \\ ` r' R\" b' br' // /* */ \n \r \r\n \t \0 \f \v \x1b".split(" "), " "),
  fc.constantFrom("\u00a0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202e", "\u3000", "\ufeff", "\u200b", "\u0085"),
  fc.constantFrom("\ud800", "\udc00", "😀", "é", "ａ", "\u212a", "\u0130"),
  fc.constantFrom(
    "1",
    "0x",
    "0x1F",
    "1u",
    "1e",
    "1e999",
    ".5",
    "1.",
    "1..2",
    "9".repeat(400),
    `1e${"9".repeat(50)}`,
    "-0",
  ),
  fc.constantFrom(
    "true",
    "null",
    "__proto__",
    "constructor",
    "prototype",
    "if",
    "x",
    "`a b`",
    "'a'",
    "r'\\'",
    "'\\u12'",
  ),
);
const chaos = fc.array(word, { maxLength: 60 }).map((words) => words.join(""));
const { grammatical } = fc.letrec<{ grammatical: string }>((tie) => ({
  grammatical: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom("args.a", "x", "1", ".5", "'a'", "r'\\'", "args.`a-b`", "-9223372036854775808", "null", "true"),
    fc
      .tuple(
        tie("grammatical"),
        fc.constantFrom("||", "&&", "==", "!=", "<", ">=", " in ", "+", "-", "*", "/", "%", " // c'\n == "),
        tie("grammatical"),
      )
      .map((parts) => parts.join("")),
    tie("grammatical").map((part) => `(${part})`),
    fc.tuple(fc.constantFrom("!", "-"), tie("grammatical")).map((parts) => parts.join("")),
    fc.tuple(tie("grammatical"), tie("grammatical")).map(([range, body]) => `${range}.all(x, ${body})`),
    fc.tuple(tie("grammatical"), tie("grammatical")).map(([operand, index]) => `${operand}[${index}]`),
    fc.tuple(tie("grammatical"), tie("grammatical"), tie("grammatical")).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
    fc.array(tie("grammatical"), { maxLength: 4 }).map((parts) => `[${parts.join(", ")}]`),
    fc.tuple(tie("grammatical"), tie("grammatical")).map(([key, value]) => `{${key}: ${value}}`),
  ),
}));
/** One piece many times over: nesting, chains of operators, long numbers, runs of blanks. */
const repeated = fc
  .tuple(
    fc.oneof(word, fc.constantFrom("a[", "f(", "a.", "true?", "1+", "a&&", "[{", "!-", "x.all(x,", "'a'+", "- //\n")),
    fc.nat(4200),
    chaos,
  )
  .map(([piece, count, end]) => piece.repeat(count).slice(0, 5000) + end);
const mutated = fc
  .tuple(grammatical, fc.nat(), fc.nat(3), word)
  .map(
    ([text, at, cut, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
  );

describe("any text parses or is refused with its place", () => {
  it("whatever it holds", () => {
    const seen = { parsed: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof(chaos, grammatical, mutated, repeated, fc.string({ unit: "binary" })), (text) => {
        try {
          const expression = parseExpression(text);
          seen.parsed += 1;
          expect(text.length).toBeLessThanOrEqual(maximumLength);
          expect(countNodes(expression)).toBeLessThanOrEqual(maximumNodes);
          expect(spansOutside(expression, text)).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(ConditionError);
          seen.refused += 1;
          const { offset, length, message } = error as ConditionError; // The line above is the proof.
          expect(offset >= 0 && length >= 1 && offset + length <= text.length + 1, text).toBe(true);
          expect(message, text).toMatch(/^[^\p{Cc}\p{Cf}\u2028\u2029]+\.$/u);
        }
      }),
      { numRuns: runs },
    );
    expect(Math.min(seen.parsed, seen.refused)).toBeGreaterThan(runs / 20);
  });

  it("and compiles to the same, or is refused at the same place, each time", () => {
    fc.assert(
      fc.property(fc.oneof(grammatical, mutated), (text) => {
        expect(outcome(text)).toEqual(outcome(text));
      }),
      { numRuns: runs / 10 },
    );
  });
});

describe("what goes deep is refused before anything descends into it", () => {
  it.each(["(", "[", "{", "!", "-", "a[", "f(", "a?", "[{", "!(", "- //\n", "a.f(", "x.all(y,", "a?b:", "{a:", "a."])(
    "%j, 4,096 characters of it",
    (piece) => {
      const error = refusalOf(piece.repeat(4096).slice(0, 4096));
      expect(error?.code).toBe("too_deep");
      // The place shows how far anything has gone: a few levels, not thousands.
      expect(error?.offset).toBeLessThan(100 * piece.length);
    },
  );

  it("and whatever else fails in the parser is a refusal too", () => {
    expect(explainParseError(new RangeError("Maximum call stack size exceeded"), "true")).toMatchObject({
      code: "too_deep",
      offset: 0,
      length: 4,
    });
    expect(explainParseError(new TypeError("x is undefined"), "true")).toMatchObject({
      code: "syntax",
      message: "This expression cannot be read.",
    });
  });
});

function refusalOf(text: string): ConditionError | undefined {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  return undefined;
}

/** What compiling a text comes to, apart from functions. */
function outcome(text: string): unknown {
  try {
    const { constant, attributes } = compileCondition(text, {});
    return { constant, attributes };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return { code: error.code, message: error.message, offset: error.offset, length: error.length };
  }
}

function countNodes(expression: Expression): number {
  return children(expression).reduce((sum, part) => sum + countNodes(part), 1);
}

/** The nodes that cover nothing, or more than the text, or less than one of their parts. */
function spansOutside(expression: Expression, text: string): readonly Expression[] {
  const { offset, length } = expression;
  const parts = children(expression);
  const holds = parts.every((part) => part.offset >= offset && part.offset + part.length <= offset + length);
  const fits = offset >= 0 && length > 0 && offset + length <= text.length && holds;
  return [...(fits ? [] : [expression]), ...parts.flatMap((part) => spansOutside(part, text))];
}

/** An expression with all its parentheses. */
function show(expression: Expression): string {
  switch (expression.kind) {
    case "variable":
      return expression.name;
    case "select":
      return `${show(expression.operand)}.${expression.name.text}`;
    case "has":
      return `has(${show(expression.operand)}.${expression.name.text})`;
    case "index":
      return `${show(expression.operand)}[${show(expression.index)}]`;
    case "not":
      return `!${show(expression.operand)}`;
    case "negate":
      return `-${show(expression.operand)}`;
    case "binary":
      return `(${show(expression.left)} ${expression.operator} ${show(expression.right)})`;
    case "conditional":
      return `(${[expression.condition, expression.whenTrue].map(show).join(" ? ")} : ${show(expression.whenFalse)})`;
    case "list":
      return `[${expression.elements.map(show).join(", ")}]`;
    case "map":
      return `{${expression.entries.map(({ key, value }) => `${show(key)}: ${show(value)}`).join(", ")}}`;
    case "macro": {
      const bodies = [expression.filter, expression.body].filter((part) => part !== undefined).map(show);
      return `${show(expression.range)}.${expression.name}(${[expression.variable.text, ...bodies].join(", ")})`;
    }
    case "call": {
      const target = expression.target === undefined ? "" : `${show(expression.target)}.`;
      return `${target}${expression.name.text}(${expression.arguments.map(show).join(", ")})`;
    }
    case "string":
      return `'${expression.value}'`;
    case "null":
      return "null";
    case "bool":
    case "int":
    case "double":
      return String(expression.value);
  }
}
