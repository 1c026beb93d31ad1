import { describe, expect, it } from "vitest";
import type { AuthorizerOptions } from "../authorizer.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { CallContext } from "../tool-call.ts";

const tools = `
tools:
  read: { scope: tool:crm:read, labels: [customer-data] }
  write: { scope: tool:crm:write }
  task: { scope: tool:task:create }
  mail: { scope: tool:email:send:external }
  inside: { scope: tool:email:send:internal }
  lookup: { scope: tool:order:lookup }
  refund: { scope: tool:refund:issue }
policies: [{ role: r, allow: ["tool:**"] }]
`;

interface Step {
  readonly tool: string;
  readonly args?: Record<string, unknown>;
  readonly as?: Partial<CallContext>;
  readonly user?: string;
  readonly tenant?: string;
  /** Milliseconds since the step before. */
  readonly later?: number;
  readonly fails?: true;
  readonly expect: string;
}

/** Runs the steps in order and gives what was decided about each. */
async function play(
  policy: string,
  steps: readonly Step[],
  options: Partial<AuthorizerOptions> = {},
): Promise<string[]> {
  let now = Date.UTC(2026, 0, 1);
  const authorizer = createAuthorizer({ policy: parsePolicy(tools + policy), clock: () => now, ...options });
  const answers: string[] = [];
  for (const { tool, args = {}, as = {}, user = "u", tenant = "", later = 0, fails } of steps) {
    now += later;
    const context: CallContext = {
      subject: { id: user, tenant, roles: ["r"], scopes: ["tool:**"] },
      actor: { id: "bot" },
      session: "s",
      ...as,
    };
    const body = () => (fails ? Promise.reject(new Error("tool failed")) : "done");
    const result = await authorizer.run({ tool, arguments: args }, context, body).catch(() => undefined);
    answers.push(result === undefined || result.executed ? "permit" : result.decision.code);
  }
  return answers;
}

const minutes = 60_000;
const other: Partial<CallContext> = { session: "other" };

