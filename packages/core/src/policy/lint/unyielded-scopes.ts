import { nearestName } from "../../condition/nearest-name.ts";
import type { LintPass } from "./lint-pass.ts";
import { type LintedPolicy, scopeAt } from "./linted-policy.ts";
import { PatternCover } from "./pattern-cover.ts";

/** Finds allows and denies that cover no scope of any tool. */
export const unyieldedScopes: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const asked = askedPatterns(policy);
    if (policy.yielded === undefined || asked === undefined) return;
    for (const { allows, denies } of policy.holders) {
      for (const rule of [...allows, ...denies]) {
        if (policy.isFull("no_tool_yields")) return;
        if (asked.has(rule.pattern)) continue;
        const nearest = nearestName(rule.pattern, policy.yielded);
        const help =
          nearest === undefined ? "remove it, or give a tool this scope in `tools`" : `did you mean "${nearest}"?`;
        const message = `no tool requires ${rule.pattern.includes("*") ? "a scope that this covers" : "this scope"}`;
        policy.warn(scopeAt(rule), { code: "no_tool_yields", message, help });
      }
    }
  },
};

/** The patterns of rules that cover a scope of a tool. `undefined`: all, for the file has no `tools`. */
export function askedPatterns({ holders, yielded }: LintedPolicy): ReadonlySet<string> | undefined {
  if (yielded === undefined) return undefined;
  const cover = new PatternCover(holders.flatMap(({ allows, denies }) => [...allows, ...denies]));
  const asked = new Set<string>();
  for (const scope of yielded) for (const { pattern } of cover.matching(scope)) asked.add(pattern);
  return asked;
}
