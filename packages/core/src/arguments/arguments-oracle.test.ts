import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { snapshotArguments, thawArguments } from "../json-snapshot.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import { compileArguments } from "./compile-arguments.ts";

/**
 * Few names and few values, so that schemas and arguments that know nothing of each other often meet. One name is
 * inherited by every object. (It is not `constructor`: the other reader takes two equal objects with one for different.)
 */
const name = fc.constantFrom("a", "b", "hasOwnProperty", "to");
const scalar = fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2, -1, 0.5, 1.5, "", "a", "ab", "😀", "😀b", "abc");
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(name, tie("value"), { maxKeys: 3 }) },
  ),
}));

/** A few keywords of a type, with bounds that leave something between them. */
const some = <Shape extends Record<string, fc.Arbitrary<JsonValue>>>(shape: Shape) =>
  fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>; // Each member is a JSON value.
const few = fc.integer({ min: 0, max: 1 });
const more = fc.integer({ min: 1, max: 3 });

const numbers = some({
  minimum: fc.constantFrom(-1, 0, 0.5),
  exclusiveMinimum: fc.constantFrom(-1, 0, 0.25),
  maximum: fc.constantFrom(1, 1.5, 2),
  exclusiveMaximum: fc.constantFrom(1.5, 2, 3),
  multipleOf: fc.constantFrom(1, 2, 0.5, 0.25),
});
const texts = some({ minLength: few, maxLength: more });

type Schemas = Record<"schema" | "typed" | "plain" | "lists" | "objects" | "root", JsonObject>;

/** Two in three objects leave `additionalProperties` out. */
const closing = (schema: fc.Arbitrary<JsonObject>) =>
  fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.oneof(fc.boolean(), schema));

const { root } = fc.letrec<Schemas>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 3, arbitrary: tie("typed") },
    { weight: 1, arbitrary: fc.constant<JsonObject>({}) },
    { weight: 1, arbitrary: fc.record({ const: value }) },
    { weight: 2, arbitrary: fc.record({ enum: distinct(value, 6) }) },
    { weight: 1, arbitrary: fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ allOf: fc.array(tie("plain"), { minLength: 1, maxLength: 2 }) }) },
  ),
  typed: fc.oneof({ depthSize: "small", withCrossShrink: true }, tie("plain"), tie("plain"), tie("objects")),
  plain: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ type: distinct(fc.constantFrom("null", "boolean", "string", "integer", "number"), 3) }),
    fc.tuple(fc.constantFrom("integer", "number"), numbers).map(([type, rest]) => ({ type, ...rest })),
    numbers.map((rest) => ({ type: ["string", "number"], ...rest })),
    texts.map((rest) => ({ type: "string", ...rest })),
    fc.tuple(numbers, numbers).map(([one, other]) => ({ type: "number", anyOf: [one, other] })),
    fc.tuple(numbers, texts).map(([one, other]) => ({ type: ["number", "string"], allOf: [one, other] })),
    tie("lists"),
  ),
  lists: some({ minItems: few, maxItems: more, uniqueItems: fc.boolean(), items: tie("schema") }).map((rest) => ({
    type: "array",
    ...rest,
  })),
  objects: fc
    .record({
      properties: fc.option(fc.dictionary(name, tie("schema"), { maxKeys: 4 }), { nil: undefined }),
      additionalProperties: closing(tie("schema")),
      required: distinct(name, 2),
      minProperties: fc.option(few, { nil: undefined, freq: 1 }),
      maxProperties: fc.option(more, { nil: undefined, freq: 1 }),
      forms: fc.option(fc.array(distinct(name, 2), { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 1 }),
    })
    .map(withoutContradictions),
  root: tie("objects").filter((schema) => "properties" in schema || "additionalProperties" in schema),
}));

interface ObjectKeywords {
  readonly properties: Record<string, JsonValue> | undefined;
  readonly additionalProperties: JsonValue | undefined;
  readonly required: readonly string[];
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly forms: readonly (readonly string[])[] | undefined;
}

function withoutContradictions({ forms, ...keywords }: ObjectKeywords): JsonObject {
  const { properties, additionalProperties, minProperties = 0, maxProperties = 4 } = keywords;
  const closed = (additionalProperties ?? properties === undefined) === false;
  const names = Object.keys(properties ?? {});
  const required = keywords.required.filter((one) => !closed || names.includes(one));
  return defined({
    type: "object",
    ...keywords,
    required,
    minProperties: closed && minProperties > names.length ? undefined : keywords.minProperties,
    maxProperties: maxProperties < required.length ? undefined : keywords.maxProperties,
    anyOf: forms?.map((form) => ({ required: form })),
  });
}

