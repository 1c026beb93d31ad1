import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { PolicyChoice } from "./policy-choice.ts";
import type { CallContext } from "./tool-call.ts";
import { visibleTools } from "./visible-tools.ts";

interface Asking {
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
  readonly agent?: string;
  readonly tier?: "background";
  readonly grant?: readonly string[];
  readonly tenant?: string;
  readonly id?: string;
}

function asking({
  id = "u1",
  roles = ["rep"],
  scopes = ["tool:**"],
  agent = "bot",
  ...rest
}: Asking = {}): CallContext {
  const { tier, grant, tenant } = rest;
  return { subject: { id, tenant, roles, scopes }, actor: { id: agent, tier }, session: "s1", grant };
}

const tools = `
tools:
  read: { scope: tool:crm:read }
  write: { scope: [tool:crm:write, tool:crm:read] }
  send:
    scope:
      - { when: args.internal == true, use: tool:email:internal }
      - { use: tool:email:external }
`;
const all = ["read", "write", "send"];

describe("a tool is visible if some call of it could be permitted", () => {
  it.each<[string, string, Asking, readonly string[]]>([
    ["nothing is allowed", "policies: []", {}, []],
    ["a role allows it", "policies: [{ role: rep, allow: [tool:crm:read] }]", {}, ["read"]],
    ["a role that the user lacks allows it", "policies: [{ role: boss, allow: [tool:crm:read] }]", {}, []],
    [
      "only one of the scopes that it requires is allowed",
      "policies: [{ role: rep, allow: [tool:crm:write] }]",
      {},
      [],
    ],
    [
      "all scopes that it requires are allowed",
      'policies: [{ role: rep, allow: ["tool:crm:*"] }]',
      {},
      ["read", "write"],
    ],
    ["the last of its entries is allowed", "policies: [{ role: rep, allow: [tool:email:external] }]", {}, ["send"]],
    ["the first of its entries is allowed", "policies: [{ role: rep, allow: [tool:email:internal] }]", {}, ["send"]],
    [
      "it is allowed under a condition",
      "policies: [{ role: rep, allow: [{ scope: tool:crm:read, when: args.n > 1 }] }]",
      {},
      ["read"],
    ],
    [
      "it is allowed with approval",
      "policies: [{ role: rep, allow: [{ scope: tool:crm:read, approval: true }] }]",
      {},
      ["read"],
    ],
    [
      "it is allowed with a duty",
      "policies: [{ role: rep, allow: [{ scope: tool:crm:read, obligations: [{ id: a, type: archive }] }] }]",
      {},
      ["read"],
    ],
    ["it is denied, by a pattern", 'policies: [{ role: rep, allow: [tool:crm:read], deny: ["tool:crm:*"] }]', {}, []],
    [
      "it is denied with a message",
      "policies: [{ role: rep, allow: [tool:crm:read], deny: [{ scope: tool:crm:read, message: No. }] }]",
      {},
      [],
    ],
    [
      "it is denied under a condition",
      "policies: [{ role: rep, allow: [tool:crm:read], deny: [{ scope: tool:crm:read, when: args.n > 1 }] }]",
      {},
      ["read"],
    ],
    [
      "another role denies it",
      "policies: [{ role: rep, allow: [tool:crm:read] }, { role: intern, deny: [tool:crm:read] }]",
      { roles: ["rep", "intern"] },
      [],
    ],
    ["the user's own entry allows it", "users: [{ user: u1, allow: [tool:crm:read] }]", { roles: [] }, ["read"]],
    [
      "the user's own entry denies it",
      "policies: [{ role: rep, allow: [tool:crm:read] }]\nusers: [{ user: u1, deny: [tool:crm:read] }]",
      {},
      [],
    ],
    [
      "another user's entry denies it",
      "policies: [{ role: rep, allow: [tool:crm:read] }]\nusers: [{ user: u2, deny: [tool:crm:read] }]",
      {},
      ["read"],
    ],
    [
      "the credential does not hold it",
      'policies: [{ role: rep, allow: ["tool:**"] }]',
      { scopes: ["tool:crm:read"] },
      ["read"],
    ],
    [
      "the task was not given it",
      'policies: [{ role: rep, allow: ["tool:**"] }]',
      { grant: ["tool:crm:read"] },
      ["read"],
    ],
    ["the task was given nothing", 'policies: [{ role: rep, allow: ["tool:**"] }]', { grant: [] }, []],
    [
      "the agent's ceiling does not allow it",
      'policies: [{ role: rep, allow: ["tool:**"] }]\nagents: [{ agent: bot, allow: [tool:crm:read] }]',
      {},
      ["read"],
    ],
    [
      "the agent's ceiling denies it",
      'policies: [{ role: rep, allow: ["tool:**"] }]\nagents: [{ agent: bot, allow: ["tool:**"], deny: ["tool:email:**"] }]',
      {},
      ["read", "write"],
    ],
    [
      "the ceiling of its tier does not allow it",
      'policies: [{ role: rep, allow: ["tool:**"] }]\nagents: [{ agent: bot, allow: ["tool:**"] }, { tier: background, allow: [tool:crm:read] }]',
      { tier: "background" },
      ["read"],
    ],
    [
      "the agent has no ceiling where others do",
      'policies: [{ role: rep, allow: ["tool:**"] }]\nagents: [{ agent: other, allow: ["tool:**"] }]',
      {},
      [],
    ],
  ])("where %s", (_where, rules, asker, expected) => {
    const policy = parsePolicy(tools + rules);
    expect(visibleTools({ tools: all, context: asking(asker), policy })).toEqual(expected);
  });

  it("no entry counts whose condition never holds, and none after one that always does", () => {
    const policy = parsePolicy(`
      tools: { send: { scope: [{ when: "1 > 2", use: tool:email:internal }, { when: "2 > 1", use: tool:email:external }] } }
      policies:
        - { role: rep, allow: [tool:email:internal] }
        - { role: manager, allow: [tool:email:external] }`);
    const of = (role: string) => visibleTools({ tools: all, context: asking({ roles: [role] }), policy });
    expect([of("rep"), of("manager")]).toEqual([[], ["send"]]);
  });

  it("without a tools section a tool requires the scope of its name", () => {
    const policy = parsePolicy('policies: [{ role: rep, allow: ["tool:crm:*"] }]');
    const names = ["crm:read", "tool:crm:write", "crm", "crm:", "crm:*", "crm::x", "erase"];
    expect(visibleTools({ tools: names, context: asking(), policy })).toEqual(["crm:read"]);
  });
});

