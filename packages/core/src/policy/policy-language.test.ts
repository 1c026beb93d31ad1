import { describe, expect, it } from "vitest";
import { checkPermissions } from "../check-permissions.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import type { CallContext } from "../tool-call.ts";
import { parsePolicy } from "./parse-policy.ts";
import { PolicyError } from "./policy-error.ts";

const policy = parsePolicy(`
tools:
  send_email:
    scope:
      - when: args.to.all(a, emailDomain(a) == "acme.com")
        use: tool:email:send:internal
      - use: tool:email:send:external
  refund: { scope: [tool:refund:issue, tool:order:read] }
  translate: { scope: tool:text:translate, cost: 0.001 * size(args.text) }
  only_small:
    scope:
      - when: args.amount < 10
        use: tool:small
  read: { scope: tool:crm:read }
policies:
  - role: rep
    allow:
      - tool:email:send:internal
      - tool:order:read
      - tool:text:*
      - tool:crm:read
      - { scope: tool:refund:issue, when: args.amount <= 200, message: Refunds above 200 are for a manager. }
    deny:
      - { scope: "tool:**", when: 'session.id == "frozen"', message: This session is frozen. }
      - { scope: tool:order:*, when: args.order.startsWith("VIP") }
      - tool:email:send:external
  - role: manager
    allow: ["tool:**"]
users:
  - user: trusted
    allow: [tool:email:draft]
  - user: suspect
    deny: [tool:crm:read]
agents:
  - agent: assistant
    allow: ["tool:email:**", "tool:order:*", "tool:refund:*", "tool:text:*", "tool:small", tool:crm:read]
    deny: [tool:email:send:all]
  - tier: background
    allow:
      - tool:crm:read
      - { scope: tool:text:translate, when: size(args.text) < 5 }
`);

interface Setup {
  readonly tool: string;
  readonly args: unknown;
  readonly user?: string;
  readonly roles?: readonly string[];
  readonly more?: Partial<CallContext>;
}

async function decide({ tool, args, user = "u1", roles = ["rep"], more = {} }: Setup) {
  const context: CallContext = {
    subject: { id: user, roles, scopes: ["tool:**"] },
    actor: { id: "assistant" },
    session: "s1",
    ...more,
  };
  return createAuthorizer({ policy }).authorize({ tool, arguments: args }, context);
}

const manager = { roles: ["manager"] };
const background: Partial<CallContext> = { actor: { id: "assistant", tier: "background" } };

