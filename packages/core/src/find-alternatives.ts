import type { Alternatives } from "./decision.ts";
import { decidePermission, type PermissionRequest } from "./permit.ts";
import type { Policy } from "./policy/policy.ts";

/** How many of each kind are named, and how many neighbours are looked at: a denial stays short and quick. */
const limits = { named: 5, looks: 32 } as const;

/**
 * What a refused model or user can do instead: neighbours of the refused scope (the same but for the last segment) that
 * this very call's holder is allowed, and roles that may be allowed it. Only words of the policy.
 */
export function findAlternatives(request: PermissionRequest, refused: string): Alternatives | undefined {
  const { policy } = request;
  if (!policy.suggests) return undefined;
  const scopes = scopesAllowed(request, refused);
  const roles = rolesAllowed(request, refused);
  return scopes.length + roles.length === 0 ? undefined : { scopes, roles };
}

function scopesAllowed(request: PermissionRequest, refused: string): readonly string[] {
  const beside = request.policy.neighbours.get(parentOf(refused));
  // The refused scope stands beside itself.
  if (beside === undefined || beside === refused) return none;
  if (typeof beside === "string") return isAllowed(request, beside) ? [beside] : none;
  const scopes: string[] = [];
  const looks = Math.min(beside.length, limits.looks);
  for (let index = 0; index < looks && scopes.length < limits.named; index += 1) {
    const scope = beside[index];
    if (scope !== undefined && scope !== refused && isAllowed(request, scope)) scopes.push(scope);
  }
  return scopes;
}

const none: readonly string[] = [];

/** The literal scopes that a policy names, by their text before the last segment. Yields often. */
export function* indexNeighbours(scopes: Iterable<string>): Generator<void, Policy["neighbours"], void> {
  const neighbours = new Map<string, string | string[]>();
  const seen = new Set<string>();
  let looked = 0;
  for (const scope of scopes) {
    looked += 1;
    if (looked % 100 === 0) yield;
    if (seen.has(scope) || scope.includes("*")) continue;
    seen.add(scope);
    const parent = parentOf(scope);
    // Scopes that share `tool` and nothing more do not stand beside each other.
    if (!parent.includes(":")) continue;
    const known = neighbours.get(parent);
    if (known === undefined) neighbours.set(parent, scope);
    else if (typeof known === "string") neighbours.set(parent, [known, scope]);
    else if (known.length < fewNeighbours) neighbours.set(parent, [...known, scope]);
    else known.push(scope);
  }
  return neighbours;
}

/** Up to here a list is copied rather than extended: an engine leaves room for many more in a list that grows. */
const fewNeighbours = 8;

function isAllowed({ policy, holder, requirement, environment, approved }: PermissionRequest, scope: string): boolean {
  const beside = { scopes: [scope], named: requirement.named };
  return decidePermission({ policy, holder, requirement: beside, environment, approved }).allowed;
}

/** The roles, other than the holder's, that may be allowed a scope. At most 5. */
export function rolesAllowed({ policy, holder }: PermissionRequest, scope: string): readonly string[] {
  const roles = policy.directory.rolesWith(scope);
  if (roles.length === 0) return none;
  return roles.filter((role) => !holder.roles.includes(role)).slice(0, limits.named);
}

function parentOf(scope: string): string {
  return scope.slice(0, Math.max(0, scope.lastIndexOf(":")));
}
