import type { RunawayRule } from "../policy/limit-rule.ts";
import type { Policy } from "../policy/policy.ts";
import type { ScopeRules } from "../policy/scope-rules.ts";

/** Every `rule` that a denial by a policy can name. */
export function ruleIds(policy: Policy): ReadonlySet<string> {
  const { roles, users, ceilings, budgets, limits, history, runaway } = policy;
  const holders: (ScopeRules | undefined)[] = [
    ...roles.values(),
    ...(ceilings?.agents.values() ?? []),
    ...(ceilings?.tiers.values() ?? []),
  ];
  for (const { anyIssuer, byIssuer } of users.values()) holders.push(anyIssuer, ...byIssuer.values());
  const ids = new Set<string>(history.ids);
  for (const rules of holders) for (const { id } of rules?.all() ?? []) ids.add(id);
  for (const { id } of [...budgets, ...limits]) ids.add(id);
  for (const sign of signs) if (runaway[sign] !== undefined) ids.add(`runaway ${sign}`);
  return ids;
}

const signs = ["identical", "failures", "denials", "cycles"] as const satisfies readonly (keyof RunawayRule)[];