describe("what a call's own facts decide", () => {
  it.each<[string, Setup, boolean | string, string]>([
    [
      "a mail to colleagues requires the internal scope",
      { tool: "send_email", args: { to: ["a@acme.com", "b@ACME.com"] } },
      true,
      "role:rep allowed tool:email:send:internal",
    ],
    [
      "one stranger makes it external",
      { tool: "send_email", args: { to: ["a@acme.com", "x@evil.com"] } },
      "forbidden",
      "role:rep denied tool:email:send:external",
    ],
    [
      "a look-alike domain is a stranger's",
      { tool: "send_email", args: { to: ["a@acme.com.evil.com"] } },
      "forbidden",
      "role:rep denied tool:email:send:external",
    ],
    [
      "an address that cannot be read decides nothing",
      { tool: "send_email", args: { to: ['"a@acme.com" <x@evil.com>'] } },
      "condition_failed",
      "it could not be decided which scope these arguments require",
    ],
    [
      "recipients that are no list decide nothing",
      { tool: "send_email", args: { to: 7 } },
      "condition_failed",
      "it could not be decided which scope these arguments require",
    ],
    [
      "a missing argument decides nothing",
      { tool: "send_email", args: {} },
      "condition_failed",
      "it could not be decided which scope these arguments require",
    ],
    [
      "no choice fits",
      { tool: "only_small", args: { amount: 10 }, ...manager },
      "condition_failed",
      "no scope of this tool fits these arguments",
    ],
    [
      "a small refund is allowed, by two scopes",
      { tool: "refund", args: { amount: 200, order: "A1" } },
      true,
      "role:rep allowed tool:refund:issue, role:rep allowed tool:order:read",
    ],
    [
      "a large one is not, in the policy's words",
      { tool: "refund", args: { amount: 200.01, order: "A1" } },
      "condition_failed",
      "Refunds above 200 are for a manager.",
    ],
    [
      "an amount that is a text allows nothing",
      { tool: "refund", args: { amount: "1", order: "A1" } },
      "condition_failed",
      "Refunds above 200 are for a manager.",
    ],
    [
      "a true deny of one scope wins",
      { tool: "refund", args: { amount: 1, order: "VIP1" } },
      "forbidden",
      "role:rep denied tool:order:*",
    ],
    [
      "an unknown deny denies",
      { tool: "refund", args: { amount: 1 } },
      "condition_failed",
      "role:rep denied tool:order:*: its condition could not be evaluated",
    ],
    [
      "another role's deny does not bind",
      { tool: "refund", args: { amount: 9999, order: "VIP1" }, ...manager },
      true,
      "role:manager allowed tool:**, role:manager allowed tool:**",
    ],
    [
      "a deny of one of two roles does",
      { tool: "refund", args: { amount: 1, order: "VIP1" }, roles: ["manager", "rep"] },
      "forbidden",
      "role:rep denied tool:order:*",
    ],
    [
      "a deny over the session, with its message",
      { tool: "read", args: {}, more: { session: "frozen" } },
      "forbidden",
      "This session is frozen.",
    ],
    [
      "a cost is computed from the arguments",
      { tool: "translate", args: { text: "hello" } },
      true,
      "role:rep allowed tool:text:*",
    ],
    [
      "a cost that cannot be computed denies",
      { tool: "translate", args: { text: 5 } },
      "condition_failed",
      "the cost of this call could not be computed",
    ],
    [
      "a user's own deny wins over the roles",
      { tool: "read", args: {}, user: "suspect", ...manager },
      "forbidden",
      "user:suspect denied tool:crm:read",
    ],
    [
      "an agent that the policy does not name holds nothing",
      { tool: "read", args: {}, more: { actor: { id: "other" } }, ...manager },
      "not_granted",
      "this agent is not in the policy",
    ],
    [
      "an agent holds no more than its ceiling",
      { tool: "only_small", args: { amount: 1 }, more: background, ...manager },
      "not_granted",
      "this agent may not hold it, whoever it acts for",
    ],
    ["a tier narrows its agents", { tool: "read", args: {}, more: background }, true, "role:rep allowed tool:crm:read"],
    [
      "a ceiling has conditions too",
      { tool: "translate", args: { text: "hello" }, more: background },
      "condition_failed",
      "tier:background allowed tool:text:translate, but its condition does not hold",
    ],
    [
      "and they can hold",
      { tool: "translate", args: { text: "hey" }, more: background },
      true,
      "role:rep allowed tool:text:*",
    ],
    [
      "a task holds no more than it was given",
      { tool: "read", args: {}, more: { grant: ["tool:email:**"] } },
      "not_granted",
      "role:rep allowed tool:crm:read, but this task was not given it",
    ],
    [
      "a task that was given it may",
      { tool: "read", args: {}, more: { grant: ["tool:crm:*"] } },
      true,
      "role:rep allowed tool:crm:read",
    ],
    [
      "a task that was given nothing may nothing",
      { tool: "read", args: {}, more: { grant: [] } },
      "not_granted",
      "role:rep allowed tool:crm:read, but this task was not given it",
    ],
    [
      "a tier that is none is no context",
      { tool: "read", args: {}, more: { actor: { id: "assistant", tier: "root" as never } } },
      "unauthenticated",
      "it is not known who is asking",
    ],
    [
      "a chain that is too long is no context",
      { tool: "read", args: {}, more: { actor: { id: "assistant", chain: Array(6).fill("a") } } },
      "unauthenticated",
      "it is not known who is asking",
    ],
  ])("%s", async (_name, setup, expected, reason) => {
    const decision = await decide(setup);
    expect(decision).toMatchObject(
      expected === true ? { allowed: true, reason } : { allowed: false, code: expected, reason },
    );
  });

  it("reserves the cost that the arguments make", async () => {
    expect(await decide({ tool: "translate", args: { text: "hello" } })).toMatchObject({ cost: "0.005" });
  });

  it("a check that knows no arguments takes conditions as unknown", () => {
    const ask = (tool: string, role: string) =>
      checkPermissions({ user: { sub: "u1", role }, tool, scopes: ["tool:**"], policy });
    expect(ask("refund:issue", "rep")).toMatchObject({ allowed: false, code: "condition_failed" });
    expect(ask("refund:issue", "manager")).toMatchObject({ allowed: true });
  });
});

