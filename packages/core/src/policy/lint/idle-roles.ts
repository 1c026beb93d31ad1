import type { LintPass } from "./lint-pass.ts";

/** Finds roles of the list `roles` that are granted nothing and approve nothing. */
export const idleRoles: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const { roles = [], policies = [] } = policy.document;
    const used = new Set([...policies.map((entry) => entry?.role), ...policy.model.approvals.approvers]);
    for (const [index, role] of roles.entries()) {
      if (role === undefined || used.has(role)) continue;
      const message = `the role "${role}" is granted nothing: "policies" has no entry for it`;
      policy.warn(["roles", index], { code: "idle_role", message, help: "add an entry, or remove the role" });
    }
  },
};
