import type { JsonObject, JsonValue } from "../tool-call.ts";
import { anything, type Kind, type StaticType } from "./static-type.ts";

/**
 * What a JSON Schema (2020-12) says of a value's type: `type`, `enum`, `const`, `properties`, `additionalProperties`
 * and `items`. Whatever else it says, references and combinations included, counts as knowing nothing.
 */
export function readSchemaType(schema: JsonValue | undefined, depth = 0): StaticType {
  if (!isObject(schema) || depth > 16 || combinations.some((keyword) => own(schema, keyword) !== undefined)) {
    return anything;
  }
  const kinds = readKinds(schema);
  if (kinds === undefined) return anything;
  const type: StaticType = { kinds };
  if (kinds.has("int") && kinds.has("double")) return { ...type, eitherNumber: kinds.size === 2 };
  if (kinds.has("map")) return { ...type, ...readProperties(schema, depth) };
  if (kinds.has("list")) return { ...type, element: readSchemaType(own(schema, "items"), depth + 1) };
  return type;
}

const combinations = ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "nullable", "prefixItems"] as const;

const schemaKinds: ReadonlyMap<string, readonly Kind[]> = new Map<string, readonly Kind[]>([
  ["null", ["null"]],
  ["boolean", ["bool"]],
  // A schema's integer may lie beyond the safe integers, where an argument reads as a double.
  ["integer", ["int"]],
  ["number", ["int", "double"]],
  ["string", ["string"]],
  ["array", ["list"]],
  ["object", ["map"]],
]);

function readKinds(schema: JsonObject): ReadonlySet<Kind> | undefined {
  const type = own(schema, "type");
  const names = Array.isArray(type) ? type : [type ?? typeOfConstant(schema)];
  const kinds = new Set<Kind>();
  for (const name of names) {
    const known = typeof name === "string" ? schemaKinds.get(name) : undefined;
    if (known === undefined) return undefined;
    for (const kind of known) kinds.add(kind);
  }
  return kinds.size === 0 ? undefined : kinds;
}

/** The type of a `const`, or of an `enum` of which all members have one type. */
function typeOfConstant(schema: JsonObject): string | undefined {
  const listed = own(schema, "enum");
  const members = Array.isArray(listed) ? listed : [own(schema, "const")];
  const types = new Set(members.map((member) => (member === null ? "null" : typeof member)));
  const [type, ...others] = types;
  return others.length === 0 && type !== "object" ? type : undefined;
}

function readProperties(schema: JsonObject, depth: number): Omit<StaticType, "kinds"> {
  const listed = own(schema, "properties");
  const properties = new Map<string, StaticType>();
  if (isObject(listed)) {
    for (const name of Object.keys(listed)) properties.set(name, readSchemaType(listed[name], depth + 1));
  }
  const others = own(schema, "additionalProperties");
  if (own(schema, "patternProperties") !== undefined) return { properties };
  if (others === false) return { properties, closed: true };
  return { properties, element: readSchemaType(others, depth + 1) };
}

function own(schema: JsonObject, keyword: string): JsonValue | undefined {
  return Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
