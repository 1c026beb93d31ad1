import { describe, expect, it } from "vitest";
import { compileCondition } from "../condition/compile-condition.ts";
import { snapshotArguments } from "../json-snapshot.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import type { ArgumentFault } from "./argument-rule.ts";
import { compileArguments } from "./compile-arguments.ts";

function ruleOf(document: readonly string[] | JsonObject) {
  const compiled = compileArguments(document);
  if ("problems" in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.rule;
}

function problemsOf(document: readonly string[] | JsonObject) {
  const compiled = compileArguments(document);
  return "problems" in compiled ? compiled.problems : [];
}

function faultOf(document: readonly string[] | JsonObject, args: unknown): ArgumentFault | undefined {
  const { value, fault } = snapshotArguments(args);
  if (value === undefined) throw new Error(fault);
  return ruleOf(document).fault(value);
}

/** The fault of one argument named `a`. */
function faultOfValue(schema: JsonValue, value: unknown): ArgumentFault | undefined {
  return faultOf({ properties: { a: schema } }, { a: value });
}

const problemsOfValue = (schema: unknown) => problemsOf({ properties: { a: schema as JsonValue } }); // Some are not JSON on purpose.

describe("a list of names", () => {
  it("takes each name with any value or none, and nothing else", () => {
    const names = ["to", "subject", "body"];
    expect(faultOf(names, {})).toBeUndefined();
    expect(faultOf(names, { to: [{ deep: null }], body: 1 })).toBeUndefined();
    expect(faultOf(names, { to: "a", bcc: "secret" })).toEqual({
      reason: "an argument is not one that this tool takes",
      detail: "arguments.bcc is not taken",
    });
    expect(faultOf([], {})).toBeUndefined();
    expect(faultOf([], { a: 1 })?.reason).toBe("an argument is not one that this tool takes");
  });

  it("is the closed schema of its names", () => {
    const schema = { type: "object", properties: { to: {}, cc: {} }, additionalProperties: false };
    expect(JSON.parse(JSON.stringify(ruleOf(["to", "cc"]).schema))).toEqual(schema);
  });

  it.each([
    ["an empty name", [""], "the name of an argument cannot be empty"],
    ["a long name", ["a".repeat(129)], "the name of an argument has at most 128 characters"],
    ["a line break", ["a\nb"], "this name holds characters that nobody can see"],
    ["a zero-width space", ["a\u200b"], "this name holds characters that nobody can see"],
    ["a Hangul filler", ["a\u3164"], "this name holds characters that nobody can see"],
    ["a no-break space", ["a\u00a0b"], "this name holds characters that nobody can see"],
    ["half a pair", ["a\ud800"], "this name holds characters that nobody can see"],
    ["a number", [1 as unknown as string], "this is not the name of an argument"],
  ])("refuses %s, and says which", (_name, names, message) => {
    expect(problemsOf(["fine", ...names])).toEqual([expect.objectContaining({ path: [1], message })]);
  });

  it("refuses a name that stands twice, and more than 256 names", () => {
    expect(problemsOf(["a", "b", "a"])).toEqual([{ path: [2], message: "this name stands twice" }]);
    const names = Array.from({ length: 256 }, (_, index) => `n${index}`);
    expect(problemsOf(names)).toEqual([]);
    expect(problemsOf([...names, "one more"])).toEqual([{ path: [], message: "at most 256 names can be listed" }]);
    expect(problemsOf(["😀".repeat(128)])).toEqual([]);
  });
});

describe("every keyword draws its line exactly", () => {
  const text = (most: number) => ({ type: "string", maxLength: most });
  const cases: readonly [
    schema: JsonValue,
    accepted: readonly unknown[],
    refused: readonly unknown[],
    reason: string,
  ][] = [
    [{ type: "null" }, [null], [0, "", false, [], {}], "null"],
    [{ type: "boolean" }, [true, false], [0, "true", null], "a boolean"],
    [{ type: "integer" }, [0, -3, 1.0, 1e3, 2 ** 53 - 1], [0.5, "1", null, true], "an integer"],
    [{ type: "number" }, [0, 0.5, -1e-9], ["1", null, [1]], "a number"],
    [{ type: "string" }, ["", "1"], [1, null, ["a"]], "a string"],
    [{ type: "array" }, [[], [1]], [{}, "a", null], "an array"],
    [{ type: "object" }, [{}, { any: 1 }], [[], "a", null], "an object"],
    [{ type: ["string", "null"] }, ["", null], [0, []], "a string or null"],
    [{ type: ["integer", "number"] }, [1, 0.5], ["1"], "a number"],
    [{ const: 1 }, [1, 1.0], [2, "1", true, [1]], "1"],
    [{ const: null }, [null], [0, false, ""], "null"],
    [
      { const: { b: [1, {}], a: 2 } },
      [{ a: 2, b: [1, {}] }],
      [{ a: 2 }, { a: 2, b: [{}, 1] }, "x"],
      "a value that the policy states",
    ],
    [{ enum: ["a", 1, false] }, ["a", 1, false], ["b", "1", true, null, ["a"]], '"a", 1 or false'],
    [{ enum: ["a\u200b"] }, ["a\u200b"], ["a"], "a value that the policy states"],
    [{ enum: [[1], { a: 1 }] }, [[1], { a: 1 }], [1, [], [1, 1], { a: 1, b: 1 }], "a value that the policy states"],
    [{ type: "number", minimum: 0 }, [0, 0.1, 7], [-1, -1e-300], "at least 0"],
    [{ type: "number", maximum: 1.5 }, [1.5, -9], [1.500001, 2], "at most 1.5"],
    [{ type: "number", exclusiveMinimum: 0 }, [1e-300, 1], [0, -0, -1], "greater than 0"],
    [{ type: "number", exclusiveMaximum: 3 }, [2.999, 0], [3, 4], "less than 3"],
    [{ type: "number", multipleOf: 3 }, [0, 3, -9], [1, 4.5, 3.3], "a multiple of 3"],
    [
      { type: "number", multipleOf: 0.01 },
      [0.01, 0.07, 1.1, 19.99, -4.35, 1e15, 0],
      [0.011, 19.999, 1e-7, 5e-324],
      "a multiple of 0.01",
    ],
    [{ type: "number", multipleOf: 1e-7 }, [3e-7, 1, 0.1], [1.5e-7, 5e-324], "a multiple of 1e-7"],
    [{ type: "string", minLength: 2 }, ["ab", "😀😀"], ["", "a", "😀"], "have at least 2 characters"],
    [text(2), ["", "ab", "😀😀"], ["abc", "😀😀😀", "e\u0301e"], "have at most 2 characters"],
    [text(1), ["a"], ["ab"], "have at most 1 character"],
    [{ type: "array", minItems: 1 }, [[0], [0, 0]], [[]], "hold at least 1 item"],
    [{ type: "array", maxItems: 2 }, [[], [1, 2]], [[1, 2, 3]], "hold at most 2 items"],
    [
      { type: "array", uniqueItems: true },
      [[], [1, "1", true, null, [1], [[1]]], [{ a: 1 }, { b: 1 }]],
      [
        [1, 2, 1.0],
        [[], []],
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      ],
      "not hold an item twice",
    ],
    [{ type: "array", uniqueItems: false }, [[1, 1]], [1], "an array"],
    [{ type: "object", minProperties: 1 }, [{ x: 1 }], [{}], "hold at least 1 field"],
    [{ type: "object", maxProperties: 1 }, [{}, { x: 1 }], [{ x: 1, y: 1 }], "hold at most 1 field"],
    [{ anyOf: [{ type: "string" }, { const: 0 }] }, ["", 0], [1, null], "have one of the forms that the policy states"],
    [{ type: "number", allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0], "at least 1"],
    [
      { title: "t", description: "d", default: 1, examples: [1], deprecated: true, readOnly: true, type: "null" },
      [null],
      [1],
      "null",
    ],
    [
      { writeOnly: true, $schema: "https://json-schema.org/draft/2020-12/schema", $comment: "c", type: "null" },
      [null],
      [1],
      "null",
    ],
  ];

  it.each(cases)("%j", (schema, accepted, refused, reason) => {
    for (const value of accepted) expect([value, faultOfValue(schema, value)]).toEqual([value, undefined]);
    const words =
      reason.startsWith("have") || reason.startsWith("hold") || reason.startsWith("not") ? reason : `be ${reason}`;
    for (const value of refused) expect(faultOfValue(schema, value)?.reason).toBe(`the argument "a" must ${words}`);
  });

  it("bounds of the arguments together speak of the arguments", () => {
    const schema = { additionalProperties: true, minProperties: 1, maxProperties: 2 };
    expect(faultOf(schema, {})?.reason).toBe("the arguments must hold at least 1 field");
    expect(faultOf(schema, { a: 1, b: 1, c: 1 })).toEqual({
      reason: "the arguments must hold at most 2 fields",
      detail: "arguments is an object of 3 fields",
    });
  });
});

describe("objects are closed", () => {
  const order = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
  const schema = {
    properties: { order, lines: { type: "array", items: { type: "object", properties: { sku: {} } } } },
    required: ["order"],
  };

  it.each<[string, unknown, ArgumentFault | undefined]>([
    ["what is named", { order: { id: "x" }, lines: [{ sku: 1 }, {}] }, undefined],
    ["nothing", {}, { reason: 'the argument "order" is missing', detail: "arguments.order is missing" }],
    ["less", { order: {} }, { reason: 'the argument "order.id" is missing', detail: "arguments.order.id is missing" }],
    [
      "more",
      { order: { id: "x" }, admin: true },
      { reason: "an argument is not one that this tool takes", detail: "arguments.admin is not taken" },
    ],
    [
      "more in a field",
      { order: { id: "x", "Paid!": true } },
      {
        reason: 'the argument "order" holds a field that it does not take',
        detail: 'arguments.order["Paid!"] is not taken',
      },
    ],
    [
      "more in an item",
      { order: { id: "x" }, lines: [{}, { price: 0 }] },
      {
        reason: 'the argument "lines[]" holds a field that it does not take',
        detail: "arguments.lines[1].price is not taken",
      },
    ],
    [
      "another kind",
      { order: { id: ["secret"] } },
      { reason: 'the argument "order.id" must be a string', detail: "arguments.order.id is an array of 1 item" },
    ],
  ])("a call with %s", (_name, args, fault) => {
    expect(faultOf(schema, args)).toEqual(fault);
  });

  it.each(["constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"])(
    "D9: %s is a name like any other: not taken where it is not stated, and never there by inheritance",
    (name) => {
      const args = JSON.parse(`{"${name}":1}`);
      for (const document of [["a"], { properties: { a: {} } }] as const) {
        expect(faultOf(document, args)?.reason).toBe("an argument is not one that this tool takes");
      }
      expect(faultOf([name], args)).toBeUndefined();
      const demanded = { properties: { [name]: { type: "number" } }, required: [name] };
      expect(faultOf(demanded, args)).toBeUndefined();
      expect(faultOf(demanded, {})?.reason).toBe(`the argument "${name}" is missing`);
      // Not a snapshot: an object that inherits the name.
      expect(ruleOf(demanded).fault({})?.reason).toBe(`the argument "${name}" is missing`);
      expect(ruleOf({ properties: { [name]: { type: "string" } } }).fault({})).toBeUndefined();
      expect(problemsOf({ properties: {}, [name]: 1 })).toMatchObject([{ path: [name] }]);
      expect(problemsOf({ properties: {}, required: [name] })).toMatchObject([{ path: ["required", 0] }]);
      expect(problemsOfValue({ type: name })).toMatchObject([{ path: ["properties", "a", "type"] }]);
    },
  );

  it("__proto__ in a schema is a name, and no schema is read from a prototype", () => {
    const named: JsonObject = JSON.parse('{"properties":{"__proto__":{"type":"string"}}}');
    expect(Object.keys(ruleOf(named).schema["properties"] ?? {})).toEqual(["__proto__"]);
    expect(ruleOf(named).fault(JSON.parse('{"__proto__":1}'))?.reason).toBe(
      'the argument "__proto__" must be a string',
    );
    const inherited: JsonObject = Object.create({ properties: { a: {} } });
    expect(problemsOf(inherited)).toMatchObject([
      { path: [], message: "this does not say which arguments the tool takes" },
    ]);
  });

  it("opens with additionalProperties, whose values then follow its schema", () => {
    expect(faultOf({ properties: { a: {} }, additionalProperties: true }, { b: 1 })).toBeUndefined();
    const numbers = { properties: { a: { type: "string" } }, additionalProperties: { type: "number" } };
    expect(faultOf(numbers, { a: "x", constructor: 1 })).toBeUndefined();
    expect(faultOf(numbers, { a: 1, b: "x" })?.reason).toBe('the argument "a" must be a string');
    expect(faultOf(numbers, { c: 1, "the secret name": "x" })).toEqual({
      reason: 'the argument "*" must be a number',
      detail: 'arguments["the secret name"] is a string of 1 character',
    });
  });

  it("says so in its schema wherever it is closed by default, so that conditions are checked against it", () => {
    const { schema: closed } = ruleOf(schema);
    expect(closed).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: { order: { additionalProperties: false }, lines: { items: { additionalProperties: false } } },
    });
    expect(() => compileCondition("args.order.id == 'x'", { args: closed })).not.toThrow();
    expect(() => compileCondition("args.order.ID == 'x'", { args: closed })).toThrow(/ID/);
    expect(() => compileCondition("args.subject == 'x'", { args: ruleOf(["to"]).schema })).toThrow(/subject/);
  });

  it("each form of anyOf is closed on its own", () => {
    const either = {
      anyOf: [{ properties: { id: { type: "string" } }, required: ["id"] }, { properties: { name: {} } }],
    };
    for (const args of [{ id: "x" }, { name: 1 }, {}]) expect(faultOf(either, args)).toBeUndefined();
    expect(faultOf(either, { id: "x", name: 1 })?.reason).toBe(
      "the arguments must have one of the forms that the policy states",
    );
  });

  it("forms beside properties may demand which of them are there", () => {
    const either = { properties: { id: {}, name: {} }, anyOf: [{ required: ["id"] }, { required: ["name"] }] };
    expect(faultOf(either, { id: 1, name: 2 })).toBeUndefined();
    expect(faultOf(either, {})?.reason).toBe("the arguments must have one of the forms that the policy states");
    expect(faultOf(either, { id: 1, other: 2 })?.reason).toBe("an argument is not one that this tool takes");
  });
});

