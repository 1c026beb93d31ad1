import { z } from "zod";
import { nearestName } from "../condition/nearest-name.ts";
import type { PolicySource } from "./policy-source.ts";
import { valueAt } from "./value-at.ts";

/** What a schema found wrong. */
export type Issue = z.core.$ZodIssue;

/**
 * Of a value that fits none of several forms: what keeps it from being the form that it was meant to be, which is a map
 * where it is a map and a list where it is a list. Otherwise the issue itself.
 */
export function innermostIssues(issue: Issue, data: unknown): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const value = valueAt(data, issue.path);
  if (typeof value !== "object" || value === null) return [issue];
  const meant = issue.errors.find(
    (issues) => !issues.some((inner) => inner.code === "invalid_type" && inner.path.length === 0),
  );
  if (meant === undefined) return [issue];
  const absolute = meant.map((inner): Issue => ({ ...inner, path: [...issue.path, ...inner.path] }));
  return absolute.flatMap((inner) => innermostIssues(inner, data));
}

/** Reports what a schema found wrong, in the file's own terms. */
export function reportIssue(source: PolicySource, issue: Issue, schema: z.ZodType): void {
  if (source.hasAllErrors) return;
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      reportUnknownKeys(source, issue, knownKeys(schema, path));
      return;
    case "invalid_type":
      return reportType(source, issue, schema);
    case "invalid_union":
      if (!source.has(path)) return reportMissing(source, path);
      return source.reportAt(path, { code: "wrong_type", ...unionText(path) });
    case "invalid_value": {
      if (!source.has(path)) return reportMissing(source, path);
      return source.reportAt(path, { code: "invalid_value", ...choiceText(issue.values, source.written(path) ?? "") });
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

function reportUnknownKeys(
  source: PolicySource,
  { path, keys }: Extract<Issue, { code: "unrecognized_keys" }>,
  known: readonly string[],
): void {
  for (const key of keys) {
    if (source.hasAllErrors) return;
    const nearest = nearestName(key, known);
    const help = nearest === undefined ? `the keys here are: ${known.join(", ")}` : `did you mean "${nearest}"?`;
    source.reportKey(path, key, { code: "unknown_key", message: `unknown key "${key}"`, help });
  }
}

function reportType(source: PolicySource, issue: Extract<Issue, { code: "invalid_type" }>, schema: z.ZodType): void {
  if (!source.has(issue.path)) return reportMissing(source, issue.path);
  const expected = names[issue.expected] ?? issue.expected;
  const keys = issue.expected === "object" ? knownKeys(schema, issue.path) : [];
  const help = typeHelp(issue.expected, { written: source.written(issue.path), keys });
  source.reportAt(issue.path, { code: "wrong_type", message: `this must be ${expected}`, help });
}

/** How to write a value of the expected type, given what is written instead; `undefined` for a list or a map. */
function typeHelp(
  expected: string,
  { written, keys }: { readonly written: string | undefined; readonly keys: readonly string[] },
): string | undefined {
  switch (expected) {
    case "string":
      if (written === undefined) return "write one text here; several need an entry each";
      return written === "" ? undefined : `quote it to make it text: "${written}"`;
    case "boolean": {
      const meant = meantBoolean(written);
      return meant === undefined ? undefined : `write ${meant}: "${written}" is a text here`;
    }
    case "array":
      return written === undefined || written === ""
        ? 'begin each entry with "- "'
        : `write it as a list: [${written}]`;
    case "object":
      return keys.length === 0 ? undefined : `the keys here are: ${keys.join(", ")}`;
    default:
      return undefined;
  }
}

/** In YAML 1.2 only `true` and `false` are no texts. */
function meantBoolean(written: string | undefined): boolean | undefined {
  if (/^(?:yes|on|y|true)$/i.test(written ?? "")) return true;
  return /^(?:no|off|n|false)$/i.test(written ?? "") ? false : undefined;
}

function choiceText(values: readonly unknown[], written: string): { message: string; help: string | undefined } {
  const choices = values.map((value) => JSON.stringify(value));
  const nearest = nearestName(
    written,
    values.filter((value) => typeof value === "string"),
  );
  const help = nearest === undefined ? undefined : `did you mean "${nearest}"?`;
  return { message: `this ${choices.length === 1 ? "must be" : "is not one of"} ${choices.join(", ")}`, help };
}

const names: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
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
  if (last === "arguments") {
    const help = "list what the tool takes, such as [to, subject]";
    return { message: "this must be a list of names, or a JSON Schema", help };
  }
  if (path.at(-2) === "labels")
    return { message: "this must be a label, or a map with the key use", help: "write a name, such as customer-data" };
  if (typeof last === "number")
    return {
      message: "this must be a scope, or a map with the key scope",
      help: "write a scope, such as tool:crm:read",
    };
  if (last === "cost") {
    const help = 'write decimal text, such as "0.002", an expression, or { by: name }';
    return { message: "this must be an amount of money, or the name of a function that gives one", help };
  }
  return { message: "this must be an amount of money", help: 'write it as decimal text, such as "0.002"' };
}

/** The keys that a schema knows for the map at a path. */
function knownKeys(root: z.ZodType, path: readonly PropertyKey[]): string[] {
  let schemas: readonly unknown[] = formsOf(root);
  for (const step of path) {
    schemas = schemas.flatMap((schema) => {
      if (schema instanceof z.ZodObject && Object.hasOwn(schema.shape, step))
        return formsOf(schema.shape[String(step)]);
      if (schema instanceof z.ZodArray && typeof step === "number") return formsOf(schema.element);
      return schema instanceof z.ZodRecord ? formsOf(schema.valueType) : [];
    });
  }
  return schemas.flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}

/** The schemas of the forms that a value may have. */
function formsOf(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodOptional) return formsOf(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap(formsOf) : [schema];
}
