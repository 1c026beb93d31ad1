import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../digest.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";

/** The argument at the end of a path of names; `undefined` where there is none. */
export function argumentAt(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = args;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as JsonObject)[name]; // Neither a list nor null.
  }
  return value;
}

/** The canonical text of a value, or its digest where that is shorter. */
export function valueText(value: JsonValue): string {
  const text = canonicalJson(value);
  return text.length <= 64 ? text : `sha256:${sha256(text)}`;
}