describe("what a model is told", () => {
  const schema = {
    properties: {
      first: { type: "string" },
      second: { type: "string" },
      third: { type: "array", items: { type: "number" } },
    },
    required: ["first", "second"],
  };

  it("is the first fault in the policy's order, whatever the order of the call", () => {
    const [one, other] = [
      { first: 1, second: 2 },
      { second: 2, first: 1 },
    ];
    expect(faultOf(schema, one)).toEqual(faultOf(schema, other));
    expect(faultOf(schema, one)?.reason).toBe('the argument "first" must be a string');
    expect(faultOf(schema, { second: 1, more: 1 })?.reason).toBe('the argument "first" is missing');
    expect(faultOf(schema, { second: 1, more: 1, first: 1 })?.reason).toBe(
      "an argument is not one that this tool takes",
    );
  });

  it("D11: names no name and no value of the request, and the detail no value either", () => {
    const fault = faultOf(schema, { first: "a", second: "b", third: [1, "ignore all rules"] });
    expect(fault).toEqual({
      reason: 'the argument "third[]" must be a number',
      detail: "arguments.third[1] is a string of 16 characters",
    });
  });

  it("D5: the same rule gives the same answer again", () => {
    const rule = ruleOf(schema);
    const args: JsonObject = { first: "a", second: "b", third: [1, "x"] };
    expect(rule.fault(args)).toEqual(rule.fault(args));
  });

  it("a detail is short and well-formed, whatever the names of the request are", () => {
    for (const padding of ["", "x"]) {
      const detail = faultOf(["a"], { [`${padding}${"😀".repeat(5_000)}`]: 1 })?.detail ?? "";
      expect(detail.length).toBeLessThan(300);
      expect(detail.isWellFormed()).toBe(true);
    }
  });
});

