import { compilePolicy } from "./compile-policy.ts";
import type { Policy } from "./policy.ts";
import { PolicyError } from "./policy-error.ts";
import { policySchema } from "./policy-schema.ts";
import { PolicySource } from "./policy-source.ts";
import { readYaml } from "./read-yaml.ts";
import { reportIssues } from "./schema-diagnostics.ts";

/** Settings of {@link parsePolicy}. */
export interface ParsePolicyOptions {
  /** The name to use in messages and records. Default: `policy`. */
  readonly file?: string | undefined;
}

/**
 * Reads and compiles the text of a policy file. Throws a `PolicyError` that lists everything that is wrong; there is no
 * policy with errors. An empty text is a policy that allows nothing.
 */
export function parsePolicy(text: string, options: ParsePolicyOptions = {}): Policy {
  const source = new PolicySource(text, options.file ?? "policy");
  const data = readYaml(source);
  stopAtErrors(source);
  const checked = policySchema.safeParse(data ?? {});
  if (!checked.success) reportIssues(source, checked.error.issues);
  stopAtErrors(source);
  const policy = checked.success ? compilePolicy(source, checked.data) : undefined;
  stopAtErrors(source);
  if (policy === undefined) throw new TypeError("a policy without errors was not compiled");
  return Object.freeze(policy);
}

function stopAtErrors(source: PolicySource): void {
  if (source.diagnostics.length === 0) return;
  const ordered = [...source.diagnostics].sort((left, right) => left.line - right.line || left.column - right.column);
  throw new PolicyError(ordered, source.text);
}
