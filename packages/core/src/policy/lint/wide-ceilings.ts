import type { LintPass } from "./lint-pass.ts";
import { type LintedHolder, type LintedPolicy, plain } from "./linted-policy.ts";
import { PatternCover } from "./pattern-cover.ts";
import { overlap } from "./pattern-overlap.ts";

/** How many comparisons are made at most; what was not compared counts as narrower. */
const maximumCompared = 500_000;

/** Finds ceilings that leave every role and user all that they are allowed. */
export const wideCeilings: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const granted = grantedPatterns(policy);
    if (granted.size === 0) return;
    let compared = 0;
    for (const ceiling of policy.ceilings) {
      compared += granted.size * (1 + ceiling.denies.length);
      if (compared > maximumCompared || policy.isFull("wide_ceiling")) return;
      if (!leavesAll(ceiling, granted)) continue;
      const message = `this ceiling narrows nothing: it allows all that any role or user is allowed`;
      const help = `allow only what the ${ceiling.kind} needs`;
      policy.warn([...ceiling.path, ceiling.kind], { code: "wide_ceiling", message, help });
    }
  },
};

/** The patterns that some role or user is allowed. */
export function grantedPatterns({ grantors }: LintedPolicy): ReadonlySet<string> {
  const granted = new Set<string>();
  for (const { allows } of grantors) {
    for (const { pattern, applies } of allows) if (applies !== "never") granted.add(pattern);
  }
  return granted;
}

function leavesAll({ allows, denies }: LintedHolder, granted: ReadonlySet<string>): boolean {
  if (allows.some(({ bearing }) => bearing !== plain)) return false;
  const cover = new PatternCover(allows.filter(({ applies }) => applies === "always"));
  for (const pattern of granted) {
    if (!cover.coversAll(pattern)) return false;
    if (denies.some((deny) => overlap(deny.pattern, pattern))) return false;
  }
  return true;
}