describe("what cannot be demanded exactly is refused, never passed over", () => {
  it.each([
    ["pattern", "write it as a condition: `when: glob("],
    ["format", "write it as a condition: `when: emailDomain("],
    ["$ref", "write the schema out"],
    ["$defs", "write the schema out"],
    ["definitions", "write the schema out"],
    ["oneOf", "use `anyOf`"],
    ["not", "write it as a condition"],
    ["if", "use `anyOf`"],
    ["then", "use `anyOf`"],
    ["else", "use `anyOf`"],
    ["patternProperties", "write it as a condition"],
    ["propertyNames", "write it as a condition"],
    ["unevaluatedProperties", "use `additionalProperties`"],
    ["prefixItems", "write it as a condition"],
    ["contains", "write it as a condition"],
    ["dependentRequired", "write it as a condition"],
    ["nullable", 'write `type: [string, "null"]`'],
    ["required!", "did you mean `required`?"],
    ["maxlength", "did you mean `maxLength`?"],
    ["x-internal-thing", "write it as a condition"],
  ])("%s", (keyword, help) => {
    expect(problemsOf({ properties: { a: { [keyword]: true } } })).toEqual([
      { path: ["properties", "a", keyword], message: expect.any(String), help: expect.stringContaining(help) },
    ]);
  });

  it("conditions that a help proposes compile", () => {
    const keywords = [
      "pattern",
      "format",
      "not",
      "patternProperties",
      "prefixItems",
      "contains",
      "minContains",
      "maxContains",
      "dependentRequired",
    ];
    for (const keyword of keywords) {
      const [problem] = problemsOf({ properties: {}, [keyword]: true });
      const condition = /`when: (.*)`$/.exec(problem?.help ?? "")?.[1] ?? "";
      expect(() => compileCondition(condition, {})).not.toThrow();
      expect(condition.length).toBeGreaterThan(5);
    }
  });

  const a = (...steps: (string | number)[]) => ["properties", "a", ...steps];
  it.each<[string, unknown, readonly (string | number)[], string]>([
    ["a type nobody knows", { type: "text" }, a("type"), "not a type of JSON"],
    ["a type null without quotation marks", { type: ["string", null] }, a("type", 1), "not a type of JSON"],
    ["no type at all", { type: [] }, a("type"), "nothing passes"],
    ["a type twice", { type: ["null", "null"] }, a("type", 1), "stands twice"],
    ["a schema that is null", null, a(), "not a schema"],
    ["a schema that is true", true, a(), "not a schema"],
    ["a schema that is a list", [], a(), "not a schema"],
    ["items that are a list", { type: "array", items: [{}] }, a("items"), "not a schema"],
    [
      "minimum above maximum",
      { type: "number", minimum: 2, maximum: 1 },
      a("maximum"),
      "no number is at least 2 and at most 1",
    ],
    [
      "exclusive bounds at one point",
      { type: "number", minimum: 1, exclusiveMaximum: 1 },
      a("exclusiveMaximum"),
      "at least 1 and less than 1",
    ],
    [
      "exclusive bounds at one point",
      { type: "number", exclusiveMinimum: 1, maximum: 1 },
      a("maximum"),
      "greater than 1 and at most 1",
    ],
    [
      "minLength above maxLength",
      { type: "string", minLength: 2, maxLength: 1 },
      a("maxLength"),
      "less than `minLength`",
    ],
    ["minItems above maxItems", { type: "array", minItems: 2, maxItems: 1 }, a("maxItems"), "less than `minItems`"],
    [
      "minProperties above maxProperties",
      { type: "object", minProperties: 2, maxProperties: 1 },
      a("maxProperties"),
      "less than",
    ],
    [
      "minProperties above what is taken",
      { type: "object", properties: { x: {} }, minProperties: 2 },
      a("minProperties"),
      "only 1 name",
    ],
    [
      "maxProperties below what is required",
      { type: "object", required: ["x"], maxProperties: 0 },
      a("maxProperties"),
      "1 name must",
    ],
    ["an empty enum", { enum: [] }, a("enum"), "nothing passes"],
    ["an enum that is no list", { enum: "a" }, a("enum"), "must be a list"],
    [
      "an enum with a value twice",
      {
        enum: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      },
      a("enum", 1),
      "stands twice",
    ],
    ["an enum of another type", { type: "string", enum: ["1", 1] }, a("enum", 1), "can never be"],
    ["a const of another type", { type: "integer", const: 1.5 }, a("const"), "can never be"],
    ["a const that is not a number", { const: Number.NaN }, a("const"), "not a finite number"],
    ["a const that no argument can be", { const: { x: [2 ** 53] } }, a("const", "x", 0), "beyond 2^53 - 1"],
    ["a const that is no text", { const: "\ud800" }, a("const"), "not well-formed"],
    ["a const that is not JSON", { const: undefined }, a("const"), "not JSON"],
    ["an endless bound", { type: "number", maximum: Number.POSITIVE_INFINITY }, a("maximum"), "not a finite number"],
    ["a bound that is text", { type: "number", minimum: "0" }, a("minimum"), "must be a number"],
    [
      "draft-04's exclusiveMinimum",
      { type: "number", minimum: 0, exclusiveMinimum: true },
      a("exclusiveMinimum"),
      "must be a number",
    ],
    ["a length below 0", { type: "string", minLength: -1 }, a("minLength"), "whole number"],
    ["half a length", { type: "string", maxLength: 1.5 }, a("maxLength"), "whole number"],
    ["multipleOf 0", { type: "number", multipleOf: 0 }, a("multipleOf"), "greater than 0"],
    ["uniqueItems that is text", { type: "array", uniqueItems: "yes" }, a("uniqueItems"), "true or false"],
    ["properties that are a list", { type: "object", properties: ["x"] }, a("properties"), "must be a map"],
    [
      "an invisible name",
      { type: "object", properties: { "x\u200b": {} } },
      a("properties", "x\u200b"),
      "nobody can see",
    ],
    ["required that is true", { type: "object", required: true }, a("required"), "must be a list"],
    [
      "required that is not taken",
      { type: "object", properties: { x: {} }, required: ["x", "y"] },
      a("required", 1),
      "nothing passes",
    ],
    [
      "required where nothing is taken",
      { type: "object", additionalProperties: false, required: ["y"] },
      a("required", 0),
      "nothing passes",
    ],
    ["required twice", { type: "object", required: ["x", "x"] }, a("required", 1), "stands twice"],
    ["required that is no name", { type: "object", required: [1] }, a("required", 0), "not the name"],
    [
      "additionalProperties that is null",
      { type: "object", additionalProperties: null },
      a("additionalProperties"),
      "not a schema",
    ],
    ["an empty anyOf", { anyOf: [] }, a("anyOf"), "one schema or more"],
    ["an allOf that is a map", { allOf: {} }, a("allOf"), "one schema or more"],
    [
      "a type that contradicts the one around it",
      { type: "string", anyOf: [{ type: "number" }, {}] },
      a("anyOf", 0, "type"),
      "nothing passes",
    ],
    [
      "properties within allOf",
      { type: "object", allOf: [{ properties: { x: {} } }] },
      a("allOf", 0, "properties"),
      "cannot stand within `allOf`",
    ],
    [
      "properties deep within allOf",
      { type: "object", allOf: [{ anyOf: [{ additionalProperties: false }] }] },
      a("allOf", 0, "anyOf", 0, "additionalProperties"),
      "cannot stand within `allOf`",
    ],
    [
      "properties beside properties",
      { type: "object", properties: {}, anyOf: [{ properties: { x: {} } }] },
      a("anyOf", 0, "properties"),
      "cannot stand beside",
    ],
    ["a bound without a type", { minimum: 0 }, a("minimum"), "only of values of the type number"],
    ["properties without a type", { properties: {} }, a("properties"), "only of values of the type object"],
    ["a bound of another type", { type: "string", minimum: 0 }, a("minimum"), "must be a string"],
  ])("%s", (_name, schema, path, message) => {
    expect(problemsOfValue(schema)).toEqual([
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    ]);
  });

  it.each<[string, JsonObject, readonly (string | number)[]]>([
    ["says nothing", {}, []],
    ["says nothing but its type", { type: "object" }, []],
    ["says nothing in one of its forms", { anyOf: [{ properties: {} }, { required: ["a"] }] }, []],
    ["is of another type", { type: "array" }, ["type"]],
    ["is of another type too", { type: ["object", "null"], properties: {} }, ["type"]],
  ])("a schema of arguments that %s", (_name, schema, path) => {
    expect(problemsOf(schema)).toEqual([expect.objectContaining({ path })]);
  });

  it("tells all problems at once", () => {
    expect(problemsOfValue({ type: "string", pattern: "x", minLength: -1, enum: [] })).toHaveLength(3);
  });

  it("a suggestion names the property that was meant", () => {
    const [problem] = problemsOf({ properties: { amount: {} }, required: ["amuont"] });
    expect(problem?.help).toBe('did you mean "amount"?');
  });
});

