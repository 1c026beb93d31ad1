import type { LintPass } from "./lint-pass.ts";

/** Finds entries of a tool's scopes that are never reached, because an earlier entry has the same condition. */
export const repeatedConditions: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    for (const { choices } of policy.tools) {
      const lines = new Map<string, number>();
      for (const { condition, path, line } of choices) {
        const text = condition?.trim();
        if (text === undefined) continue;
        const earlier = lines.get(text);
        if (earlier === undefined) lines.set(text, line);
        else {
          const message = `this entry is never reached: the one in line ${earlier} has the same condition`;
          const help = "correct one of the conditions, or put all scopes into the `use` of one entry";
          policy.warn([...path, "when"], { code: "same_condition", message, help });
        }
      }
    }
  },
};
