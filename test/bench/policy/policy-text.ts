import type { PolicyPlan } from "./policy-plan.ts";

/** The policy file of a plan, as a person would write it: one rule a line. */
export function policyText({ roles }: PolicyPlan): string {
  const parts = ["policies:\n"];
  for (const { role, allow, deny } of roles) {
    parts.push(`  - role: ${role}\n`, list("allow", allow), list("deny", deny));
  }
  return parts.join("");
}

function list(key: string, patterns: readonly string[]): string {
  if (patterns.length === 0) return "";
  // A scope is plain YAML text, stars in its end included: what a star must not do is begin it.
  return `    ${key}:\n${patterns.map((pattern) => `      - ${pattern}\n`).join("")}`;
}