describe("schemas are bounded", () => {
  const nested = (depth: number): JsonObject => (depth === 1 ? {} : { type: "array", items: nested(depth - 1) });
  const list = (depth: number): JsonValue => (depth === 1 ? [] : [list(depth - 1)]);

  it("in their depth", () => {
    expect(problemsOf({ properties: { a: nested(15) } })).toEqual([]);
    expect(problemsOf({ properties: { a: nested(16) } })).toMatchObject([
      { message: "schemas are nested deeper than 16" },
    ]);
    expect(problemsOf({ properties: { a: nested(5_000) } })).toHaveLength(1);
  });

  it("in the depth of their values", () => {
    expect(problemsOfValue({ const: list(16) })).toEqual([]);
    expect(problemsOfValue({ const: list(17) })).toMatchObject([{ message: "this value is nested deeper than 16" }]);
    expect(problemsOfValue({ enum: [list(5_000)] })).toHaveLength(1);
  });

  it("in their number", () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, {}]));
    expect(problemsOf({ properties: many(999) })).toEqual([]);
    expect(problemsOf({ properties: many(5_000) })).toEqual([
      { path: [], message: "a schema holds at most 1000 schemas" },
    ]);
  });
});

describe("a rule does not change", () => {
  it("when its document does", () => {
    const choice: string[] = ["a"];
    const properties: Record<string, JsonValue> = { x: { enum: choice }, y: { const: choice } };
    const rule = ruleOf({ properties });
    const before = JSON.stringify(rule.schema);
    choice.push("b");
    properties["z"] = {};
    expect(rule.fault({ x: "b" })).toBeDefined();
    expect(rule.fault({ y: ["a"] })).toBeUndefined();
    expect(rule.fault({ z: 1 })).toBeDefined();
    expect(JSON.stringify(rule.schema)).toBe(before);
    expect(Object.isFrozen(rule.schema["properties"])).toBe(true);
  });
});
