import { isMoreSpecific } from "../../scope.ts";
import type { LintPass } from "./lint-pass.ts";
import { type LintedHolder, type LintedPolicy, type LintedRule, plain } from "./linted-policy.ts";
import { isOpen, PatternCover, slicesOf } from "./pattern-cover.ts";
import { denyCover } from "./shadowed-allows.ts";

/** Finds approvals that can never be asked for, and obligations that can never come with a permit. */
export const unaskedDemands: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    for (const holder of policy.holders) {
      const decided = decidedPatterns(policy, holder);
      for (const rule of holder.allows) {
        if (policy.isFull("never_asked")) return;
        if (!isDemand(rule) || decided.get(rule.pattern) !== "never") continue;
        const approval = rule.terms?.approval === true;
        const what = approval ? "this approval can never be asked for" : "these obligations can never apply";
        const where =
          policy.yielded === undefined
            ? "every scope that the entry covers"
            : "every scope of a tool that the entry covers";
        policy.warn([...rule.path, approval ? "approval" : "obligations"], {
          code: "never_asked",
          message: `${what}: a deny or a more specific allow of the same ${holder.kind} decides ${where}`,
          help: "remove the entry, or demand it in the more specific ones",
        });
      }
    }
  },
};

/** Whether entries of a pattern decide any scope. */
type Decides = "never" | "sometimes" | "unasked";

/** For the patterns of a holder's demands: `unasked` where no tool requires a scope of the pattern, which is another finding. */
function decidedPatterns({ yielded }: LintedPolicy, holder: LintedHolder): ReadonlyMap<string, Decides> {
  const demands = holder.allows.filter(isDemand);
  const decided = new Map<string, Decides>();
  if (demands.length === 0) return decided;
  const cover = { demands: new PatternCover(demands), allows: plainCover(holder), denies: denyCover(holder) };
  if (yielded === undefined) {
    for (const { pattern } of demands) {
      if (!isOpen(pattern)) decided.set(pattern, "sometimes");
      else if (!decided.has(pattern) && !cover.denies.coversAll(pattern)) {
        const preceded = [...slicesOf(pattern)].every((slice) => isPreceded(cover, slice, pattern));
        decided.set(pattern, preceded ? "never" : "sometimes");
      }
    }
    return decided;
  }
  for (const { pattern } of demands) decided.set(pattern, "unasked");
  for (const scope of yielded) {
    for (const { pattern } of cover.demands.matching(scope)) {
      if (decided.get(pattern) === "sometimes") continue;
      decided.set(pattern, isPreceded(cover, scope, pattern) ? "never" : "sometimes");
    }
  }
  for (const { pattern } of demands) if (cover.denies.coversAll(pattern)) decided.set(pattern, "unasked");
  return decided;
}

interface Covers {
  readonly allows: PatternCover<LintedRule>;
  readonly denies: PatternCover<LintedRule>;
}

/** Whether a scope is decided by a deny or by a more specific allow, for every call. */
function isPreceded({ allows, denies }: Covers, scope: string, pattern: string): boolean {
  if (denies.matching(scope).length > 0) return true;
  return allows.matching(scope).some((allow) => isMoreSpecific(allow.pattern, pattern));
}

function plainCover({ allows }: LintedHolder): PatternCover<LintedRule> {
  return new PatternCover(allows.filter(({ applies }) => applies === "always"));
}

function isDemand({ applies, bearing }: LintedRule): boolean {
  return bearing !== plain && applies !== "never";
}