const open = parsePolicy('policies: [{ role: rep, allow: ["tool:**"] }]');
const closed = parsePolicy(`${tools}policies: [{ role: rep, allow: ["tool:**"] }]`);

describe("what is asked", () => {
  it("comes back in its order, each name once", () => {
    const names = new Set(["b", "a", "c"]);
    expect(visibleTools({ tools: ["b", "a", "b", "c", "a"], context: asking(), policy: open })).toEqual([...names]);
    expect(visibleTools({ tools: names, context: asking(), policy: open })).toEqual([...names]);
  });

  it.each<[string, readonly unknown[]]>([
    ["names that the policy does not know", ["delete", "Read", "reаd"]],
    ["names of what objects inherit", ["constructor", "__proto__", "toString"]],
    ["what is no tool's name", ["", "read ", "re ad", "a".repeat(129)]],
    ["what is no text", [undefined, null, 7, { toString: () => "read" }, ["read"]]],
  ])("does not show %s", (_what, names) => {
    // Callers in plain JavaScript can pass anything.
    expect(visibleTools({ tools: names as string[], context: asking(), policy: closed })).toEqual([]);
  });

  it.each<[string, PolicyChoice, Asking, readonly string[]]>([
    ["there is no policy", undefined, {}, []],
    ["a reference holds none", { current: undefined }, {}, []],
    ["a reference holds one", { current: closed }, {}, all],
    ["the tenant has none", { tenants: new Map([["acme", closed]]) }, { tenant: "other" }, []],
    ["the tenant has one", { tenants: new Map([["acme", closed]]) }, { tenant: "acme" }, all],
    ["it is another tenant's", parsePolicy('tenant: acme\npolicies: [{ role: rep, allow: ["tool:**"] }]'), {}, []],
  ])("is answered by the policy that decides (%s)", (_name, policy, asker, expected) => {
    expect(visibleTools({ tools: all, context: asking(asker), policy })).toEqual(expected);
  });

  const hostile = () => {
    throw new Error("hunter2");
  };
  it.each<[string, { readonly tools?: unknown; readonly context?: unknown; readonly policy?: unknown }]>([
    ["no context", { context: undefined }],
    ["a context without a subject", { context: { actor: { id: "bot" }, session: "s1" } }],
    ["a context that throws", { context: Object.defineProperty({}, "subject", { get: hostile }) }],
    ["tools that are no list", { tools: 7 }],
    ["no tools", { tools: undefined }],
    ["tools that throw", { tools: { [Symbol.iterator]: hostile } }],
    ["a policy that is none", { policy: {} }],
    ["a policy that throws", { policy: Object.defineProperty({}, "current", { get: hostile }) }],
  ])("shows nothing and does not throw where it has %s", (_name, wrong) => {
    const question = { tools: all, context: asking(), policy: closed, ...wrong };
    // Callers in plain JavaScript can pass anything; the types would refuse these.
    expect(visibleTools(question as Parameters<typeof visibleTools>[0])).toEqual([]);
  });

  it("is asked of an authorizer, which follows its policy as that is replaced, and records and spends nothing", () => {
    const policy = { current: closed };
    const audit = { append: () => expect.unreachable("it was recorded") };
    const store = { apply: () => expect.unreachable("it was charged") };
    const authorizer = createAuthorizer({ policy, audit, store });
    expect(authorizer.visibleTools(all, asking())).toEqual(all);
    policy.current = parsePolicy(`${tools}policies: [{ role: rep, allow: [tool:crm:read] }]`);
    expect(authorizer.visibleTools(all, asking())).toEqual(["read"]);
    expect(authorizer.visibleTools(all, undefined)).toEqual([]);
  });
});

