import { nearestName } from "../../condition/nearest-name.ts";
import type { LintPass } from "./lint-pass.ts";
import { scopeAt } from "./linted-policy.ts";
import { PatternOverlap } from "./pattern-overlap.ts";
import { askedPatterns } from "./unyielded-scopes.ts";
import { grantedPatterns } from "./wide-ceilings.ts";

/** Finds entries of ceilings about scopes that no role and no user is allowed anyway. */
export const unusedCeilingEntries: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const granted = grantedPatterns(policy);
    const asked = askedPatterns(policy);
    const overlaps = new PatternOverlap(granted);
    for (const { allows, denies } of policy.ceilings) {
      for (const rule of [...allows, ...denies]) {
        if (policy.isFull("unused_ceiling")) return;
        // What no tool requires is another finding.
        if (asked?.has(rule.pattern) === false || overlaps.meets(rule.pattern)) continue;
        const nearest = nearestName(rule.pattern, granted);
        const help = nearest === undefined ? "remove it" : `did you mean "${nearest}"?`;
        const message = "no role and no user is allowed what this covers";
        policy.warn(scopeAt(rule), { code: "unused_ceiling", message, help });
      }
    }
  },
};
