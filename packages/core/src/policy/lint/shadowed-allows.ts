import type { LintPass } from "./lint-pass.ts";
import { type LintedHolder, type LintedRule, scopeAt } from "./linted-policy.ts";
import { PatternCover } from "./pattern-cover.ts";

/** Finds allows that can never allow, because denies of the same holder cover them. */
export const shadowedAllows: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    for (const holder of policy.holders) {
      const denies = denyCover(holder);
      for (const allow of holder.allows) {
        if (policy.isFull("shadowed")) return;
        if (!denies.coversAll(allow.pattern)) continue;
        const [deny] = denies.covering(allow.pattern);
        const who = deny === undefined ? "denies" : `the deny of "${deny.pattern}" in line ${deny.line}`;
        const message = `this can never allow: ${who} of the same ${holder.kind} cover${deny === undefined ? "" : "s"} it`;
        policy.warn(scopeAt(allow), { code: "shadowed", message, help: "remove it, or narrow the deny" });
      }
    }
  },
};

/** The denies of a holder that hold for every call. */
export function denyCover({ denies }: LintedHolder): PatternCover<LintedRule> {
  return new PatternCover(denies.filter(({ applies }) => applies === "always"));
}
