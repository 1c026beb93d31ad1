import type { JsonObject, JsonValue } from "./tool-call.ts";

/**
 * The canonical text of a JSON value (RFC 8785): own member names sorted by UTF-16 code units, no white space. Equal
 * values have equal texts and different values have different ones. Throws a `TypeError` for anything that is not
 * JSON (`undefined`, holes in lists, class instances, numbers that are not finite, lone surrogates), and a `RangeError`
 * for what is nested deeper than the stack, such as a cycle.
 */
export function canonicalJson(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("a number that is not finite has no JSON text");
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return isList(value) ? list(value) : object(value);
    default:
      throw new TypeError(`a ${typeof value} is not JSON`);
  }
}

function list(values: readonly JsonValue[]): string {
  let items = "";
  for (let index = 0; index < values.length; index += 1) {
    const item = values[index];
    if (item === undefined) throw new TypeError("a list with a hole or undefined is not JSON");
    items += index === 0 ? canonicalJson(item) : `,${canonicalJson(item)}`;
  }
  return `[${items}]`;
}

function object(value: JsonObject): string {
  if (!isPlain(value)) throw new TypeError("a class instance is not JSON");
  let members = "";
  // The default order of `sort` is that of UTF-16 code units, which is RFC 8785's (section 3.2.3).
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) throw new TypeError("undefined is not JSON");
    members += `${members === "" ? "" : ","}${text(name)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** JSON writes these characters as they are. Most texts hold no others, and this test is quicker than JSON.stringify. */
const plainText = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  if (plainText.test(value)) return `"${value}"`;
  // JSON.stringify would write a lone surrogate as an escape, and two different texts could then look alike.
  if (!value.isWellFormed()) throw new TypeError("a lone surrogate has no canonical text");
  return JSON.stringify(value);
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  // The root prototype of another realm is as plain as ours.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