describe("after", () => {
  const rule = (more = "") =>
    `rules: [{ id: no-data-out, after: label:customer-data, deny: tool:email:send:external${more} }]`;

  it.each<[string, string, readonly Step[]]>([
    [
      "what came before forbids what comes after",
      rule(),
      [
        { tool: "mail", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "mail", expect: "history_forbids" },
        { tool: "inside", expect: "permit" },
      ],
    ],
    [
      "S5: a call that failed forbids all the same",
      rule(),
      [
        { tool: "read", fails: true, expect: "permit" },
        { tool: "mail", expect: "history_forbids" },
      ],
    ],
    [
      "E6: a call that was denied forbids nothing",
      `${rule()}\nusers: [{ user: u, deny: [tool:crm:read] }]`,
      [
        { tool: "read", expect: "forbidden" },
        { tool: "mail", expect: "permit" },
      ],
    ],
    [
      "within: until the time is over, to the millisecond",
      rule(", within: 1h"),
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", later: 60 * minutes, expect: "history_forbids" },
        { tool: "mail", later: 1, expect: "permit" },
      ],
    ],
    [
      "another session of the user has its own history",
      rule(),
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", as: other, expect: "permit" },
      ],
    ],
    [
      "per user: another session restores nothing",
      rule(", per: user"),
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", as: other, expect: "history_forbids" },
        { tool: "mail", as: other, user: "v", expect: "permit" },
        { tool: "mail", as: other, tenant: "acme", expect: "permit" },
      ],
    ],
    [
      "per agent: whoever it acts for",
      rule(", per: agent"),
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", user: "v", expect: "history_forbids" },
        { tool: "mail", as: { actor: { id: "b2" } }, expect: "permit" },
      ],
    ],
    [
      "per tenant: whoever it was",
      rule(", per: tenant"),
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", user: "v", as: { actor: { id: "b2" }, session: "x" }, expect: "history_forbids" },
        { tool: "mail", tenant: "acme", expect: "permit" },
      ],
    ],
    [
      "S4: a session is shared by sub-agents",
      rule(),
      [
        { tool: "read", as: { actor: { id: "sub", tier: "subagent", chain: ["bot"] } }, expect: "permit" },
        { tool: "mail", expect: "history_forbids" },
      ],
    ],
    [
      "a list forbids only in its order",
      "rules: [{ id: l, after: [tool:crm:read, tool:crm:write], deny: tool:task:create }]",
      [
        { tool: "write", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "task", expect: "permit" },
        { tool: "write", expect: "permit" },
        { tool: "task", expect: "history_forbids" },
      ],
    ],
    [
      "each step of a list comes within the time of the one before",
      "rules: [{ id: l, after: [tool:crm:read, tool:crm:write], deny: tool:task:create, within: 10m }]",
      [
        { tool: "read", expect: "permit" },
        { tool: "write", later: 11 * minutes, expect: "permit" },
        { tool: "task", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "write", later: 9 * minutes, expect: "permit" },
        { tool: "task", later: 9 * minutes, expect: "history_forbids" },
      ],
    ],
    ...["[tool:crm:read, label:customer-data]", "[label:customer-data, tool:crm:read]"].map(
      (list): [string, string, readonly Step[]] => [
        `S3: a call that is all steps of a list at once forbids: ${list}`,
        `rules: [{ id: l, after: ${list}, deny: tool:task:create }]`,
        [
          { tool: "task", expect: "permit" },
          { tool: "read", expect: "permit" },
          { tool: "task", expect: "history_forbids" },
        ],
      ],
    ),
    [
      "same: only what is about the same thing",
      "rules: [{ id: s, after: tool:crm:read, deny: tool:crm:write, same: args.customer }]",
      [
        { tool: "read", args: { customer: "a" }, expect: "permit" },
        { tool: "write", args: { customer: "b" }, expect: "permit" },
        { tool: "write", args: { customer: "a" }, expect: "history_forbids" },
        { tool: "write", args: { customer: ["a"] }, expect: "permit" },
        { tool: "write", args: {}, expect: "history_forbids" },
      ],
    ],
    [
      "D3: same: what is about nobody knows what is about everything",
      "rules: [{ id: s, after: tool:crm:read, deny: tool:crm:write, same: args.customer }]",
      [
        { tool: "read", args: {}, expect: "permit" },
        { tool: "write", args: { customer: "b" }, expect: "history_forbids" },
      ],
    ],
    [
      "require approval instead of a denial",
      "rules: [{ id: a, after: tool:crm:read, on: tool:crm:write, require: approval }]",
      [
        { tool: "write", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "approval_required" },
      ],
    ],
    [
      "when: only where its condition holds, or is unknown",
      'rules: [{ id: w, after: tool:crm:read, deny: tool:crm:write, when: args.field == "email" }]',
      [
        { tool: "read", expect: "permit" },
        { tool: "write", args: { field: "phone" }, expect: "permit" },
        { tool: "write", args: { field: "email" }, expect: "history_forbids" },
        { tool: "write", args: {}, expect: "history_forbids" },
      ],
    ],
    [
      "patterns cover what they say",
      'rules: [{ id: p, after: "tool:crm:*", deny: ["tool:email:**", tool:task:create] }]',
      [
        { tool: "lookup", expect: "permit" },
        { tool: "inside", expect: "permit" },
        { tool: "write", expect: "permit" },
        { tool: "inside", expect: "history_forbids" },
        { tool: "task", expect: "history_forbids" },
      ],
    ],
  ])("%s", async (_promise, policy, steps) => {
    expect(await play(policy, steps)).toEqual(steps.map((step) => step.expect));
  });

  it("S3: of two calls of one step, issued together, the one that is decided first counts for the other", async () => {
    const policy = parsePolicy(`${tools}${rule()}`);
    const authorizer = createAuthorizer({ policy });
    const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
    const ran: string[] = [];
    const call = (tool: string) => authorizer.run({ tool, arguments: {} }, context, () => ran.push(tool));
    const [read, mail] = await Promise.all([call("read"), call("mail")]);
    expect([read.executed, mail.executed]).toEqual([true, false]);
    expect(ran).toEqual(["read"]);
  });
});

