import { policySchema, type SparsePolicy } from "./policy-schema.ts";
import type { PolicySource } from "./policy-source.ts";
import { type Issue, innermostIssues, reportIssue } from "./schema-diagnostics.ts";
import { isRecord, valueAt } from "./value-at.ts";

/**
 * Reports what has the wrong shape, and gives the document without it, so that the rest can be checked for mistakes of
 * other kinds at the same time.
 */
export function checkDocument(source: PolicySource, data: unknown): SparsePolicy {
  const checked = check(source, data);
  if (checked === undefined) return {};
  if (checked.success) return checked.data;
  const issues = checked.error.issues.flatMap((issue) => innermostIssues(issue, data));
  for (const issue of issues) {
    reportIssue(source, issue, policySchema);
    remove(data, issue);
  }
  // Each value of which the schema said that it is wrong is gone from its place.
  return isRecord(data) ? (data as SparsePolicy) : {};
}

function check(source: PolicySource, data: unknown): ReturnType<typeof policySchema.safeParse> | undefined {
  try {
    return policySchema.safeParse(data);
  } catch (error) {
    // The library hands on issues as parameters of a call, and an engine takes only so many: some hundred thousand.
    if (!(error instanceof RangeError)) throw error;
    const message = "more of this file has the wrong shape than can be listed";
    source.reportAt([], { code: "wrong_type", message, help: "see whether it is a policy file at all" });
    return undefined;
  }
}

function remove(data: unknown, { code, path, ...issue }: Issue): void {
  const names = code === "unrecognized_keys" && "keys" in issue ? issue.keys : path.slice(-1);
  const parent = valueAt(data, code === "unrecognized_keys" ? path : path.slice(0, -1));
  for (const name of names) {
    if (Array.isArray(parent)) parent[Number(name)] = undefined;
    else if (isRecord(parent)) delete parent[String(name)];
  }
}
