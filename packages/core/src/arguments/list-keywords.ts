import { canonicalJson } from "../canonical-json.ts";
import type { JsonValue } from "../tool-call.ts";
import { countOf } from "./count-of.ts";
import { isJsonList } from "./json-kind.ts";
import type { SchemaNode } from "./schema-node.ts";
import { faultOf, type ValueCheck, type ValueFault, within } from "./value-fault.ts";

/** Compiles what may be demanded of lists: how many items first, then each item, then that none stands twice. */
export function compileLists(node: SchemaNode): readonly ValueCheck[] {
  const checks: ListCheck[] = [];
  if (node.has("minItems") || node.has("maxItems")) checks.push(checkSize(node));
  if (node.has("items")) checks.push(checkItems(node));
  if (readUnique(node)) checks.push(checkUnique(node));
  return checks.map((check) => (value) => (isJsonList(value) ? check(value) : undefined));
}

type ListCheck = (list: readonly JsonValue[]) => ValueFault | undefined;

function checkSize(node: SchemaNode): ListCheck {
  const { least = 0, most = Number.POSITIVE_INFINITY } = node.counts("minItems", "maxItems");
  const tooFew = `${node.subject} must hold at least ${countOf(least, "item")}`;
  const tooMany = `${node.subject} must hold at most ${countOf(most, "item")}`;
  return (list) => {
    if (list.length < least) return faultOf(tooFew, list);
    return list.length > most ? faultOf(tooMany, list) : undefined;
  };
}

function checkItems(node: SchemaNode): ListCheck {
  const { check, schema } = node.inner(["items"], node.member("items"), `${node.place.label}[]`);
  node.keep("items", schema);
  return (list) => {
    for (const [index, item] of list.entries()) {
      const fault = check(item);
      if (fault !== undefined) return within(index, fault);
    }
    return undefined;
  };
}

function readUnique(node: SchemaNode): boolean {
  const unique = node.member("uniqueItems");
  if (!node.has("uniqueItems")) return false;
  if (typeof unique === "boolean") node.keep("uniqueItems", unique);
  else node.report(["uniqueItems"], "`uniqueItems` must be true or false");
  return unique === true;
}

function checkUnique(node: SchemaNode): ListCheck {
  const reason = `${node.subject} must not hold an item twice`;
  return (list) => {
    const texts = new Set<string>();
    for (const [index, item] of list.entries()) {
      const text = canonicalJson(item);
      if (texts.has(text)) return { reason, found: { note: "stands in the list twice" }, steps: [index] };
      texts.add(text);
    }
    return undefined;
  };
}