describe("together", () => {
  const rule = "rules: [{ id: rmc, together: [tool:crm:read, tool:crm:write, tool:task:create] }]";

  it.each<[string, string, readonly Step[]]>([
    [
      "the call that would complete the combination is denied, in whichever order",
      rule,
      [
        { tool: "task", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "history_forbids" },
        { tool: "mail", expect: "permit" },
      ],
    ],
    [
      "it needs approval where the rule says so",
      rule.replace("] }]", "], require: approval }]"),
      [
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "permit" },
        { tool: "task", expect: "approval_required" },
      ],
    ],
    [
      "within: what is longer ago does not count",
      rule.replace("] }]", "], within: 10m }]"),
      [
        { tool: "read", expect: "permit" },
        { tool: "write", later: 11 * minutes, expect: "permit" },
        { tool: "task", expect: "permit" },
        { tool: "read", expect: "history_forbids" },
      ],
    ],
    [
      "same: about one thing",
      "rules: [{ id: t, together: [tool:crm:read, tool:crm:write], same: args.id }]",
      [
        { tool: "read", args: { id: 1 }, expect: "permit" },
        { tool: "write", args: { id: 2 }, expect: "permit" },
        { tool: "write", args: { id: 1 }, expect: "history_forbids" },
        { tool: "write", args: {}, expect: "history_forbids" },
      ],
    ],
  ])("%s", async (_promise, policy, steps) => {
    expect(await play(policy, steps)).toEqual(steps.map((step) => step.expect));
  });
});

describe("before", () => {
  const rule = (more = "") =>
    `rules: [{ id: look-first, before: tool:refund:issue, require: tool:order:lookup${more} }]`;

  it.each<[string, string, readonly Step[]]>([
    [
      "what is required must have succeeded",
      rule(),
      [
        { tool: "refund", expect: "history_requires" },
        { tool: "lookup", fails: true, expect: "permit" },
        { tool: "refund", expect: "history_requires" },
        { tool: "lookup", expect: "permit" },
        { tool: "refund", expect: "permit" },
      ],
    ],
    [
      "within: not too long ago",
      rule(", within: 10m"),
      [
        { tool: "lookup", expect: "permit" },
        { tool: "refund", later: 10 * minutes, expect: "permit" },
        { tool: "refund", later: 1, expect: "history_requires" },
      ],
    ],
    [
      "same: about the same thing",
      rule(", same: args.order_id"),
      [
        { tool: "lookup", args: { order_id: "A" }, expect: "permit" },
        { tool: "refund", args: { order_id: "B" }, expect: "history_requires" },
        { tool: "refund", args: {}, expect: "history_requires" },
        { tool: "refund", args: { order_id: "A" }, expect: "permit" },
      ],
    ],
    [
      "same: a success about nothing known satisfies nothing",
      rule(", same: args.order_id"),
      [
        { tool: "lookup", args: {}, expect: "permit" },
        { tool: "refund", args: {}, expect: "history_requires" },
        { tool: "refund", args: { order_id: "A" }, expect: "history_requires" },
      ],
    ],
    [
      "another session's success counts for no other",
      rule(),
      [
        { tool: "lookup", as: other, expect: "permit" },
        { tool: "refund", expect: "history_requires" },
      ],
    ],
  ])("%s", async (_promise, policy, steps) => {
    expect(await play(policy, steps)).toEqual(steps.map((step) => step.expect));
  });

  it("a success counts only once the call has ended", async () => {
    const authorizer = createAuthorizer({ policy: parsePolicy(tools + rule()) });
    const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
    const { promise, resolve } = Promise.withResolvers<void>();
    const looking = authorizer.run({ tool: "lookup", arguments: {} }, context, () => promise);
    const refund = () => authorizer.run({ tool: "refund", arguments: {} }, context, () => "done");
    expect(await refund()).toMatchObject({ executed: false, decision: { code: "history_requires" } });
    resolve();
    await looking;
    expect(await refund()).toMatchObject({ executed: true });
  });
});

