import type { Alternatives } from "./decision.ts";
import { decidePermission, type PermissionRequest } from "./permit.ts";

/** How many of each kind are named: a denial stays short. */
const named = 5;
const none: readonly string[] = Object.freeze([]);

/**
 * What a refused model or user can do instead: neighbours of the refused scope (the same but for the last segment) that
 * this very call's holder is allowed, and roles that may be allowed it. Only words of the policy.
 */
export function findAlternatives(request: PermissionRequest, refused: string): Alternatives | undefined {
  if (!request.policy.suggests) return undefined;
  const { beside, roles: holders } = request.policy.directory.around(refused);
  const scopes = scopesAllowed(request, beside);
  const roles = othersOf(request, holders);
  return scopes.length + roles.length === 0 ? undefined : { scopes, roles };
}

/** The roles, other than the holder's, that may be allowed a scope. At most 5. */
export function rolesAllowed(request: PermissionRequest, scope: string): readonly string[] {
  return othersOf(request, request.policy.directory.around(scope).roles);
}

function scopesAllowed(request: PermissionRequest, beside: readonly string[]): readonly string[] {
  if (beside.length === 0) return none;
  const scopes: string[] = [];
  for (const scope of beside) {
    if (scopes.length === named) break;
    if (isAllowed(request, scope)) scopes.push(scope);
  }
  return scopes;
}

function isAllowed({ policy, holder, requirement, environment, approved }: PermissionRequest, scope: string): boolean {
  const beside = { scopes: [scope], named: requirement.named };
  return decidePermission({ policy, holder, requirement: beside, environment, approved }).allowed;
}

function othersOf({ holder }: PermissionRequest, roles: readonly string[]): readonly string[] {
  if (roles.length === 0) return none;
  return roles.filter((role) => !holder.roles.includes(role)).slice(0, named);
}
