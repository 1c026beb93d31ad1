import type { JsonValue } from "../tool-call.ts";
import {
  describeKinds,
  everyKind,
  isJsonList,
  type JsonKind,
  type JsonKinds,
  jsonKind,
  schemaTypes,
} from "./json-kind.ts";
import type { SchemaNode } from "./schema-node.ts";
import { faultOf, type ValueCheck } from "./value-fault.ts";

/** Compiles `type`, and notes at the node what kinds are left for its other keywords. */
export function compileType(node: SchemaNode): readonly ValueCheck[] {
  const stated = readTypes(node, node.member("type"));
  const around = node.place.kinds ?? everyKind;
  const kinds: JsonKinds = new Set([...(stated ?? everyKind)].filter((kind) => around.has(kind)));
  if (stated === undefined || kinds.size === 0) {
    if (stated !== undefined) node.report(["type"], `nothing passes: here it must be ${describeKinds(around)}`);
    // What is wrong with the type is told; its other keywords cannot be blamed for it.
    node.kinds = everyKind;
    return [];
  }
  if (node.place.depth === 1 && stated.size > 1) node.report(["type"], "the arguments of a call are always an object");
  node.kinds = kinds;
  const reason = `${node.subject} must be ${describeKinds(stated)}`;
  return [(value) => (stated.has(jsonKind(value)) ? undefined : faultOf(reason, value))];
}

function readTypes(node: SchemaNode, type: JsonValue | undefined): JsonKinds | undefined {
  const names = isJsonList(type) ? type : [type];
  const kinds = new Set<JsonKind>();
  const known = new Set<string>();
  for (const [index, name] of names.entries()) {
    const path = isJsonList(type) ? ["type", index] : ["type"];
    const meant = typeof name === "string" ? schemaTypes.get(name) : undefined;
    if (typeof name !== "string" || meant === undefined) {
      const help = `write one of ${[...schemaTypes.keys()].join(", ")}`;
      node.report(path, "this is not a type of JSON", name === null ? 'write "null" in quotation marks' : help);
      return undefined;
    }
    if (known.has(name)) node.report(path, "this type stands twice");
    known.add(name);
    for (const kind of meant) kinds.add(kind);
  }
  if (known.size === 0) {
    node.report(["type"], "nothing passes: no type is stated");
    return undefined;
  }
  node.keep("type", isJsonList(type) ? Object.freeze([...known]) : [...known].join(""));
  return kinds;
}
