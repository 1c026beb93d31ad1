import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { snapshotArguments, snapshotLimits, thawArguments } from "./json-snapshot.ts";

const nested = (depth: number): unknown => (depth === 1 ? {} : { inner: nested(depth - 1) });
const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;
const fail = () => {
  throw new Error("code of the caller's ran");
};
class Order {
  amount = 1;
}

describe("arguments are taken as one frozen copy of strict JSON", () => {
  it.each([
    ["a list", [1]],
    ["null", null],
    ["a text", "{}"],
    ["nothing", undefined],
    ["a function", () => ({})],
  ])("refuses %s instead of an object", (_name, source) => {
    expect(snapshotArguments(source)).toEqual({ fault: "the arguments are not a JSON object" });
  });

  it.each<[string, () => unknown, string]>([
    ["a bigint", () => ({ amount: 1n }), "arguments.amount is a bigint, not JSON"],
    ["a function", () => ({ toJSON: () => 1 }), "arguments.toJSON is a function, not JSON"],
    ["a symbol", () => ({ a: Symbol("s") }), "arguments.a is a symbol, not JSON"],
    ["NaN", () => ({ a: Number.NaN }), "arguments.a is not a finite number"],
    ["infinity", () => ({ a: [1, Number.NEGATIVE_INFINITY] }), "arguments.a[1] is not a finite number"],
    ["an unsafe integer", () => ({ a: 2 ** 53 }), "arguments.a is an integer beyond 2^53 - 1"],
    ["a date", () => ({ when: new Date(0) }), "arguments.when is not plain JSON data"],
    ["a class instance", () => ({ order: new Order() }), "arguments.order is not plain JSON data"],
    ["a map", () => ({ map: new Map() }), "arguments.map is not plain JSON data"],
    ...["1", ["x"], -1, 0.5, Number.NaN].map((length): [string, () => unknown, string] => [
      `a list that says that its length is ${JSON.stringify(length)}`,
      () => ({ to: new Proxy([0], { get: (list, name) => (name === "length" ? length : Reflect.get(list, name)) }) }),
      "arguments.to is not plain JSON data",
    ]),
    ["a sparse list", () => ({ to: Array(2) }), "arguments.to[0] is missing"],
    ["undefined in a list", () => ({ to: [undefined] }), "arguments.to[0] is undefined"],
    ["a lone surrogate", () => ({ a: "\ud800" }), "arguments.a is not well-formed Unicode"],
    ["a lone low surrogate", () => ({ a: "x\udc00" }), "arguments.a is not well-formed Unicode"],
    ["a lone surrogate in a name", () => ({ "\udfff": 1 }), "is not well-formed Unicode"],
    [
      "a member named __proto__",
      () => JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
      "is a name that is never accepted",
    ],
    [
      "an accessor",
      () => ({
        get a() {
          return 1;
        },
      }),
      "arguments.a is an accessor, not data",
    ],
    [
      "an accessor in a list",
      () => ({ a: Object.defineProperty([0, 1], 1, { get: fail }) }),
      "arguments.a[1] is an accessor, not data",
    ],
    [
      "a place of a list that can only be written to",
      () => ({ a: Object.defineProperty([0], 0, { set: fail }) }),
      "arguments.a[0] is an accessor, not data",
    ],
    ["a cycle", () => cycle, "is nested too deeply"],
    ["too deep nesting", () => nested(snapshotLimits.depth + 1), "is nested too deeply"],
    ["too many values", () => ({ a: Array(snapshotLimits.values + 1).fill(0) }), "holds too many values"],
    ["too long a text", () => ({ a: "x".repeat(snapshotLimits.bytes) }), "makes the arguments too large"],
    [
      "too many bytes of UTF-8",
      () => ({ a: "€".repeat(snapshotLimits.bytes / 3 + 1) }),
      "makes the arguments too large",
    ],
  ])("refuses %s, and says where", (_name, source, fault) => {
    expect(snapshotArguments(source()).fault).toContain(fault);
  });

  it("D9: reads nothing from a list that lists inherit", () => {
    const list = Object.setPrototypeOf(Array(1), Object.assign([], { 0: "inherited" })) as unknown;
    expect(snapshotArguments({ list }).fault).toBe("arguments.list[0] is missing");
  });

  it.each([
    ["one byte each", "x"],
    ["two", "é"],
    ["three", "€"],
    ["four", "😀"],
  ])("counts the bytes of all names and texts together, characters of %s", (_name, character) => {
    const bytes = Buffer.byteLength(character);
    const many = character.repeat(200);
    const few = Math.floor((snapshotLimits.bytes - 1 - 4 * 200 * bytes) / bytes) * bytes;
    const rest = snapshotLimits.bytes - 1 - 4 * 200 * bytes - few;
    const most = { a: [many, many, { [many]: many }, character.repeat(few / bytes), "x".repeat(rest)] };
    expect(snapshotArguments(most).value).toEqual(most);
    expect(snapshotArguments({ ...most, b: "" }).fault).toBe("arguments.b makes the arguments too large");
  });

  it.each([
    ["the greatest depth", nested(snapshotLimits.depth)],
    ["the most bytes", { a: "x".repeat(snapshotLimits.bytes - 1) }],
    ["names that objects inherit", { constructor: 1, toString: "x", hasOwnProperty: null }],
    ["data without a prototype", Object.assign(Object.create(null), { a: 1 })],
    ["pairs of surrogates", { a: "😀" }],
  ])("accepts %s", (_name, source) => {
    expect(snapshotArguments(source).value).toEqual(source);
  });

  it("counts members that are undefined as absent, for frameworks write them for what a model left out", () => {
    expect(Object.keys(snapshotArguments({ a: undefined, b: 1 }).value ?? {})).toEqual(["b"]);
  });

  it("reads negative zero as zero, so that what is judged and what runs are one value", () => {
    expect(Object.is(snapshotArguments({ a: -0 }).value?.["a"], 0)).toBe(true);
  });

  it("E2: a copy equals its source at the time, is frozen throughout, and shares nothing with it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 4 })), (source) => {
        const { value } = snapshotArguments(source);
        fc.pre(value !== undefined);
        const before = canonicalJson(value);
        expect(JSON.parse(before)).toEqual(JSON.parse(JSON.stringify(source)));
        const copy = thawArguments(value);
        expect(copy).toEqual(JSON.parse(before));
        scribble(copy);
        scribble(source);
        expect(canonicalJson(value)).toBe(before);
      }),
    );
  });

  it("gives the tool ordinary objects that it may change", () => {
    const { value } = snapshotArguments({ list: [{ a: 1 }] });
    const copy = thawArguments(value ?? {});
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    (copy["list"] as unknown[]).push(2);
    expect(copy).toEqual({ list: [{ a: 1 }, 2] });
  });
});

function scribble(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) scribble(member);
  if (Array.isArray(value)) value.push("changed");
  else Object.defineProperty(value, "changed", { value: true, enumerable: true, configurable: true });
}
