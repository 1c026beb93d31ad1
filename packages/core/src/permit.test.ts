import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPermissions } from "./check-permissions.ts";
import { decidePermission } from "./permit.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { Policy } from "./policy/policy.ts";
import { scopeMatches } from "./scope.ts";

interface Grant {
  readonly role: string;
  readonly effect: "allow" | "deny";
  readonly pattern: string;
}

function policyOf(grants: readonly Grant[]): Policy {
  const roles = new Set(grants.map(({ role }) => role));
  const policies = [...roles].map((role) => {
    const mine = grants.filter((grant) => grant.role === role);
    const of = (wanted: Grant["effect"]) =>
      mine.filter(({ effect }) => effect === wanted).map(({ pattern }) => pattern);
    return { role, allow: of("allow"), deny: of("deny") };
  });
  return parsePolicy(JSON.stringify({ policies }));
}

const article = policyOf([
  { role: "rep", effect: "allow", pattern: "tool:crm:read" },
  { role: "rep", effect: "allow", pattern: "tool:email:draft" },
  { role: "rep", effect: "deny", pattern: "tool:email:send:external" },
  { role: "manager", effect: "allow", pattern: "tool:email:**" },
]);

describe("checkPermissions answers as the article does", () => {
  it.each([
    ["rep", "crm:read", true, "permitted", "role:rep allowed tool:crm:read", "role:rep allow tool:crm:read"],
    ["rep", "tool:crm:read", true, "permitted", "role:rep allowed tool:crm:read", "role:rep allow tool:crm:read"],
    [
      "rep",
      "email:send:external",
      false,
      "forbidden",
      "role:rep denied tool:email:send:external",
      "role:rep deny tool:email:send:external",
    ],
    ["rep", "crm:delete", false, "not_granted", "no rule of role:rep allows this tool", undefined],
    ["intern", "crm:read", false, "not_granted", "no role of this user is in the policy", undefined],
    ["constructor", "crm:read", false, "not_granted", "no role of this user is in the policy", undefined],
    [
      "manager",
      "email:send:external",
      true,
      "permitted",
      "role:manager allowed tool:email:**",
      "role:manager allow tool:email:**",
    ],
    ["manager", "email", false, "not_granted", "no rule of role:manager allows this tool", undefined],
    ["manager", "email:", false, "unknown_tool", "this is not a tool's name", undefined],
    ["manager", "email:*", false, "unknown_tool", "this is not a tool's name", undefined],
    ["manager", "Email:send", false, "not_granted", "no rule of role:manager allows this tool", undefined],
    ["manager", "еmail:send", false, "unknown_tool", "this is not a tool's name", undefined],
  ])("%s asks for %s", (role, tool, allowed, code, reason, rule) => {
    const answer = checkPermissions({ user: { sub: "auth0|1", role }, tool, scopes: ["tool:**"], policy: article });
    expect(answer).toEqual({ allowed, code, reason, rule, logged: false });
  });

  it("denies what the user's own scopes do not hold, whatever the role may do", () => {
    const question = { user: { sub: "u", role: "rep" }, tool: "crm:read", policy: article };
    expect(checkPermissions({ ...question, scopes: ["tool:email:draft", "tool:crm"] })).toMatchObject({
      allowed: false,
      code: "not_granted",
      reason: "role:rep allowed tool:crm:read, but the user's own scopes do not hold it",
    });
    expect(checkPermissions({ ...question, scopes: ["tool:crm:*"] }).allowed).toBe(true);
  });

  it("lets a deny of one role win over the allow of another, in either order", () => {
    for (const roles of [
      ["rep", "manager"],
      ["manager", "rep"],
    ]) {
      const answer = checkPermissions({
        user: { sub: "u", roles },
        tool: "email:send:external",
        scopes: ["tool:**"],
        policy: article,
      });
      expect(answer).toMatchObject({
        allowed: false,
        code: "forbidden",
        rule: "role:rep deny tool:email:send:external",
      });
    }
  });

  it.each([
    ["no policy", { policy: undefined }],
    ["no user", { user: undefined }],
    ["no sub", { user: { sub: "", role: "rep" } }],
    ["scopes that are a text", { scopes: "tool:crm:read" }],
    ["no scopes", { scopes: undefined }],
    ["roles that are a text", { user: { sub: "u", roles: "rep" } }],
    ["a tool that is not a text", { tool: ["crm:read"] }],
    ["a policy that is no policy", { policy: {} }],
  ])("denies a question with %s, and does not throw", (_name, wrong) => {
    const question = {
      user: { sub: "u", role: "rep" },
      tool: "crm:read",
      scopes: ["tool:**"],
      policy: article,
      ...wrong,
    };
    // Callers in plain JavaScript can pass anything; the types would refuse these.
    expect(checkPermissions(question as Parameters<typeof checkPermissions>[0]).allowed).toBe(false);
  });
});

