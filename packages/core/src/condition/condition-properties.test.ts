import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../tool-call.ts";
import { compileCondition } from "./compile-condition.ts";
import { compileExpression } from "./compile-expression.ts";
import { ConditionError } from "./condition-error.ts";
import type { ConditionAnswer } from "./frame.ts";
import { type ConditionEnvironment, noEnvironment } from "./frame.ts";

/** A formula of three-valued logic: the naive evaluator's own form. */
type Formula =
  | { readonly leaf: string; readonly value: ConditionAnswer }
  | { readonly not: Formula }
  | { readonly and: readonly [Formula, Formula] }
  | { readonly or: readonly [Formula, Formula] }
  | { readonly when: readonly [Formula, Formula, Formula] }
  | { readonly all: readonly Formula[] }
  | { readonly exists: readonly Formula[] };

const args: JsonObject = { yes: true, no: false, one: 1, text: "x", list: [true] };
const leaf = fc.constantFrom<Formula>(
  { leaf: "true", value: true },
  { leaf: "false", value: false },
  { leaf: "args.yes", value: true },
  { leaf: "args.no", value: false },
  { leaf: "args.one < 2", value: true },
  { leaf: "args.one < 1", value: false },
  { leaf: "args.missing", value: "unknown" },
  { leaf: "args.text", value: "unknown" },
  { leaf: "args.list", value: "unknown" },
  { leaf: "1 / 0 == 1", value: "unknown" },
  { leaf: "args.one / 0 == 1", value: "unknown" },
  { leaf: "args.text == args.one", value: "unknown" },
);

const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ not: tie("formula") }),
    fc.record({ and: fc.tuple(tie("formula"), tie("formula")) }),
    fc.record({ or: fc.tuple(tie("formula"), tie("formula")) }),
    fc.record({ when: fc.tuple(tie("formula"), tie("formula"), tie("formula")) }),
    fc.record({ all: fc.array(leaf, { maxLength: 3 }) }),
    fc.record({ exists: fc.array(leaf, { maxLength: 3 }) }),
  ),
}));

function write(form: Formula): string {
  if ("leaf" in form) return `(${form.leaf})`;
  if ("not" in form) return `!${write(form.not)}`;
  if ("and" in form) return `(${form.and.map(write).join(" && ")})`;
  if ("or" in form) return `(${form.or.map(write).join(" || ")})`;
  if ("when" in form) return `(${write(form.when[0])} ? ${write(form.when[1])} : ${write(form.when[2])})`;
  const members = "all" in form ? form.all : form.exists;
  const body = members.reduceRight((rest, member, index) => `i == ${index} ? ${write(member)} : (${rest})`, "true");
  return `[${members.map((_, index) => index).join(", ")}].${"all" in form ? "all" : "exists"}(i, ${body})`;
}

/** The truth tables, with nothing cut short. */
function judge(form: Formula): ConditionAnswer {
  if ("leaf" in form) return form.value;
  if ("not" in form) return contrary(judge(form.not));
  if ("and" in form) return conjunction(form.and.map(judge));
  if ("or" in form) return contrary(conjunction(form.or.map((part) => contrary(judge(part)))));
  if ("all" in form) return conjunction(form.all.map(judge));
  if ("exists" in form) return contrary(conjunction(form.exists.map((part) => contrary(judge(part)))));
  const [condition, then, otherwise] = form.when.map(judge) as [ConditionAnswer, ConditionAnswer, ConditionAnswer]; // Three in, three out.
  if (condition === "unknown") return "unknown";
  return condition ? then : otherwise;
}

function contrary(answer: ConditionAnswer): ConditionAnswer {
  return answer === "unknown" ? answer : !answer;
}

function conjunction(answers: readonly ConditionAnswer[]): ConditionAnswer {
  if (answers.includes(false)) return false;
  return answers.includes("unknown") ? "unknown" : true;
}

