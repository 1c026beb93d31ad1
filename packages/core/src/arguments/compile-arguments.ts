import type { JsonObject, JsonValue } from "../tool-call.ts";
import { argumentNameFault } from "./argument-name.ts";
import type { ArgumentRule } from "./argument-rule.ts";
import { compileSchema } from "./compile-schema.ts";
import type { SchemaProblem } from "./schema-problem.ts";
import { tellFault } from "./value-fault.ts";

export type { SchemaProblem } from "./schema-problem.ts";

/**
 * Compiles what a policy says of a tool's arguments: a list of names, each of which may be absent or have any value
 * and beside which nothing is accepted, or a JSON Schema (2020-12) of the keywords below. All problems are told at once.
 *
 * - `type`, `enum`, `const`, `anyOf`, `allOf`; `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`,
 *   `multipleOf` (exact: on the decimal digits of both numbers); `minLength`, `maxLength`; `items`, `minItems`,
 *   `maxItems`, `uniqueItems`; `properties`, `required`, `additionalProperties`, `minProperties`, `maxProperties`.
 *   What only describes is left out (`title`, `description`, `default`, ...). Any other keyword is a problem: to pass
 *   over what it demands would be wrong in silence.
 * - Unlike in JSON Schema, `additionalProperties` is false where `properties` is stated and it is not.
 * - The closing keywords `properties` and `additionalProperties` cannot stand in a member of `allOf`, nor in one of
 *   `anyOf` beside them: each such member would refuse the names that the others state. Elsewhere each member of
 *   `anyOf` is a form of its own and closed like any other object.
 * - A keyword that speaks of one type only, such as `minimum`, needs a `type`, here or around its `anyOf` or `allOf`:
 *   without one, a value of another type would pass unchecked.
 */
export function compileArguments(
  document: readonly string[] | JsonObject,
): { readonly rule: ArgumentRule } | { readonly problems: readonly SchemaProblem[] } {
  const source = isList(document) ? readNames(document) : { schema: document };
  if ("problems" in source) return source;
  const compiled = compileSchema(source.schema);
  if ("problems" in compiled) return compiled;
  const { check, schema } = compiled;
  const fault: ArgumentRule["fault"] = (args) => {
    const found = check(args);
    return found === undefined ? undefined : tellFault(found);
  };
  return { rule: Object.freeze({ fault, schema }) };
}

const mostNames = 256;

/** A closed schema of these names. */
function readNames(
  names: readonly unknown[],
): { readonly schema: JsonObject } | { readonly problems: readonly SchemaProblem[] } {
  if (names.length > mostNames)
    return { problems: [{ path: [], message: `at most ${mostNames} names can be listed` }] };
  const problems: SchemaProblem[] = [];
  const properties: Record<string, JsonValue> = Object.create(null);
  for (const [index, name] of names.entries()) {
    if (typeof name !== "string") {
      const help = "list names only, or write a JSON Schema instead of the list";
      problems.push({ path: [index], message: "this is not the name of an argument", help });
      continue;
    }
    const fault = argumentNameFault(name);
    if (fault !== undefined) problems.push({ path: [index], message: fault });
    else if (Object.hasOwn(properties, name)) problems.push({ path: [index], message: "this name stands twice" });
    properties[name] = {};
  }
  return problems.length > 0 ? { problems } : { schema: { type: "object", properties, additionalProperties: false } };
}

function isList(document: readonly string[] | JsonObject): document is readonly string[] {
  return Array.isArray(document);
}