describe("a denial names what can be done instead", () => {
  it("scopes beside the refused one that this very call could use, and roles that hold it", async () => {
    const decision = await decide({ tool: "send_email", args: { to: ["x@evil.com"] } });
    expect(decision).toMatchObject({ alternatives: { scopes: ["tool:email:send:internal"], roles: ["manager"] } });
  });

  it("nothing that the agent's ceiling or the task takes away", async () => {
    const more: Partial<CallContext> = { grant: ["tool:email:send:external"] };
    const decision = await decide({ tool: "send_email", args: { to: ["x@evil.com"] }, more });
    expect(decision).toMatchObject({ alternatives: { scopes: [], roles: ["manager"] } });
  });

  it("nothing at all where the policy does not tell", async () => {
    const silent = parsePolicy(
      "alternatives: false\npolicies: [{ role: rep, allow: [tool:a:b:x] }, { role: boss, allow: [tool:a:b:y] }]",
    );
    const context: CallContext = {
      subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
      actor: { id: "a" },
      session: "s",
    };
    const decision = await createAuthorizer({ policy: silent }).authorize({ tool: "a:b:y", arguments: {} }, context);
    expect(decision).not.toHaveProperty("alternatives");
  });

  it("none that a model made up", async () => {
    const open = parsePolicy("policies: [{ role: rep, allow: [tool:a:b:x, tool:c] }]");
    const context: CallContext = {
      subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
      actor: { id: "a" },
      session: "s",
    };
    const decision = await createAuthorizer({ policy: open }).authorize(
      { tool: "a:b:made-up", arguments: {} },
      context,
    );
    expect(decision).toMatchObject({ allowed: false, alternatives: { scopes: ["tool:a:b:x"], roles: [] } });
    expect(JSON.stringify({ ...decision, detail: undefined, scopes: undefined })).not.toContain("made-up");
  });
});

describe("what is wrong with a condition is shown within it", () => {
  const problems = (text: string) => {
    try {
      parsePolicy(text, { file: "policy.yaml" });
    } catch (error) {
      if (error instanceof PolicyError) return error;
    }
    return expect.unreachable();
  };

  it("with a caret under the very word", () => {
    const { message } = problems(
      'policies:\n  - role: rep\n    deny:\n      - { scope: tool:x, when: "arg.amount > 5" }\n',
    );
    expect(message).toContain("policy.yaml:4:33: error[invalid_condition]");
    expect(message.split("\n")[2]).toMatch(/\^\^\^$/);
  });

  it.each([
    [
      "a deny that cannot be compiled",
      "policies: [{ role: a, deny: [{ scope: tool:x, when: 'args.a >' }] }]",
      "invalid_condition",
    ],
    [
      "a condition that is no condition",
      "policies: [{ role: a, allow: [{ scope: tool:x, when: '5' }] }]",
      "invalid_condition",
    ],
    ["a cost that is no amount", "tools: { x: { scope: tool:x, cost: 'args.a +' } }", "invalid_condition"],
    [
      "a choice after one that always holds",
      "tools: { x: { scope: [{ use: tool:a }, { use: tool:b }] } }",
      "unreachable",
    ],
    ["an agent entry for both", "agents: [{ agent: a, tier: api }]", "invalid_value"],
    ["an agent entry for nobody", "agents: [{ allow: [tool:x] }]", "invalid_value"],
    ["a tier that is none", "agents: [{ tier: root }]", "invalid_value"],
    ["a user twice", "users: [{ user: a }, { user: a }]", "duplicate_name"],
    ["a grant with a misspelt key", "policies: [{ role: a, deny: [{ scope: tool:x, wen: 'true' }] }]", "unknown_key"],
  ])("%s is an error: %s", (_name, text, code) => {
    expect(problems(text).diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
});