describe("D3: three-valued logic", () => {
  it("answers as the truth tables do, whatever stands first", () => {
    const seen = new Map<ConditionAnswer, number>();
    fc.assert(
      fc.property(formula, (form) => {
        const text = write(form);
        fc.pre(text.length <= 4096);
        const wanted = judge(form);
        const condition = tryCompile(text);
        fc.pre(condition !== undefined);
        seen.set(wanted, (seen.get(wanted) ?? 0) + 1);
        expect(condition?.evaluate({ ...noEnvironment, args })).toBe(wanted);
        if (condition?.constant !== undefined) expect(condition.constant).toBe(wanted);
      }),
      { numRuns: 10_000 },
    );
    for (const answer of [true, false, "unknown"] as const) expect(seen.get(answer)).toBeGreaterThan(500);
  });

  it.each(["&&", "||"])("gives the same for both orders of %s", (operator) => {
    fc.assert(
      fc.property(formula, formula, (left, right) => {
        const ask = (text: string) => tryCompile(text)?.evaluate({ ...noEnvironment, args });
        expect(ask(`${write(left)} ${operator} ${write(right)}`)).toBe(
          ask(`${write(right)} ${operator} ${write(left)}`),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

const corpus = [
  "args.to.all(t, t.endsWith('@acme.com')) && args.amount < 100",
  "has(args.cc) ? args.cc in ['a', 'b'] : !(size(args.to) > 3)",
  'args.items.filter(i, i.price * 2.5 >= 10.0).map(i, i.name).exists(n, n == "x\\u00e9")',
  "emailDomain(args.to[0]) == 'acme.com' || urlHost(args.url).endsWith('.acme.com')",
  "now.getHours('Europe/Paris') >= 9 && now - duration('1h') < timestamp('2030-01-01T00:00:00Z')",
  "{'a': 1, true: 2, 3: [null]}[args.key] == -5 % 2 && r'\\d'.indexOf('d', 0) == 1",
  "pathInside(args.path, '/srv') && glob('**/*.txt', args.path) && ipInRange(args.ip, 'fd00::/8')",
  "int(args.n) + 9223372036854775807 > double('1e3') || string(args.n).split(',', 2).size() == 1",
];

describe("any text either compiles or is refused", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ..."args . to ( ) [ ] { } , : ? ! - + * / % < <= == != && || in has all exists map filter".split(" "),
    ),
    fc.constantFrom(
      "'",
      '"',
      "'''",
      "\\",
      "`",
      "r'",
      "b'",
      "1",
      "0x1f",
      "1.5",
      "1e9",
      "99999999999999999999",
      " ",
      "\n",
      "//",
    ),
    fc.constantFrom(
      "true",
      "null",
      "now",
      "size",
      "duration",
      "timestamp",
      "getHours",
      "emailDomain",
      "'UTC'",
      "x",
      "dyn",
    ),
  );
  const chaos = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  const mutant = fc
    .tuple(fc.constantFrom(...corpus), fc.nat(), fc.nat(8), fc.oneof(piece, fc.string({ maxLength: 4 })))
    .map(([text, at, cut, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + cut);
    });

  it("and every refusal points into the text", () => {
    let compiled = 0;
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), chaos, mutant), (text) => {
        for (const compile of [compileCondition, compileExpression]) {
          try {
            compile(text, {});
            compiled += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(ConditionError);
            const { offset, length } = error as ConditionError; // The line above is the proof.
            expect(offset >= 0 && length >= 1 && offset <= text.length && offset + length <= text.length + 1).toBe(
              true,
            );
          }
        }
      }),
      { numRuns: 20_000 },
    );
    expect(compiled).toBeGreaterThan(500);
  });

  it("and what compiles answers any call, without throwing", () => {
    const names = ["to", "amount", "cc", "items", "url", "key", "path", "ip", "n", "__proto__", "constructor"];
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("a@acme.com", "https://x.acme.com/", "/srv/a.txt", "fd00::1", "a", 99, -0, 1e300, 2 ** 53),
    );
    const environment = fc.record<ConditionEnvironment>({
      args: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, {
        noNullPrototype: false,
      }) as fc.Arbitrary<JsonObject>, // JSON values only.
      subject: fc.record({ id: fc.string(), roles: fc.array(fc.string()) }),
      actor: fc.record({ id: fc.string() }),
      session: fc.record({ id: fc.string() }),
      now: fc.oneof(fc.integer(), fc.double()),
    });
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...corpus), mutant), environment, (text, call) => {
        const condition = tryCompile(text);
        if (condition === undefined) return;
        const answer = condition.evaluate(call);
        expect([true, false, "unknown"]).toContain(answer);
        expect(condition.evaluate(call)).toBe(answer);
        if (condition.constant !== undefined) expect(answer).toBe(condition.constant);
      }),
      { numRuns: 10_000 },
    );
  });
});

function tryCompile(text: string) {
  try {
    return compileCondition(text, {});
  } catch (error) {
    if (error instanceof ConditionError) return undefined;
    throw error;
  }
}
