import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readContext } from "./call-context.ts";
import { environmentOf } from "./judge-call.ts";
import { KnownCallers } from "./known-callers.ts";
import { type PermissionFacts, PermissionMemory } from "./permission-memory.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { JsonObject } from "./tool-call.ts";

const policy = parsePolicy(`
policies:
  - role: rep
    allow:
      - tool:crm:read
      - { scope: tool:crm:write, when: args.amount < 10 }
      - { scope: "tool:mail:*", when: "args.to == 'a'", obligations: [{ id: redact, type: redact }] }
    deny:
      - { scope: tool:mail:bulk, when: args.amount > 5 }
      - { scope: tool:crm:export, when: "args.to == subject.id" }
  - { role: lead, allow: ["tool:**"], deny: [{ scope: tool:mail:send, when: args.amount > 5, fail: open }] }
users:
  - { user: ann, allow: [tool:crm:export], deny: [{ scope: tool:crm:read, when: "args.to == 'b'" }] }
agents:
  - { agent: bot, allow: ["tool:crm:*", { scope: "tool:mail:*", when: args.amount < 8 }] }
  - { tier: background, allow: [tool:crm:read] }
`);

// Few of each, so that most calls are like an earlier one but for what conditions answer.
const asked: fc.Arbitrary<Asked> = fc.record({
  user: fc.constantFrom("ann", "bob"),
  roles: fc.constantFrom(["rep"], ["rep"], ["rep", "lead"], ["nobody"]),
  scopes: fc.constantFrom(["tool:**"], ["tool:**"], ["tool:**"], ["tool:crm:*"]),
  agent: fc.constantFrom("bot", "bot", "bot", "other"),
  tier: fc.constantFrom(undefined, undefined, undefined, "background" as const),
  grant: fc.constantFrom(undefined, undefined, undefined, ["tool:mail:send"]),
  required: fc.constantFrom(
    ["tool:crm:write"],
    ["tool:mail:send"],
    ["tool:mail:bulk"],
    ["tool:crm:read", "tool:crm:export"],
    [],
  ),
  named: fc.boolean(),
  args: fc.record(
    { to: fc.constantFrom("a", "b", "ann", 1), amount: fc.constantFrom(1, 7, 20, "many") },
    { requiredKeys: [] },
  ),
});

interface Asked {
  readonly user: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly agent: string;
  readonly tier: "background" | undefined;
  readonly grant: readonly string[] | undefined;
  readonly required: readonly string[];
  readonly named: boolean;
  readonly args: JsonObject;
}

/** As the policy keeps them: one list for each requirement. */
const lists = new Map<string, readonly string[]>();

function factsOf(each: Asked) {
  const { user, roles, scopes, agent, tier, grant, required, named, args } = each;
  const actor = tier === undefined ? { id: agent } : { id: agent, tier };
  const source = { subject: { id: user, roles, scopes }, actor, session: "s" };
  const { context } = readContext(grant === undefined ? source : { ...source, grant });
  if (context === undefined) throw new Error("the context could not be read");
  const tool = required.join(" ");
  const list = lists.get(tool) ?? required;
  lists.set(tool, list);
  const environment = environmentOf(context, args, 0);
  const call: PermissionFacts = { policy, context, environment, tool, approved: undefined };
  return { call, requirement: { scopes: list, named }, rights: new KnownCallers(policy).of(context).rights };
}

describe("a memory of permissions decides as one that remembers nothing", () => {
  it("D5: whoever asks for whatever with whatever arguments, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(asked, { minLength: 20, maxLength: 60 }), (calls) => {
        const memory = new PermissionMemory();
        for (const each of calls) {
          const { call, requirement, rights } = factsOf(each);
          expect(memory.decide(call, requirement, rights)).toEqual(
            new PermissionMemory().decide(call, requirement, rights),
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is remembered of a permission", () => {
  const bob = { user: "bob", roles: ["rep"], scopes: ["tool:**"], agent: "bot", tier: undefined, grant: undefined };
  const usual = { ...bob, named: true };

  it.each([
    ["a permit", { ...usual, required: ["tool:mail:send"], args: { to: "a", amount: 1 } }],
    ["a refusal", { ...usual, required: ["tool:crm:export"], args: {} }],
  ])("D5: nobody who is given %s can change it for the next one", (_name, each) => {
    const memory = new PermissionMemory();
    const { call, requirement, rights } = factsOf(each);
    const before = JSON.stringify(memory.decide(call, requirement, rights));
    const decided = memory.decide(call, requirement, rights);
    const lists = decided.allowed
      ? [decided.obligations, decided.degraded]
      : [decided.refusal.alternatives?.scopes, decided.refusal.alternatives?.roles];
    for (const list of lists) expect(Object.isFrozen(list)).toBe(true);
    expect(JSON.stringify(memory.decide(call, requirement, rights))).toBe(before);
  });

  it("R1: is bounded in the texts of rights, however long these are", () => {
    const memory = new PermissionMemory();
    const { call, requirement, rights } = factsOf({ ...usual, required: ["tool:crm:read"], args: {} });
    const long = rights.padEnd(1_000_000, "x");
    for (let number = 0; number < 100; number += 1) memory.decide(call, requirement, `${long}${number}`);
    expect(memory.steps).toBeLessThanOrEqual(8);
  });

  it("D6: however many conditions are asked of a call, it is decided", () => {
    const allow = Array.from({ length: 15_000 }, (_, least) => ({ scope: "tool:t", when: `args.amount > ${least}` }));
    const many = parsePolicy(JSON.stringify({ policies: [{ role: "rep", allow }] }));
    const { call, requirement, rights } = factsOf({ ...usual, required: ["tool:t"], args: { amount: 7 } });
    const memory = new PermissionMemory();
    expect(memory.decide({ ...call, policy: many }, requirement, rights)).toMatchObject({ allowed: true });
    expect(memory.steps).toBe(0);
  });

  it("R1: is bounded, whatever is asked", () => {
    const memory = new PermissionMemory();
    const { call, requirement, rights } = factsOf({ ...usual, required: ["tool:crm:read"], args: {} });
    for (let number = 0; number < 30_000; number += 1) memory.decide(call, requirement, `${rights}${number}`);
    expect(memory.steps).toBeLessThanOrEqual(20_000);
  });
});