const names = ["t0", "t1", "t2"];
const scope = fc.constantFrom("tool:a:x", "tool:a:y", "tool:b");
const pattern = fc.oneof(scope, fc.constantFrom("tool:a:*", "tool:*:x", "tool:**", "tool:**"));
/** Answered by some calls with true, by some with false, and by some not at all. */
const condition = fc.constantFrom("args.n > 1", "args.n <= 1", 'subject.id == "u1"', "1 > 2");
const use = fc.uniqueArray(scope, { minLength: 1, maxLength: 2 });
const choices = (when: fc.Arbitrary<string>, maxLength: number) =>
  fc
    .tuple(fc.array(fc.record({ when, use }), { maxLength }), fc.option(use, { nil: undefined }))
    .map(([some, last]) => {
      const fallback = last === undefined && some.length > 0 ? [] : [{ use: last ?? ["tool:b"] }];
      return { scope: [...some, ...fallback] };
    });

interface Shape {
  /** Conditions of grants; none where every entry counts always. */
  readonly conditional: "conditional" | "unconditional";
}

/** A policy, who asks, and what a call of a tool says. */
function situation({ conditional }: Shape) {
  const plain = fc.record({ scope: pattern });
  const allow =
    conditional === "unconditional" ? plain : fc.oneof(plain, fc.record({ scope: pattern, when: condition }));
  // A deny whose condition never holds is a mistake in the policy.
  const denying = fc.record({ scope: pattern, when: condition.filter((when) => when !== "1 > 2") });
  const deny = conditional === "unconditional" ? plain : fc.oneof(plain, denying);
  const denies = fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(deny, { maxLength: 1 }));
  const entries = { allow: fc.array(allow, { minLength: 1, maxLength: 3 }), deny: denies };
  const tool = choices(condition, conditional === "unconditional" ? 0 : 2);
  const toolList = fc.tuple(tool, tool).map(([t0, t1]) => ({ t0, t1 }));
  return fc.record({
    document: fc.record(
      {
        tools: toolList,
        policies: fc.tuple(fc.record(entries), fc.record(entries)).map(([r1, r2]) => [
          { role: "r1", ...r1 },
          { role: "r2", ...r2 },
        ]),
        users: fc.record(entries).map((own) => [{ user: "u1", ...own }]),
        agents: fc.record(entries).map((own) => [
          { agent: "bot", ...own },
          { tier: "background", ...own },
        ]),
      },
      { requiredKeys: ["policies"] },
    ),
    asker: fc.record<Asking>(
      {
        roles: fc.subarray(["r1", "r2"], { minLength: 1 }),
        scopes: fc.oneof({ weight: 3, arbitrary: fc.constant(["tool:**"]) }, fc.array(pattern, { maxLength: 3 })),
        agent: fc.oneof({ weight: 5, arbitrary: fc.constant("bot") }, fc.constant("other")),
        tier: fc.constant<"background">("background"),
        grant: fc.array(pattern, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ["roles", "scopes"] },
    ),
    args: fc.constantFrom({ n: 0 }, { n: 2 }, { n: "text" }, {}),
  });
}

