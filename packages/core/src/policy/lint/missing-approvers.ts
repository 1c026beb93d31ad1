import { nearestName } from "../../condition/nearest-name.ts";
import type { Path } from "../policy-source.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedPolicy } from "./linted-policy.ts";

/** Finds approvals that nobody can give, and approvers that nobody may be. */
export const missingApprovers: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    if (policy.model.approvals.approvers.length === 0) reportNone(policy);
    // With a list of roles an approver that is not in it is an error.
    if (policy.document.roles === undefined) reportUnknown(policy);
  },
};

function reportNone(policy: LintedPolicy): void {
  const place = demandAt(policy);
  if (place === undefined) return;
  const what = place.at(-1) === "declassify" ? "may be lifted with approval" : "demands approval";
  const message = `this ${what}, but the file names nobody who approves`;
  const help = "add `approvals: { approvers: [role:manager] }` with a role that may";
  policy.warn(place, { code: "no_approvers", message, help });
}

/** Where approval is first of use, to a grant or to a rule over what was done before. */
function demandAt({ holders, document }: LintedPolicy): Path | undefined {
  const grant = holders.flatMap(({ allows }) => allows).find(({ terms }) => terms?.approval === true);
  if (grant !== undefined) return [...grant.path, "approval"];
  for (const [index, rule] of (document.rules ?? []).entries()) {
    if (rule?.require === "approval") return ["rules", index, "require"];
    if (rule?.declassify !== undefined) return ["rules", index, "declassify"];
  }
  return undefined;
}

function reportUnknown(policy: LintedPolicy): void {
  const names = policy.holders.filter(({ kind }) => kind === "role").map(({ name }) => name);
  const known = new Set(names);
  for (const [index, role] of policy.model.approvals.approvers.entries()) {
    if (known.has(role)) continue;
    const nearest = nearestName(role, known);
    const message = `the role "${role}" stands nowhere else in this file`;
    const help =
      nearest === undefined
        ? "list the roles that exist in `roles`, this one among them"
        : `did you mean "role:${nearest}"?`;
    policy.warn(["approvals", "approvers", index], { code: "unknown_approver", message, help });
  }
}
