import type { z } from "zod";
import { policyLimits } from "./policy-limits.ts";
import { type Path, PolicySource } from "./policy-source.ts";
import { readYaml } from "./read-yaml.ts";
import { innermostIssues, reportIssue } from "./schema-diagnostics.ts";
import { stopAtErrors } from "./stop-at-errors.ts";

/** A YAML file whose shape was checked. */
export interface CheckedYaml<Data> {
  readonly data: Data;
  /** The line of the value at a path of keys and list indexes, from 1. */
  readonly lineOf: (path: Path) => number;
}

/** What {@link readCheckedYaml} is told. */
export interface CheckedYamlOptions<Schema extends z.ZodType> {
  /** The name to use in messages. */
  readonly file: string;
  /** What the file must look like. Strict objects make it closed. */
  readonly schema: Schema;
}

/**
 * Reads a YAML file as strictly as a policy file, for files that stand beside one: the same YAML, the same diagnostics
 * with line, column and caret. Throws a `PolicyError` that lists everything that is wrong.
 */
export function readCheckedYaml<Schema extends z.ZodType>(
  text: string,
  { file, schema }: CheckedYamlOptions<Schema>,
): CheckedYaml<z.output<Schema>> {
  const source = new PolicySource(text, file);
  const data = readYaml(source, policyLimits.bytes) ?? {};
  stopAtErrors(source);
  const checked = schema.safeParse(data);
  if (checked.success) return { data: checked.data, lineOf: (path) => source.lineOf(path) };
  for (const issue of checked.error.issues.flatMap((outer) => innermostIssues(outer, data))) {
    reportIssue(source, issue, schema);
  }
  stopAtErrors(source);
  throw new TypeError("a file without errors was refused");
}
