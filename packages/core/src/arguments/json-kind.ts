import type { JsonObject, JsonValue } from "../tool-call.ts";

/** The kinds of JSON values. A number is of either of two: JSON has one type, and 1.0 is an integer. */
export type JsonKind = "null" | "boolean" | "integer" | "fraction" | "string" | "array" | "object";

/** Some kinds of JSON values. */
export type JsonKinds = ReadonlySet<JsonKind>;

/** Every kind: a value of which nothing is known. */
export const everyKind: JsonKinds = new Set<JsonKind>([
  "null",
  "boolean",
  "integer",
  "fraction",
  "string",
  "array",
  "object",
]);

/** The types of JSON Schema, and the kinds that each of them means. */
export const schemaTypes: ReadonlyMap<string, readonly JsonKind[]> = new Map<string, readonly JsonKind[]>([
  ["null", ["null"]],
  ["boolean", ["boolean"]],
  ["integer", ["integer"]],
  ["number", ["integer", "fraction"]],
  ["string", ["string"]],
  ["array", ["array"]],
  ["object", ["object"]],
]);

/** The kind of a JSON value. */
export function jsonKind(value: JsonValue): JsonKind {
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "fraction";
  return isJsonList(value) ? "array" : "object";
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a JSON array. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Kinds as a model knows them: `an integer`, `a string or null`. */
export function describeKinds(kinds: JsonKinds): string {
  // Every whole number is a number: where both fit, one word says it.
  const named = [...kinds].filter((kind) => kind !== "integer" || !kinds.has("fraction"));
  return joinWords(named.map((kind) => kindNames[kind]));
}

/** Words as a choice: `a, b or c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

const kindNames: Readonly<Record<JsonKind, string>> = {
  null: "null",
  boolean: "a boolean",
  integer: "an integer",
  fraction: "a number",
  string: "a string",
  array: "an array",
  object: "an object",
};
