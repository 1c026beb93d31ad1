import type { LintPass } from "./lint-pass.ts";

/** Names what is given up on purpose: every `fail: open`. */
export const openFailures: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    const code = "fails_open";
    const severity = "notice";
    if (policy.model.opens) {
      const message =
        "while the state store cannot answer, calls that no rule over history concerns run without limits and budgets";
      policy.warn(["fail"], { code, severity, message, help: "remove it, and such calls are denied" });
    }
    for (const { path, terms } of policy.holders.flatMap(({ denies }) => denies)) {
      if (terms?.failsOpen !== true) continue;
      const message = "where this condition cannot be evaluated, as for want of an argument, the deny is passed over";
      policy.warn([...path, "fail"], { code, severity, message, help: "remove it, and such calls are denied" });
    }
  },
};