describe("limits", () => {
  it.each<[string, string, readonly Step[]]>([
    [
      "B11: at most so many in any interval, to the millisecond",
      "limits: [{ per: user, max: 2, window: 1m }]",
      [
        { tool: "read", expect: "permit" },
        { tool: "read", later: 30_000, expect: "permit" },
        { tool: "read", later: 29_999, expect: "rate_limited" },
        { tool: "read", later: 1, expect: "permit" },
        { tool: "read", later: 29_999, expect: "rate_limited" },
        { tool: "read", later: 1, expect: "permit" },
      ],
    ],
    [
      "B10: another session restores nothing",
      "limits: [{ per: user, max: 1, window: 1m }]",
      [
        { tool: "read", expect: "permit" },
        { tool: "read", as: other, expect: "rate_limited" },
        { tool: "read", user: "v", expect: "permit" },
      ],
    ],
    [
      "only calls of its scope count",
      'limits: [{ per: session, scope: "tool:email:**", max: 1, window: 1m }]',
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "inside", expect: "rate_limited" },
      ],
    ],
    [
      "per user and tool: each tool by itself",
      "limits: [{ per: [user, tool], max: 1, window: 1m }]",
      [
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "permit" },
        { tool: "read", expect: "rate_limited" },
      ],
    ],
    [
      "E6: a denied call uses up nothing",
      "limits: [{ per: user, max: 1, window: 1m }]\nusers: [{ user: u, deny: [tool:crm:write] }]",
      [
        { tool: "write", expect: "forbidden" },
        { tool: "write", expect: "forbidden" },
        { tool: "read", expect: "permit" },
      ],
    ],
    [
      "B8: a clock that moves back opens nothing",
      "limits: [{ per: user, max: 1, window: 1m }]",
      [
        { tool: "read", expect: "permit" },
        { tool: "read", later: -3_600_000, expect: "rate_limited" },
        { tool: "read", later: 3_600_000 + 59_999, expect: "rate_limited" },
        { tool: "read", later: 1, expect: "permit" },
      ],
    ],
  ])("%s", async (_promise, policy, steps) => {
    expect(await play(policy, steps)).toEqual(steps.map((step) => step.expect));
  });

  it("says when to try again", async () => {
    let now = 0;
    const policy = parsePolicy(`${tools}limits: [{ per: user, max: 1, window: 1m }]`);
    const authorizer = createAuthorizer({ policy, clock: () => now });
    const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
    const ask = () => authorizer.authorize({ tool: "read", arguments: {} }, context);
    await ask();
    now = 18_500;
    expect(await ask()).toMatchObject({
      code: "rate_limited",
      reason: "at most 1 of these calls in 1m",
      retryable: true,
      retryAfter: 42,
    });
  });

  it("concurrent: only so many at once, free again whatever becomes of them", async () => {
    const policy = parsePolicy(`${tools}limits: [{ per: user, concurrent: 2 }]`);
    const authorizer = createAuthorizer({ policy });
    const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
    const ends: (() => void)[] = [];
    const start = () =>
      authorizer.run(
        { tool: "read", arguments: {} },
        context,
        () => new Promise<void>((resolve) => ends.push(resolve)),
      );
    const first = start();
    const second = start();
    expect(await start()).toMatchObject({ executed: false, decision: { code: "rate_limited" } });
    ends[0]?.();
    await first;
    const third = start();
    expect(await start()).toMatchObject({ executed: false });
    ends[1]?.();
    ends[2]?.();
    expect(await Promise.all([second, third])).toMatchObject([{ executed: true }, { executed: true }]);
  });
});