function distinct<Item extends JsonValue>(items: fc.Arbitrary<Item>, maxLength: number) {
  return fc.uniqueArray(items, { minLength: 1, maxLength, selector: (item) => sorted(item) });
}

/** The text of a value in which the order of members does not show. */
function sorted(item: JsonValue | undefined): string {
  return JSON.stringify(item, (_key, member) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}

function defined(source: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(source).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

/** What JSON Schema would have to say for what ours means: objects that state their properties are closed. */
function spelledOut(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(spelledOut);
  const object = objectOf(schema);
  if (object === undefined) return schema;
  const { properties, items, anyOf, allOf, additionalProperties, ...rest } = object;
  const named = objectOf(properties);
  const others = additionalProperties ?? (named === undefined ? undefined : false);
  return defined({
    ...rest,
    properties: named && Object.fromEntries(Object.entries(named).map(([key, inner]) => [key, spelledOut(inner)])),
    additionalProperties: others === undefined ? undefined : spelledOut(others),
    items: items === undefined ? undefined : spelledOut(items),
    anyOf: anyOf === undefined ? undefined : spelledOut(anyOf),
    allOf: allOf === undefined ? undefined : spelledOut(allOf),
  });
}

function objectOf(source: JsonValue | undefined): JsonObject | undefined {
  return typeof source === "object" && source !== null && !Array.isArray(source) ? (source as JsonObject) : undefined; // Not a list.
}

const listOf = (source: JsonValue | undefined): readonly JsonValue[] | undefined =>
  Array.isArray(source) ? source : undefined;

/** Values that fit a schema more often than not. */
function likely(source: JsonValue | undefined): fc.Arbitrary<JsonValue> {
  const schema = objectOf(source) ?? {};
  if ("const" in schema) return fc.constant(schema["const"] ?? null);
  const listed = listOf(schema["enum"]);
  if (listed !== undefined) return fc.constantFrom(...listed);
  const [type] = listOf(schema["type"]) ?? [schema["type"]];
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.constantFrom(0, 1, 2);
    case "number":
      return fc.constantFrom(0.5, 1, 1.5);
    case "string":
      return fc.constantFrom("a", "ab", "😀");
    case "array":
      return fc.array(likely(schema["items"]), { minLength: 1, maxLength: 3 });
    case "object":
      return likelyObject(schema);
    default: {
      const members = listOf(schema["anyOf"]) ?? listOf(schema["allOf"])?.slice(0, 1);
      return members === undefined ? value : fc.oneof(...members.map(likely));
    }
  }
}

function likelyObject(schema: JsonObject): fc.Arbitrary<JsonValue> {
  const named = Object.entries(objectOf(schema["properties"]) ?? {});
  const required = listOf(schema["required"]) ?? [];
  const missing = required.filter(
    (one): one is string => typeof one === "string" && !named.some(([key]) => key === one),
  );
  const members = [...named, ...missing.map((key) => [key, schema["additionalProperties"]] as const)];
  return fc.record(Object.fromEntries(members.map(([key, inner]) => [key, likely(inner)])), {
    requiredKeys: members.map(([key]) => key).filter((key) => required.includes(key)),
  });
}

const mixed = (schema: JsonObject) =>
  fc.oneof(
    { weight: 3, arbitrary: likelyObject(schema) },
    { weight: 1, arbitrary: fc.dictionary(name, value, { maxKeys: 3 }) },
  );
const cases = root.chain((schema) =>
  fc.record({ schema: fc.constant(schema), values: fc.array(mixed(schema), { minLength: 4, maxLength: 4 }) }),
);

describe("an independent reader of JSON Schema agrees", () => {
  it("D10: about every schema and every value, and about the schema that a rule gives for itself", () => {
    const answers = { fits: 0, faults: 0 };
    const reader = new Ajv2020({ strict: false, ownProperties: true });
    const property = fc.property(cases, ({ schema, values }) => {
      const compiled = compileArguments(schema);
      if (!("rule" in compiled)) throw new Error(JSON.stringify(compiled.problems));
      const { rule } = compiled;
      const readers = [spelledOut(schema), rule.schema].map((one) => reader.compile(JSON.parse(JSON.stringify(one))));
      for (const source of values) {
        const snapshot = snapshotArguments(source).value ?? {};
        const fits = rule.fault(snapshot) === undefined;
        answers[fits ? "fits" : "faults"] += 1;
        for (const read of readers) expect([fits, snapshot]).toEqual([read(thawArguments(snapshot)), snapshot]);
      }
    });
    fc.assert(property, { numRuns: 500 });
    const total = answers.fits + answers.faults;
    expect(answers.fits / total).toBeGreaterThan(0.2);
    expect(answers.faults / total).toBeGreaterThan(0.2);
  });
});
