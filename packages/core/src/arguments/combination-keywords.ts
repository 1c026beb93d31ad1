import { isJsonList } from "./json-kind.ts";
import type { SchemaNode, SchemaPlace } from "./schema-node.ts";
import { faultOf, type ValueCheck } from "./value-fault.ts";

/** Compiles `allOf` and `anyOf`. Where they let members state `properties` is told at `compileArguments`. */
export function compileCombinations(node: SchemaNode): readonly ValueCheck[] {
  const checks = [...compileMembers(node, "allOf", "within allOf")];
  if (!node.has("anyOf")) return checks;
  const forms = compileMembers(node, "anyOf", closingOfForms(node));
  const reason = `${node.subject} must have one of the forms that the policy states`;
  return [
    ...checks,
    (value) => (forms.some((check) => check(value) === undefined) ? undefined : faultOf(reason, value)),
  ];
}

function closingOfForms(node: SchemaNode): SchemaPlace["closing"] {
  const { closing } = node.place;
  if (closing !== "free") return closing;
  return node.has("properties") || node.has("additionalProperties") ? "beside properties" : "free";
}

function compileMembers(
  node: SchemaNode,
  keyword: "allOf" | "anyOf",
  closing: SchemaPlace["closing"],
): readonly ValueCheck[] {
  if (!node.has(keyword)) return [];
  const members = node.member(keyword);
  if (!isJsonList(members) || members.length === 0) {
    node.report([keyword], `\`${keyword}\` must be a list of one schema or more`);
    return [];
  }
  const compiled = members.map((member, index) => node.further([keyword, index], member, closing));
  node.keep(keyword, Object.freeze(compiled.map(({ schema }) => schema)));
  return compiled.map(({ check }) => check);
}