describe("a session that runs away is suspended", () => {
  it.each<[string, string, readonly Step[]]>([
    [
      "by the same call too often",
      "runaway: { identical: { max: 2, window: 1m }, cooldown: 5m }",
      [
        { tool: "read", args: { q: 1 }, expect: "permit" },
        { tool: "read", args: { q: 1 }, expect: "permit" },
        { tool: "read", args: { q: 2 }, expect: "permit" },
        { tool: "read", args: { q: 1 }, expect: "runaway" },
        { tool: "read", args: { q: 3 }, expect: "suspended" },
        { tool: "read", as: other, expect: "permit" },
        { tool: "read", args: { q: 1 }, later: 5 * minutes, expect: "permit" },
      ],
    ],
    [
      "by failures in a row",
      "runaway: { failures: 2, cooldown: 5m }",
      [
        { tool: "read", fails: true, expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "read", fails: true, expect: "permit" },
        { tool: "read", fails: true, expect: "permit" },
        { tool: "read", expect: "runaway" },
        { tool: "read", expect: "suspended" },
        { tool: "read", later: 5 * minutes, expect: "permit" },
      ],
    ],
    [
      "by denials in a row",
      "runaway: { denials: 2 }\nusers: [{ user: u, deny: [tool:crm:write] }]",
      [
        { tool: "write", expect: "forbidden" },
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "forbidden" },
        { tool: "write", expect: "forbidden" },
        { tool: "read", expect: "runaway" },
        { tool: "read", expect: "suspended" },
      ],
    ],
    [
      "by going round in a circle",
      "runaway: { cycles: 3 }",
      [
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "permit" },
        { tool: "read", expect: "permit" },
        { tool: "write", expect: "runaway" },
        { tool: "task", expect: "suspended" },
      ],
    ],
  ])("%s", async (_promise, policy, steps) => {
    expect(await play(policy, steps)).toEqual(steps.map((step) => step.expect));
  });
});

describe("budgets", () => {
  it.each<[string, string, readonly Step[]]>([
    [
      "of a scope charge only its calls",
      'budgets: [{ per: user, scope: "tool:email:**", limit: "0" }]',
      [
        { tool: "read", expect: "permit" },
        { tool: "mail", expect: "permit" },
      ],
    ],
  ])("%s", async (_promise, policy, steps) => {
    expect(await play(policy, steps)).toEqual(steps.map((step) => step.expect));
  });

  const priced = (window: string) => `
tools: { buy: { scope: tool:buy, cost: 1 } }
policies: [{ role: r, allow: ["tool:**"] }]
budgets: [{ per: user, limit: "2", ${window} }]`;

  it.each<[string, string, readonly (readonly [later: number, expected: string])[]]>([
    [
      "rolling: the last hour counts",
      "rolling: 1h",
      [
        [0, "permit"],
        [30 * minutes, "permit"],
        [29 * minutes, "budget_exhausted"],
        [2 * minutes, "permit"],
        [0, "budget_exhausted"],
      ],
    ],
    [
      "an hour of the calendar begins anew",
      "window: hour",
      [
        [0, "permit"],
        [30 * minutes, "permit"],
        [29 * minutes, "budget_exhausted"],
        [1 * minutes, "permit"],
      ],
    ],
    [
      "a month of the calendar begins anew",
      "window: month",
      [
        [0, "permit"],
        [0, "permit"],
        [30 * 24 * 60 * minutes, "budget_exhausted"],
        [24 * 60 * minutes, "permit"],
      ],
    ],
    [
      "a lifetime never does",
      "window: lifetime",
      [
        [0, "permit"],
        [0, "permit"],
        [400 * 24 * 60 * minutes, "budget_exhausted"],
      ],
    ],
  ])("%s", async (_promise, window, steps) => {
    let now = Date.UTC(2026, 0, 1);
    const authorizer = createAuthorizer({ policy: parsePolicy(priced(window)), clock: () => now });
    const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
    for (const [later, expected] of steps) {
      now += later;
      const result = await authorizer.run({ tool: "buy", arguments: {} }, context, () => "done");
      expect(result.executed ? "permit" : result.decision.code).toBe(expected);
    }
  });
});
