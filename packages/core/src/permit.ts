import type { ConditionEnvironment } from "./condition/frame.ts";
import type { DenyCode } from "./decision.ts";
import type { Policy } from "./policy/policy.ts";
import type { Ruling, ScopeIndex, ScopeRule } from "./policy/scope-index.ts";
import type { Requirement } from "./resolve-call.ts";
import { scopeMatches } from "./scope.ts";

/** Whether what is required is granted, and by which rule it was decided. */
export type Permission = { readonly allowed: true; readonly reason: string; readonly rule: string } | Refused;

/** A permission that is not given. */
export interface Refused {
  readonly allowed: false;
  readonly code: Extract<DenyCode, "forbidden" | "not_granted" | "condition_failed">;
  readonly reason: string;
  readonly rule: string | undefined;
  readonly detail: string | undefined;
  /** The scope that was refused. */
  readonly scope: string | undefined;
}

/** Who brings what to a permission check. */
export interface Holder {
  readonly subject: string;
  readonly roles: readonly string[];
  /** The scopes of the subject's own credential. */
  readonly scopes: readonly string[];
  /** The agent, where one is known: only then ceilings apply. */
  readonly actor?: { readonly id: string; readonly tier?: string | undefined } | undefined;
  /** What this task was given, where it was given less than its subject holds. */
  readonly grant?: readonly string[] | undefined;
}

/** What {@link decidePermission} is asked. */
export interface PermissionRequest {
  readonly policy: Policy;
  readonly holder: Holder;
  readonly requirement: Requirement;
  /** What conditions are asked of. Without one, their answers are unknown. */
  readonly environment: ConditionEnvironment | undefined;
}

/**
 * (Role policy ∪ user override) ∩ the subject's own scopes ∩ the agent's ceilings ∩ the task's grant, over every
 * required scope. Pure. A deny anywhere decides before anything is allowed, and so does a deny whose condition cannot be
 * evaluated.
 *
 * The reason holds only words of the policy: never the tool's name, which a model may have made up.
 */
export function decidePermission(request: PermissionRequest): Permission {
  const { holder, requirement } = request;
  const bounds = ceilingsOf(request);
  const grants: ScopeRule[] = [];
  let refused: Refused | undefined;
  for (let index = 0; index < requirement.scopes.length; index += 1) {
    const scope = requirement.scopes[index] ?? "";
    const ruling = strongest(grantors(request), scope, request.environment);
    if (ruling !== undefined && isDenial(ruling)) return denial(ruling, scope);
    for (const bound of bounds ?? []) {
      const limit = bound.rule(scope, request.environment);
      if (limit !== undefined && isDenial(limit)) return denial(limit, scope);
      if (limit?.effect !== "allow") refused ??= beyondCeiling(limit, scope);
    }
    if (bounds === undefined) refused ??= refuse("not_granted", "this agent is not in the policy", { scope });
    if (ruling?.effect !== "allow") refused ??= notGranted(request, ruling, scope);
    else {
      grants.push(ruling.rule);
      if (!holds(holder.scopes, scope)) refused ??= notHeld(ruling.rule, scope, "the user's own scopes do not hold it");
      else if (holder.grant !== undefined && !holds(holder.grant, scope)) {
        refused ??= notHeld(ruling.rule, scope, "this task was not given it");
      }
    }
  }
  if (refused !== undefined) return refused;
  return permission(grants);
}

function permission(grants: readonly ScopeRule[]): Permission {
  const [first] = grants;
  // INVARIANT (D1): without an allow for every required scope nothing is allowed, an empty requirement included.
  if (first === undefined) return refuse("not_granted", "no scope is required, so none is granted", {});
  if (grants.length === 1) return { allowed: true, reason: describe(first), rule: first.id };
  return { allowed: true, reason: grants.map(describe).join(", "), rule: grants.map((rule) => rule.id).join(", ") };
}

/** The user's own entry first, so that it is named where it and a role decide alike. */
export function* grantors({ policy, holder }: PermissionRequest): Generator<ScopeIndex> {
  const own = policy.users.size === 0 ? undefined : policy.users.get(holder.subject);
  if (own !== undefined) yield own;
  for (const role of holder.roles) {
    const index = policy.roles.get(role);
    if (index !== undefined) yield index;
  }
}

