import { policySchema, type SparsePolicy } from "./policy-schema.ts";
import type { PolicySource } from "./policy-source.ts";
import { type Issue, innermostIssues, reportIssue } from "./schema-diagnostics.ts";
import { isRecord, valueAt } from "./value-at.ts";

/**
 * Reports what has the wrong shape, and gives the document without it, so that the rest can be checked for mistakes of
 * other kinds at the same time.
 */
export function checkDocument(source: PolicySource, data: unknown): SparsePolicy {
  const checked = policySchema.safeParse(data);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.flatMap((issue) => innermostIssues(issue, data));
  for (const issue of issues) {
    reportIssue(source, issue, policySchema);
    remove(data, issue);
  }
  // Each value of which the schema said that it is wrong is gone from its place.
  return isRecord(data) ? (data as SparsePolicy) : {};
}

function remove(data: unknown, { code, path, ...issue }: Issue): void {
  const names = code === "unrecognized_keys" && "keys" in issue ? issue.keys : path.slice(-1);
  const parent = valueAt(data, code === "unrecognized_keys" ? path : path.slice(0, -1));
  for (const name of names) {
    if (Array.isArray(parent)) parent[Number(name)] = undefined;
    else if (isRecord(parent)) delete parent[String(name)];
  }
}
