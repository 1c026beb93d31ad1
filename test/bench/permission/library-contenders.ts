import { stemOf } from "../policy/policy-plan.ts";
import type { PermissionContender } from "./contender.ts";

/** The CASL contender that goals are set against. */
export const caslName = "@casl/ability, an ability per role";

/** Libraries that answer from tables of roles. */
export const libraryContenders: readonly PermissionContender[] = [
  {
    name: caslName,
    variant: "exact",
    async build({ roles }) {
      const { createMongoAbility } = await import("@casl/ability");
      const abilities = new Map(
        roles.map(({ role, allow, deny }) => {
          const rules = [
            ...allow.map((subject) => ({ action: "call", subject })),
            ...deny.map((subject) => ({ action: "call", subject, inverted: true })),
          ];
          return [role, createMongoAbility(rules)];
        }),
      );
      return { allows: ({ role, scope }) => abilities.get(role)?.can("call", scope) === true };
    },
  },
  {
    name: "accesscontrol",
    variant: "exact",
    largest: 10_000,
    async build({ roles }) {
      const { AccessControl } = await import("accesscontrol");
      const control = new AccessControl();
      const word = (scope: string) => scope.replaceAll(":", "_");
      for (const { role, allow } of roles) for (const scope of allow) control.grant(role).readAny(word(scope));
      for (const { role, deny } of roles) for (const scope of deny) control.deny(role).readAny(word(scope));
      // It throws for a resource that no rule names.
      const known = new Set(roles.flatMap(({ allow, deny }) => [...allow, ...deny]));
      return {
        allows: ({ role, scope, underscored }) => known.has(scope) && control.can(role).readAny(underscored).granted,
      };
    },
  },
  {
    name: "easy-rbac (async)",
    variant: "allows",
    async build({ roles }) {
      const { default: RBAC } = await import("easy-rbac");
      const control = new RBAC(Object.fromEntries(roles.map(({ role, allow }) => [role, { can: globs(allow) }])));
      return { allowsLater: ({ role, scope }) => control.can(role, scope) };
    },
  },
  {
    name: "@rbac/rbac (async)",
    variant: "allows",
    async build({ roles }) {
      const { default: create } = await import("@rbac/rbac");
      const grants = Object.fromEntries(roles.map(({ role, allow }) => [role, { can: globs(allow) }]));
      const control = create({ enableLogger: false })(grants);
      return { allowsLater: ({ role, scope }) => control.can(role, scope) };
    },
  },
];

function globs(patterns: readonly string[]): string[] {
  return patterns.map((pattern) => (stemOf(pattern) === undefined ? pattern : `${stemOf(pattern)}*`));
}
