import { z } from "zod";
import { nearestName } from "../condition/nearest-name.ts";
import { policySchema } from "./policy-schema.ts";
import type { PolicySource } from "./policy-source.ts";

type Issue = z.core.$ZodIssue;

/** Reports what a schema found wrong, in the file's own terms. */
export function reportIssues(source: PolicySource, issues: readonly Issue[]): void {
  for (const issue of issues) reportIssue(source, issue);
}

function reportIssue(source: PolicySource, issue: Issue): void {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      for (const key of issue.keys) reportUnknownKey(source, path, key);
      return;
    case "invalid_type":
      return reportType(source, issue);
    case "invalid_union":
      if (!source.has(path)) return reportMissing(source, path);
      return source.reportAt(path, { code: "wrong_type", ...unionText(path) });
    case "invalid_value": {
      const choices = issue.values.map((value) => JSON.stringify(value)).join(", ");
      if (!source.has(path)) return reportMissing(source, path);
      return source.reportAt(path, { code: "invalid_value", message: `this is not one of ${choices}` });
    }
    case "too_small":
      return source.reportAt(path, {
        code: "invalid_value",
        message: "this is empty",
        help: "write a value, or remove the key",
      });
    case "too_big":
      return source.reportAt(path, { code: "invalid_value", message: `this is longer than ${issue.maximum}` });
    default:
      return source.reportAt(path, { code: "invalid_value", message: issue.message });
  }
}

function reportUnknownKey(source: PolicySource, path: readonly PropertyKey[], key: string): void {
  const known = knownKeys(path);
  const nearest = nearestName(key, known);
  const help = nearest === undefined ? `the keys here are: ${known.join(", ")}` : `did you mean "${nearest}"?`;
  source.reportKey(path, key, { code: "unknown_key", message: `unknown key "${key}"`, help });
}

function reportType(source: PolicySource, issue: Extract<Issue, { code: "invalid_type" }>): void {
  if (!source.has(issue.path)) return reportMissing(source, issue.path);
  const expected = names[issue.expected] ?? issue.expected;
  const written = source.written(issue.path);
  const help =
    issue.expected === "string" && written !== undefined && written !== ""
      ? `quote it to make it text: "${written}"`
      : undefined;
  source.reportAt(issue.path, { code: "wrong_type", message: `this must be ${expected}`, help });
}

const names: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  array: "a list",
  object: "a map of keys and values",
  record: "a map of keys and values",
};

function reportMissing(source: PolicySource, path: readonly PropertyKey[]): void {
  const key = String(path.at(-1));
  source.reportAt(path, { code: "missing_key", message: `the key "${key}" is missing`, help: `add "${key}"` });
}

function unionText(path: readonly PropertyKey[]): { message: string; help?: string } {
  const last = path.at(-1);
  if (last === "scope" || last === "use") return { message: "this must be a scope or a list of scopes" };
  if (typeof last === "number") return { message: "this must be a scope, or a map with the key scope" };
  return { message: "this must be an amount of money", help: 'write it as decimal text, such as "0.002"' };
}

/** The keys that the schema knows for the map at a path. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = policySchema;
  for (const step of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodObject) schema = schema.shape[String(step)];
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else return [];
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}