type Situation = ReturnType<typeof situation> extends fc.Arbitrary<infer Value> ? Value : never;

/** Of the tools, those that are visible, and those of which a call with these arguments is permitted. */
async function compare({ document, asker, args }: Situation, tools: readonly string[]) {
  const authorizer = createAuthorizer({ policy: parsePolicy(JSON.stringify(document)) });
  const context = asking(asker);
  const permitted: string[] = [];
  for (const tool of tools) {
    const { allowed } = await authorizer.authorize({ tool, arguments: args }, context);
    if (allowed) permitted.push(tool);
  }
  return { visible: authorizer.visibleTools(tools, context), permitted };
}

describe("against the call path", () => {
  /** With a tools section these are its tools and one that it does not know; without, names that are scopes. */
  const asked = [...names, "a:x", "a:y", "b"];

  it("D3: whatever call is permitted, its tool is visible", async () => {
    let permits = 0;
    await fc.assert(
      fc.asyncProperty(situation({ conditional: "conditional" }), async (given) => {
        const { visible, permitted } = await compare(given, asked);
        permits += permitted.length;
        expect(visible).toEqual(expect.arrayContaining(permitted));
      }),
      { numRuns: 500 },
    );
    expect(permits).toBeGreaterThan(100);
  });

  it("where no entry has a condition, a tool is visible if and only if its calls are permitted", async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(situation({ conditional: "unconditional" }), async (given) => {
        const { visible, permitted } = await compare(given, asked);
        seen += visible.length;
        expect(visible).toEqual(permitted);
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it("D4: a further deny, a dropped allow or scope shows no tool that was hidden", () => {
    fc.assert(
      fc.property(situation({ conditional: "conditional" }), pattern, ({ document, asker }, denied) => {
        const visible = (policies: object, who: Asking) => {
          const policy = parsePolicy(JSON.stringify({ ...document, policies }));
          return visibleTools({ tools: asked, context: asking(who), policy });
        };
        const { policies } = document;
        const before = visible(policies, asker);
        const denying = policies.map((entry) => ({ ...entry, deny: [...entry.deny, { scope: denied }] }));
        const fewer = policies.map((entry) => ({ ...entry, allow: entry.allow.slice(1) }));
        const poorer = { ...asker, scopes: asker.scopes?.slice(1) ?? [] };
        for (const after of [visible(denying, asker), visible(fewer, asker), visible(policies, poorer)]) {
          expect(before).toEqual(expect.arrayContaining([...after]));
        }
      }),
    );
  });
});
