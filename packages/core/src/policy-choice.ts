import type { Policy, PolicyReference, TenantPolicies } from "./policy/policy.ts";

/** What decides: one policy, a reference to one that may be replaced, or one policy a tenant. */
export type PolicyChoice = Policy | PolicyReference | TenantPolicies | undefined;

/** The policy that decides for a tenant at this moment. A policy that is another tenant's decides nothing. */
export function policyFor(choice: PolicyChoice, tenant: string | undefined): Policy | undefined {
  const policy = currentPolicy(choice, tenant);
  // INVARIANT: nothing of one tenant's policy is visible to another, whatever list it stands in.
  if (policy?.tenant !== undefined && policy.tenant !== tenant) return undefined;
  return policy;
}

function currentPolicy(choice: PolicyChoice, tenant: string | undefined): Policy | undefined {
  if (choice === undefined) return undefined;
  if ("tenants" in choice) return tenant === undefined ? undefined : choice.tenants.get(tenant);
  return "current" in choice ? choice.current : choice;
}
