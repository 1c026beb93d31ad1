import { canonicalJson } from "../canonical-json.ts";
import type { JsonValue } from "../tool-call.ts";
import { isVisible } from "./argument-name.ts";
import { describeKinds, isJsonList, joinWords, jsonKind } from "./json-kind.ts";
import type { SchemaNode } from "./schema-node.ts";
import type { SchemaPath } from "./schema-problem.ts";
import { faultOf, type ValueCheck } from "./value-fault.ts";

/** Compiles `const` and `enum`. Values are equal as JSON: the order of an object's members does not matter. */
export function compileConstants(node: SchemaNode): readonly ValueCheck[] {
  const checks: ValueCheck[] = [];
  if (node.has("const")) {
    const value = readConstant(node, ["const"], node.member("const"));
    if (value !== undefined) {
      node.keep("const", value);
      checks.push(oneOf(node, [value]));
    }
  }
  if (node.has("enum")) checks.push(...compileEnum(node, node.member("enum")));
  return checks;
}

function compileEnum(node: SchemaNode, listed: JsonValue | undefined): readonly ValueCheck[] {
  if (!isJsonList(listed)) {
    node.report(["enum"], "`enum` must be a list of values");
    return [];
  }
  if (listed.length === 0) node.report(["enum"], "nothing passes: no value is listed");
  const texts = new Set<string>();
  const values: JsonValue[] = [];
  for (const [index, member] of listed.entries()) {
    const value = readConstant(node, ["enum", index], member);
    if (value === undefined) continue;
    const text = canonicalJson(value);
    if (texts.has(text)) node.report(["enum", index], "this value stands twice");
    texts.add(text);
    values.push(value);
  }
  node.keep("enum", Object.freeze(values));
  return [oneOf(node, values)];
}

function readConstant(node: SchemaNode, path: SchemaPath, source: JsonValue | undefined): JsonValue | undefined {
  const value = node.copy(path, source);
  if (value === undefined || node.kinds === undefined || node.kinds.has(jsonKind(value))) return value;
  node.report(path, `this can never be: here it must be ${describeKinds(node.kinds)}`);
  return undefined;
}

function oneOf(node: SchemaNode, values: readonly JsonValue[]): ValueCheck {
  const scalars = new Set(values.filter(isScalar));
  const texts = new Set(values.filter((value) => !isScalar(value)).map(canonicalJson));
  const reason = `${node.subject} must be ${describeChoice(values)}`;
  return (value) => {
    const equal = isScalar(value) ? scalars.has(value) : texts.size > 0 && texts.has(canonicalJson(value));
    return equal ? undefined : faultOf(reason, value);
  };
}

function isScalar(value: JsonValue): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}

const mostTold = { values: 8, length: 200 } as const;

function describeChoice(values: readonly JsonValue[]): string {
  const words = values.map((value) => JSON.stringify(value));
  const choice = joinWords(words);
  const told = values.every(isScalar) && values.length <= mostTold.values && choice.length <= mostTold.length;
  return told && isVisible(choice) ? choice : "a value that the policy states";
}
