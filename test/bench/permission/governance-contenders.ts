import type { PolicyRule } from "@microsoft/agent-governance-sdk";
import { type PolicyPlan, stemOf } from "../policy/policy-plan.ts";
import type { PermissionContender } from "./contender.ts";

/** Microsoft's agent governance toolkit: its flat rules, its rich ones, and its whole governed call. */
export const governanceContenders: readonly PermissionContender[] = [
  {
    name: "agent-governance-sdk, evaluate (flat rules)",
    variant: "full",
    async build(plan) {
      const { PolicyEngine } = await import("@microsoft/agent-governance-sdk");
      const engine = new PolicyEngine(flatRules(plan));
      return { allows: ({ role, dotted }) => engine.evaluate(dotted, { role }) === "allow" };
    },
  },
  {
    name: "agent-governance-sdk, evaluatePolicy (rich rules)",
    variant: "exact",
    async build(plan) {
      const { ConflictResolutionStrategy, PolicyEngine } = await import("@microsoft/agent-governance-sdk");
      const engine = new PolicyEngine([], ConflictResolutionStrategy.DenyOverrides);
      engine.loadPolicy({ name: "policy", rules: richRules(plan), default_action: "deny" });
      return { allows: ({ role, scope }) => engine.evaluatePolicy("did:agent", { role, tool: scope }).allowed };
    },
  },
  {
    name: "agent-governance-sdk, executeWithGovernance",
    variant: "full",
    async build(plan) {
      const { AgentMeshClient } = await import("@microsoft/agent-governance-sdk");
      const client = AgentMeshClient.create("agent", { policyRules: flatRules(plan) });
      return {
        allowsLater: async ({ role, dotted }) =>
          (await client.executeWithGovernance(dotted, { role })).decision === "allow",
      };
    },
  },
];

/** The first rule that fits counts, so that all denies come first. */
function flatRules({ roles }: PolicyPlan): PolicyRule[] {
  const write = (role: string, pattern: string, effect: "allow" | "deny"): PolicyRule => {
    const stem = stemOf(pattern);
    const action = (stem === undefined ? pattern : `${stem}*`).replaceAll(":", ".");
    return { action, effect, conditions: { role } };
  };
  return [
    ...roles.flatMap(({ role, deny }) => deny.map((pattern) => write(role, pattern, "deny"))),
    ...roles.flatMap(({ role, allow }) => allow.map((pattern) => write(role, pattern, "allow"))),
  ];
}

function richRules({ roles }: PolicyPlan): PolicyRule[] {
  const write = (role: string, scope: string, ruleAction: "allow" | "deny"): PolicyRule => {
    const name = `${role} ${ruleAction} ${scope}`;
    return {
      name,
      condition: `role == '${role}' and tool == '${scope}'`,
      ruleAction,
      priority: ruleAction === "deny" ? 10 : 0,
    };
  };
  return roles.flatMap(({ role, allow, deny }) => [
    ...deny.map((scope) => write(role, scope, "deny")),
    ...allow.map((scope) => write(role, scope, "allow")),
  ]);
}