/** What bounds the agent: `undefined` where the policy has ceilings and none is this agent's. */
export function ceilingsOf({ policy, holder }: PermissionRequest): readonly ScopeIndex[] | undefined {
  const { ceilings } = policy;
  if (ceilings === undefined || holder.actor === undefined) return noCeilings;
  const { id, tier } = holder.actor;
  const bounds = [ceilings.agents.get(id), tier === undefined ? undefined : ceilings.tiers.get(tier)].filter(
    (bound) => bound !== undefined,
  );
  return bounds.length === 0 ? undefined : bounds;
}

const noCeilings: readonly ScopeIndex[] = [];

/** INVARIANT (D2): a deny of one grantor wins over the allows of all others; so does an unknown deny. */
function strongest(
  indexes: Iterable<ScopeIndex>,
  scope: string,
  environment: ConditionEnvironment | undefined,
): Ruling | undefined {
  let found: Ruling | undefined;
  for (const index of indexes) {
    const ruling = index.rule(scope, environment);
    if (ruling?.effect === "deny") return ruling;
    if (ruling !== undefined && (found === undefined || strength[ruling.effect] > strength[found.effect]))
      found = ruling;
  }
  return found;
}

const strength: Readonly<Record<Ruling["effect"], number>> = { unmet: 0, allow: 1, unknown: 2, deny: 3 };

/** Whether one of the held scopes or patterns covers a literal scope. Malformed entries cover nothing. */
export function holds(scopes: readonly string[], scope: string): boolean {
  return scopes.includes(scope) || scopes.some((held) => scopeMatches(held, scope));
}

function isDenial({ effect }: Ruling): boolean {
  return effect === "deny" || effect === "unknown";
}

function describe(rule: ScopeRule): string {
  return `${rule.holder} ${rule.effect === "deny" ? "denied" : "allowed"} ${rule.pattern}`;
}

function denial({ effect, rule }: Ruling, scope: string): Refused {
  if (effect === "deny") return refuse("forbidden", rule.message ?? describe(rule), { rule, scope });
  return refuse("condition_failed", `${describe(rule)}: its condition could not be evaluated`, { rule, scope });
}

function beyondCeiling(limit: Ruling | undefined, scope: string): Refused {
  const rule = limit?.rule;
  if (rule !== undefined) return refuse("condition_failed", rule.message ?? unmet(rule), { rule, scope });
  return refuse("not_granted", "this agent may not hold it, whoever it acts for", { scope });
}

function notGranted(request: PermissionRequest, ruling: Ruling | undefined, scope: string): Refused {
  const rule = ruling?.rule;
  if (rule !== undefined) return refuse("condition_failed", rule.message ?? unmet(rule), { rule, scope });
  return refuse("not_granted", whyNotGranted(request, scope), { scope });
}

function unmet(rule: ScopeRule): string {
  return `${describe(rule)}, but its condition does not hold`;
}

function whyNotGranted({ policy, holder, requirement }: PermissionRequest, scope: string): string {
  if (policy.roles.size === 0 && policy.users.size === 0) return "the policy allows nothing";
  // Only roles that the policy names are named: others are words of the request.
  const known = holder.roles.filter((role) => policy.roles.has(role));
  if (known.length === 0) return "no role of this user is in the policy";
  const wanted = requirement.named ? scope : "this tool";
  return `no rule of ${known.map((role) => `role:${role}`).join(", ")} allows ${wanted}`;
}

function notHeld(rule: ScopeRule, scope: string, why: string): Refused {
  return refuse("not_granted", `${describe(rule)}, but ${why}`, { rule, scope });
}

function refuse(
  code: Refused["code"],
  reason: string,
  { rule, scope }: { readonly rule?: ScopeRule; readonly scope?: string },
): Refused {
  const detail = scope === undefined ? undefined : `required ${scope}`;
  return { allowed: false, code, reason, rule: rule?.id, detail, scope };
}
