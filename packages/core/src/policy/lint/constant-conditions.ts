import type { Path } from "../policy-source.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedPolicy } from "./linted-policy.ts";

/** Finds conditions that answer the same for every call. A deny whose condition never holds is an error. */
export const constantConditions: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    for (const { allows, denies } of policy.holders) {
      for (const { path, terms } of [...allows, ...denies]) {
        if (terms?.condition !== undefined) reportConstant(policy, path, terms.condition);
      }
    }
    for (const { choices, labels } of policy.tools) {
      for (const { path, condition } of [...choices, ...labels]) {
        if (condition !== undefined) reportConstant(policy, path, condition);
      }
    }
  },
};

export function reportConstant(policy: LintedPolicy, path: Path, text: string): void {
  const { constant } = policy.condition(text);
  if (constant === undefined) return;
  const at = [...path, "when"];
  if (constant) {
    const help = "remove `when`, or correct it";
    policy.warn(at, { code: "always_true", message: "this condition always holds", help });
  } else {
    const message = "this condition never holds, so the entry has no effect";
    policy.warn(at, { code: "always_false", message, help: "remove the entry, or correct the condition" });
  }
}
