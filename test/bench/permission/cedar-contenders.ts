import { randomUUID } from "node:crypto";
import type { AuthorizationAnswer, CheckParseAnswer, StatefulAuthorizationCall } from "@cedar-policy/cedar-wasm/nodejs";
import { type PolicyPlan, type RolePlan, stemOf } from "../policy/policy-plan.ts";
import type { Query } from "../policy/queries.ts";
import type { PermissionContender } from "./contender.ts";

/** The Cedar contender that goals are set against. */
export const cedarName = "cedar-wasm, stateful, a policy per rule";

/** Cedar where the caller helps it most. */
export const slicedCedarName = "cedar-wasm, stateful, a policy set per role (best case)";

/** Cedar in WebAssembly: as it is called first, with policies parsed before, and with the caller's help. */
export const cedarContenders: readonly PermissionContender[] = [
  {
    name: "cedar-wasm, isAuthorized (policy text each call)",
    variant: "full",
    largest: 1_000,
    async build({ roles }) {
      const { isAuthorized } = await import("@cedar-policy/cedar-wasm/nodejs");
      const policies = { staticPolicies: roles.map(policyPerRule).join("\n") };
      return { allows: (query) => isAllowed(isAuthorized({ ...callOf(query), policies })) };
    },
  },
  // Reading 100,000 policies takes it a quarter of a minute, and one answer a quarter of a second.
  { name: cedarName, variant: "full", largest: 10_000, build: (plan) => preparse(plan, policyPerRule) },
  {
    name: "cedar-wasm, stateful, two policies per role",
    variant: "full",
    build: (plan) => preparse(plan, policiesPerRole),
  },
  {
    name: slicedCedarName,
    variant: "full",
    async build({ roles }) {
      const { preparsePolicySet, statefulIsAuthorized } = await import("@cedar-policy/cedar-wasm/nodejs");
      const id = randomUUID();
      for (const role of roles) {
        stopAtErrors(preparsePolicySet(`${id} ${role.role}`, { staticPolicies: policiesPerRole(role) }));
      }
      return {
        allows(query) {
          const preparsedPolicySetId = `${id} ${query.role}`;
          return isAllowed(statefulIsAuthorized({ ...callOf(query), preparsedPolicySetId }));
        },
      };
    },
  },
];

async function preparse({ roles }: PolicyPlan, write: (role: RolePlan) => string) {
  const { preparsePolicySet, statefulIsAuthorized } = await import("@cedar-policy/cedar-wasm/nodejs");
  const preparsedPolicySetId = randomUUID();
  stopAtErrors(preparsePolicySet(preparsedPolicySetId, { staticPolicies: roles.map(write).join("\n") }));
  return {
    allows: (query: Query) => isAllowed(statefulIsAuthorized({ ...callOf(query), preparsedPolicySetId })),
  };
}

function callOf({ user, role, scope }: Query): Omit<StatefulAuthorizationCall, "preparsedPolicySetId"> {
  return {
    principal: { type: "User", id: user },
    action: { type: "Action", id: "call" },
    resource: { type: "Tool", id: scope },
    context: { tool: scope },
    entities: [{ uid: { type: "User", id: user }, attrs: {}, parents: [{ type: "Role", id: role }] }],
  };
}

function isAllowed(answer: AuthorizationAnswer): boolean {
  if (answer.type === "failure") throw new Error(`Cedar did not answer: ${JSON.stringify(answer.errors)}`);
  return answer.response.decision === "allow";
}

function stopAtErrors(answer: CheckParseAnswer): void {
  if (answer.type === "failure") throw new Error(`Cedar refused the policy: ${JSON.stringify(answer.errors)}`);
}

function policyPerRule({ role, allow, deny }: RolePlan): string {
  const write = (effect: string, pattern: string) => {
    const stem = stemOf(pattern);
    const head = `${effect}(principal in Role::"${role}", action == Action::"call", resource`;
    return stem === undefined ? `${head} == Tool::"${pattern}");` : `${head}) when { context.tool like "${stem}*" };`;
  };
  return [...allow.map((pattern) => write("permit", pattern)), ...deny.map((pattern) => write("forbid", pattern))].join(
    "\n",
  );
}

function policiesPerRole({ role, allow, deny }: RolePlan): string {
  const write = (effect: string, patterns: readonly string[]) =>
    patterns.length === 0
      ? ""
      : `${effect}(principal in Role::"${role}", action == Action::"call", resource) when { ${anyOf(patterns)} };`;
  return `${write("permit", allow)}\n${write("forbid", deny)}`;
}

function anyOf(patterns: readonly string[]): string {
  const literal = patterns.filter((pattern) => stemOf(pattern) === undefined);
  const stems = patterns.map(stemOf).filter((stem) => stem !== undefined);
  const tests = stems.map((stem) => `context.tool like "${stem}*"`);
  if (literal.length > 0) tests.unshift(`${JSON.stringify(literal)}.contains(context.tool)`);
  return tests.join(" || ");
}