const segment = fc.constantFrom("a", "b", "c");
const scope = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => `tool:${segments.join(":")}`);
const pattern = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: segment }, fc.constant("*")), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([segments, open]) => `tool:${segments.join(":")}${open ? ":**" : ""}`);
const grant = fc.record({
  role: fc.constantFrom("r1", "r2", "r3"),
  effect: fc.constantFrom<"allow" | "deny">("allow", "allow", "deny"),
  pattern,
});
const question = fc.record({
  grants: fc.array(grant, { maxLength: 8 }),
  roles: fc.subarray(["r1", "r2", "r3"]),
  scopes: fc.array(pattern, { maxLength: 3 }),
  required: fc.array(scope, { minLength: 1, maxLength: 2 }),
});

function decide(
  grants: readonly Grant[],
  holder: { roles: readonly string[]; scopes: readonly string[] },
  required: readonly string[],
) {
  return decidePermission({
    policy: policyOf(grants),
    holder: { subject: "u", ...holder },
    requirement: { scopes: required, named: true },
    environment: undefined,
  });
}

describe("permission is the intersection of role policy and held scopes", () => {
  it("D1, D2: equals the definition written as plain loops", () => {
    fc.assert(
      fc.property(question, ({ grants, roles, scopes, required }) => {
        const mine = grants.filter((entry) => roles.includes(entry.role));
        const has = (effect: string, wanted: string) =>
          mine.some((entry) => entry.effect === effect && scopeMatches(entry.pattern, wanted));
        const denied = required.some((wanted) => has("deny", wanted));
        const allowed = required.every(
          (wanted) => has("allow", wanted) && scopes.some((held) => scopeMatches(held, wanted)),
        );
        expect(decide(grants, { roles, scopes }, required).allowed).toBe(allowed && !denied);
      }),
      { numRuns: 5_000 },
    );
  });

  it("D2: the order and number of rules change nothing", () => {
    fc.assert(
      fc.property(question, fc.infiniteStream(fc.nat()), ({ grants, roles, scopes, required }, random) => {
        const shuffled = [...grants, ...grants]
          .map((entry) => ({ entry, at: random.next().value ?? 0 }))
          .sort((left, right) => left.at - right.at)
          .map(({ entry }) => entry);
        const before = decide(grants, { roles, scopes }, required);
        const after = decide(shuffled, { roles, scopes }, required);
        expect(after.allowed).toBe(before.allowed);
      }),
    );
  });

  it("D4: a further deny, a dropped allow, role or scope never permits what was denied", () => {
    fc.assert(
      fc.property(question, grant, ({ grants, roles, scopes, required }, extra) => {
        fc.pre(!decide(grants, { roles, scopes }, required).allowed);
        expect(decide([...grants, { ...extra, effect: "deny" }], { roles, scopes }, required).allowed).toBe(false);
        const fewer = grants.filter((entry, index) => entry.effect === "deny" || index % 2 === 0);
        expect(decide(fewer, { roles, scopes }, required).allowed).toBe(false);
        expect(decide(grants, { roles, scopes: scopes.slice(1) }, required).allowed).toBe(false);
      }),
    );
  });

  it("D1: a call that requires no scope at all is not granted", () => {
    const grants: Grant[] = [{ role: "r1", effect: "allow", pattern: "tool:**" }];
    expect(decide(grants, { roles: ["r1"], scopes: ["tool:**"] }, []).allowed).toBe(false);
  });
});
