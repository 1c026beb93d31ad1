import type { Policy, ScopeRule } from "@ambit/core";

/** Every rule of a policy, of roles, users, agents and tiers. */
export function listRules({ roles, users, ceilings }: Policy): readonly ScopeRule[] {
  const holders = [
    ...roles.values(),
    ...[...users.values()].flatMap(({ anyIssuer, byIssuer }) => [anyIssuer, ...byIssuer.values()]),
    ...(ceilings?.agents.values() ?? []),
    ...(ceilings?.tiers.values() ?? []),
  ];
  return holders.flatMap((rules) => [...(rules?.all() ?? [])]);
}
