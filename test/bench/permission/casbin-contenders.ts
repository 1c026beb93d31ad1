import type { Enforcer } from "casbin";
import { type PolicyPlan, stemOf } from "../policy/policy-plan.ts";
import type { PermissionContender } from "./contender.ts";

// Above this, loading the rules takes half a minute: what adding one costs grows with how many there are.
const largest = 10_000;

/** Casbin: at once, later, and out of its cache. */
export const casbinContenders: readonly PermissionContender[] = [
  {
    name: "casbin, enforceSync",
    variant: "full",
    largest,
    async build(plan) {
      const { newEnforcer } = await casbin();
      const enforcer = fill(await newEnforcer(await model()), plan);
      return { allows: ({ role, scope }) => enforcer.enforceSync(role, scope) };
    },
  },
  {
    name: "casbin, enforce (async)",
    variant: "full",
    largest,
    async build(plan) {
      const { newEnforcer } = await casbin();
      const enforcer = fill(await newEnforcer(await model()), plan);
      return { allowsLater: ({ role, scope }) => enforcer.enforce(role, scope) };
    },
  },
  {
    name: "casbin, CachedEnforcer (hits only)",
    variant: "full",
    largest,
    repeats: true,
    async build(plan) {
      const { newCachedEnforcer } = await casbin();
      const enforcer = fill(await newCachedEnforcer(await model()), plan);
      return { allowsLater: ({ role, scope }) => enforcer.enforce(role, scope) };
    },
  },
];

async function casbin() {
  return await import("casbin");
}

async function model() {
  const { newModelFromString } = await casbin();
  return newModelFromString(`
[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.sub == p.sub && keyMatch(r.obj, p.obj)`);
}

function fill<Kind extends Enforcer>(enforcer: Kind, { roles }: PolicyPlan): Kind {
  const write = (pattern: string) => {
    const stem = stemOf(pattern);
    return stem === undefined ? pattern : `${stem}*`;
  };
  for (const { role, allow, deny } of roles) {
    for (const pattern of allow) enforcer.getModel().addPolicy("p", "p", [role, write(pattern), "allow"]);
    for (const pattern of deny) enforcer.getModel().addPolicy("p", "p", [role, write(pattern), "deny"]);
  }
  return enforcer;
}
