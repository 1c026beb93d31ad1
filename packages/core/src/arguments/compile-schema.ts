import { nearestName } from "../condition/nearest-name.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import { compileCombinations } from "./combination-keywords.ts";
import { describeKinds, isJsonList, isJsonObject, type JsonKind } from "./json-kind.ts";
import { compileLists } from "./list-keywords.ts";
import { compileNumbers } from "./number-keywords.ts";
import { compileObjects } from "./object-keywords.ts";
import { annotations, refusedKeywords } from "./other-keywords.ts";
import { type CompiledSchema, SchemaNode, type SchemaPlace, type SchemaReading, schemaLimits } from "./schema-node.ts";
import type { SchemaProblem } from "./schema-problem.ts";
import { compileTexts } from "./text-keywords.ts";
import { compileType } from "./type-keyword.ts";
import type { ValueCheck } from "./value-fault.ts";
import { compileConstants } from "./value-keywords.ts";

/** Compiles a JSON Schema of a call's arguments, or tells everything that is wrong with it. */
export function compileSchema(document: JsonObject): CompiledSchema | { readonly problems: readonly SchemaProblem[] } {
  const problems: SchemaProblem[] = [];
  let schemas = 0;
  const reading: SchemaReading = {
    problems,
    compile: (inner, place) => {
      schemas += 1;
      // Told once, and nothing further is read: the problems of a million schemas help nobody.
      if (schemas === schemaLimits.schemas + 1) {
        problems.push({ path: [], message: `a schema holds at most ${schemaLimits.schemas} schemas` });
      }
      return schemas > schemaLimits.schemas ? nothing : compileNode(reading, inner, place);
    },
  };
  const kinds = new Set<JsonKind>(["object"]);
  const compiled = reading.compile(document, { path: [], label: "", depth: 1, kinds, closing: "free" });
  if (problems.length === 0 && !statesNames(document)) {
    const help = "write `properties` ({} where it takes none), or `additionalProperties: true` where any may be passed";
    problems.push({ path: [], message: "this does not say which arguments the tool takes", help });
  }
  return problems.length > 0 ? { problems } : compiled;
}

/** Keywords that belong together. The order is that in which their faults are found. */
const groups: readonly KeywordGroup[] = [
  { keywords: ["type"], compile: compileType },
  { keywords: ["const", "enum"], compile: compileConstants },
  {
    keywords: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    about: { type: "number", kinds: ["integer", "fraction"] },
    compile: compileNumbers,
  },
  { keywords: ["minLength", "maxLength"], about: { type: "string", kinds: ["string"] }, compile: compileTexts },
  {
    keywords: ["minItems", "maxItems", "uniqueItems", "items"],
    about: { type: "array", kinds: ["array"] },
    compile: compileLists,
  },
  {
    keywords: ["required", "properties", "additionalProperties", "minProperties", "maxProperties"],
    about: { type: "object", kinds: ["object"] },
    compile: compileObjects,
  },
  { keywords: ["allOf", "anyOf"], compile: compileCombinations },
];

interface KeywordGroup {
  readonly keywords: readonly string[];
  /** The values that it speaks of; other values pass. Default: all. */
  readonly about?: { readonly type: string; readonly kinds: readonly JsonKind[] };
  readonly compile: (node: SchemaNode) => readonly ValueCheck[];
}

const knownKeywords: ReadonlySet<string> = new Set(groups.flatMap(({ keywords }) => keywords));

const nothing: CompiledSchema = { check: () => undefined, schema: {} };

function compileNode(reading: SchemaReading, document: JsonValue | undefined, place: SchemaPlace): CompiledSchema {
  const { path, depth } = place;
  if (!isJsonObject(document)) {
    const help = "write a map, such as { type: string }; {} accepts any value";
    reading.problems.push({ path, message: "this is not a schema", help });
    return nothing;
  }
  if (depth > schemaLimits.depth) {
    reading.problems.push({ path, message: `schemas are nested deeper than ${schemaLimits.depth}` });
    return nothing;
  }
  const node = new SchemaNode(document, place, reading);
  for (const keyword of Object.keys(document)) refuseUnknown(node, keyword);
  const checks = groups.flatMap((group) => {
    const present = group.keywords.filter((keyword) => node.has(keyword));
    if (present.length === 0) return [];
    for (const keyword of present) refuseIdle(node, keyword, group);
    return group.compile(node);
  });
  const root = depth === 1 && !node.has("type");
  if (root) node.keep("type", "object");
  return { check: firstOf(checks), schema: node.kept() };
}

function refuseUnknown(node: SchemaNode, keyword: string): void {
  if (knownKeywords.has(keyword) || annotations.has(keyword)) return;
  const help = refusedKeywords.get(keyword);
  if (help !== undefined)
    return node.report([keyword], `\`${keyword}\` is not supported in a schema of arguments`, help);
  const nearest = keyword.length > 64 ? undefined : nearestName(keyword, [...knownKeywords, ...annotations]);
  const instead =
    nearest === undefined ? "remove it, or write it as a condition: `when: ...`" : `did you mean \`${nearest}\`?`;
  node.report([keyword], "this is not a keyword of a schema", instead);
}

/** A keyword must speak of some of the values, and nothing may pass it only because no type was stated. */
function refuseIdle(node: SchemaNode, keyword: string, { about }: KeywordGroup): void {
  if (about === undefined) return;
  const { type, kinds } = about;
  const message = `\`${keyword}\` demands something only of values of the type ${type}`;
  if (node.kinds === undefined) {
    node.report([keyword], message, `state \`type: ${type}\` beside it, so that nothing else passes unchecked`);
  } else if (!kinds.some((kind) => node.kinds?.has(kind))) {
    node.report(
      [keyword],
      `${message}, and here it must be ${describeKinds(node.kinds)}`,
      "remove it, or correct `type`",
    );
  }
}

function firstOf(checks: readonly ValueCheck[]): ValueCheck {
  const [only, ...others] = checks;
  if (only === undefined) return nothing.check;
  if (others.length === 0) return only;
  return (value) => {
    for (const check of checks) {
      const fault = check(value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** Whether a schema of arguments says, in each of its forms, which names there are or that there may be any. */
function statesNames(document: JsonValue): boolean {
  if (!isJsonObject(document)) return false;
  if (["properties", "additionalProperties", "const", "enum"].some((keyword) => Object.hasOwn(document, keyword)))
    return true;
  const forms = Object.hasOwn(document, "anyOf") ? document["anyOf"] : undefined;
  return isJsonList(forms) && forms.every(statesNames);
}
