import type { PermissionContender } from "./contender.ts";

/** The floor: the least that a check of a role's scopes can be. */
export const floorName = "floor: Map.get + Set.has";

/** What nothing that answers such questions can be faster than. */
export const floorContenders: readonly PermissionContender[] = [
  {
    name: floorName,
    variant: "exact allows",
    build({ roles }) {
      const scopes = new Map(roles.map(({ role, allow }) => [role, new Set(allow)]));
      return {
        allows({ role, scope }) {
          const allowed = scopes.get(role);
          return allowed?.has(scope) === true;
        },
      };
    },
  },
];
