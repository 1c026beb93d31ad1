import type { DenyCode } from "./decision.ts";
import type { Policy } from "./policy/policy.ts";
import type { ScopeRule } from "./policy/scope-index.ts";
import type { Requirement } from "./resolve-call.ts";
import { scopeMatches } from "./scope.ts";

/** Whether what is required is granted, and by which rule it was decided. */
export type Permission =
  | { readonly allowed: true; readonly reason: string; readonly rule: string }
  | {
      readonly allowed: false;
      readonly code: Extract<DenyCode, "forbidden" | "not_granted">;
      readonly reason: string;
      readonly rule: string | undefined;
      readonly detail: string | undefined;
    };

/** What a user brings to a permission check. */
export interface Holder {
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/**
 * Role policy ∩ the subject's own scopes, over every required scope. Pure. A deny of any role on any required scope
 * decides before anything is allowed; several roles union their allows and union their denies.
 *
 * The reason holds only words of the policy: never the tool's name, which a model may have made up.
 */
export function decidePermission(policy: Policy, holder: Holder, requirement: Requirement): Permission {
  const grants: ScopeRule[] = [];
  let missing: string | undefined;
  for (const scope of requirement.scopes) {
    const rule = findRule(policy, holder.roles, scope);
    if (rule?.effect === "deny") return forbidden(rule, scope);
    if (rule === undefined) missing ??= scope;
    else grants.push(rule);
  }
  // INVARIANT (D1): without an allow for every required scope nothing is allowed, an empty requirement included.
  if (missing !== undefined || grants.length === 0) return notGranted(policy, holder.roles, requirement, missing);
  for (let index = 0; index < requirement.scopes.length; index += 1) {
    const scope = requirement.scopes[index];
    if (scope === undefined || !holds(holder.scopes, scope)) return notHeld(grants[index], scope);
  }
  const [first] = grants;
  if (first !== undefined && grants.length === 1) return { allowed: true, reason: describe(first), rule: first.id };
  return { allowed: true, reason: grants.map(describe).join(", "), rule: grants.map((rule) => rule.id).join(", ") };
}

/** Whether one of the subject's scopes or patterns covers a literal scope. Malformed entries cover nothing. */
function holds(scopes: readonly string[], scope: string): boolean {
  return scopes.includes(scope) || scopes.some((held) => scopeMatches(held, scope));
}

function findRule(policy: Policy, roles: readonly string[], scope: string): ScopeRule | undefined {
  let allow: ScopeRule | undefined;
  for (const role of roles) {
    const rule = policy.roles.get(role)?.find(scope);
    // INVARIANT (D2): a deny of one role wins over the allows of all others.
    if (rule?.effect === "deny") return rule;
    allow ??= rule;
  }
  return allow;
}

function describe(rule: ScopeRule): string {
  return `role:${rule.role} ${rule.effect === "deny" ? "denied" : "allowed"} ${rule.pattern}`;
}

function forbidden(rule: ScopeRule, scope: string): Permission {
  return { allowed: false, code: "forbidden", reason: describe(rule), rule: rule.id, detail: `required ${scope}` };
}

function notGranted(
  policy: Policy,
  roles: readonly string[],
  requirement: Requirement,
  missing: string | undefined,
): Permission {
  const wanted = requirement.named && missing !== undefined ? missing : "this tool";
  return {
    allowed: false,
    code: "not_granted",
    reason: whyNotGranted(policy, roles, wanted),
    rule: undefined,
    detail: missing === undefined ? "no scope is required, so none is granted" : `required ${missing}`,
  };
}

function whyNotGranted(policy: Policy, roles: readonly string[], wanted: string): string {
  if (policy.roles.size === 0) return "the policy allows nothing";
  // Only roles that the policy names are named: others are words of the request.
  const known = roles.filter((role) => policy.roles.has(role));
  if (known.length === 0) return "no role of this user is in the policy";
  return `no rule of ${known.map((role) => `role:${role}`).join(", ")} allows ${wanted}`;
}

function notHeld(rule: ScopeRule | undefined, scope: string | undefined): Permission {
  return {
    allowed: false,
    code: "not_granted",
    reason:
      rule === undefined
        ? "the user's own scopes do not hold it"
        : `${describe(rule)}, but the user's own scopes do not hold it`,
    rule: rule?.id,
    detail: `required ${scope}`,
  };
}
