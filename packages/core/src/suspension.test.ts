import { describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit/audit-record.ts";
import type { AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import type { Plan } from "./state/plan.ts";
import { type StateStore, StateStoreError } from "./state/state-store.ts";
import type { Suspended } from "./suspension.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(
  'policies: [{ role: r, allow: [tool:x] }]\nbudgets: [{ per: user, limit: "10", alerts: [50, 80, 100] }]',
);
const context: CallContext = {
  subject: { id: "u", issuer: "https://id", tenant: "acme", roles: ["r"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s",
};
const make = (options: Partial<AuthorizerOptions> = {}) => createAuthorizer({ policy, ...options });
const call = { tool: "x", arguments: {} };
const codeOf = async (authorizer: ReturnType<typeof make>, who = context) => {
  const decision = await authorizer.authorize(call, who);
  return decision.allowed ? "permit" : decision.code;
};

/** A store that can be taken down. */
function breakable(): StateStore & { down: boolean } {
  const store = createMemoryStore();
  return {
    down: false,
    apply(plan) {
      return this.down ? Promise.reject(new Error("connection refused")) : store.apply(plan);
    },
  };
}

describe("R7: what somebody has stopped does not run", () => {
  const targets: readonly [string, Suspended][] = [
    ["tenant", { kind: "tenant", tenant: "acme" }],
    ["agent", { kind: "agent", tenant: "acme", id: "bot" }],
    ["user", { kind: "user", tenant: "acme", issuer: "https://id", id: "u" }],
    ["session", { kind: "session", tenant: "acme", issuer: "https://id", user: "u", id: "s" }],
  ];

  it.each(targets)("a suspended %s, in every process over the store, until it is resumed", async (_kind, target) => {
    const store = createMemoryStore();
    const [here, there] = [make({ store }), make({ store })];
    expect(await codeOf(there)).toBe("permit");
    await here.suspend(target);
    expect(await codeOf(here)).toBe("suspended");
    expect(await codeOf(there)).toBe("suspended");
    await there.resume(target);
    expect(await codeOf(here)).toBe("permit");
  });

  it.each<[string, Suspended]>([
    ["another tenant", { kind: "tenant", tenant: "" }],
    ["another tenant's user", { kind: "user", issuer: "https://id", id: "u" }],
    ["another issuer's user", { kind: "user", tenant: "acme", id: "u" }],
    ["another user's session", { kind: "session", tenant: "acme", issuer: "https://id", user: "v", id: "s" }],
    ["another agent", { kind: "agent", tenant: "acme", id: "bot2" }],
  ])("%s stops nobody else", async (_who, target) => {
    const authorizer = make();
    await authorizer.suspend(target);
    expect(await codeOf(authorizer)).toBe("permit");
  });

  it("ends by itself at its moment, and says when", async () => {
    let now = 1_000_000;
    const authorizer = make({ clock: () => now });
    await authorizer.suspend({ kind: "tenant", tenant: "acme" }, now + 60_000);
    expect(await authorizer.authorize(call, context)).toMatchObject({ code: "suspended", retryAfter: 60 });
    now += 60_000;
    expect(await codeOf(authorizer)).toBe("permit");
  });

  it("holds in this process although the store cannot be told, and after it has come back", async () => {
    const store = breakable();
    const authorizer = make({ store });
    store.down = true;
    await expect(authorizer.suspend({ kind: "tenant", tenant: "acme" })).rejects.toThrow("connection refused");
    expect(await codeOf(authorizer)).toBe("suspended");
    store.down = false;
    expect(await codeOf(authorizer)).toBe("suspended");
    await authorizer.resume({ kind: "tenant", tenant: "acme" });
    expect(await codeOf(authorizer)).toBe("permit");
  });

  it("is never shortened by another suspension, also while the store is down", async () => {
    const store = breakable();
    store.down = true;
    let now = 0;
    const asked = make({ store, clock: () => now });
    const target = { kind: "user", tenant: "acme", issuer: "https://id", id: "u" } as const;
    for (const until of [10_000, 1_000]) await asked.suspend(target, until).catch(() => {});
    now = 1_000;
    store.down = false;
    expect(await codeOf(asked)).toBe("suspended");
  });

  it("holds while the store is down, also where the policy then lets calls run", async () => {
    const store = breakable();
    const open = parsePolicy("policies: [{ role: r, allow: [tool:x] }]\nfail: open");
    const [here, there] = [make({ store, policy: open }), make({ store, policy: open })];
    await here.suspend({ kind: "user", tenant: "acme", issuer: "https://id", id: "u" });
    expect(await codeOf(there)).toBe("suspended");
    store.down = true;
    expect(await codeOf(here)).toBe("suspended");
    expect(await codeOf(there)).toBe("suspended");
  });

  it("a session that ran away stays stopped while the store is down, also where the policy then lets calls run", async () => {
    const store = breakable();
    const text = "policies: [{ role: r, allow: [tool:x] }]\nfail: open\nrunaway: { identical: { max: 1, window: 1m } }";
    const authorizer = make({ store, policy: parsePolicy(text) });
    expect([await codeOf(authorizer), await codeOf(authorizer)]).toEqual(["permit", "runaway"]);
    store.down = true;
    expect(await codeOf(authorizer)).toBe("suspended");
  });

  it("a session that ran away is stopped although the store could not be told", async () => {
    const store = breakable();
    const throwing = {
      apply: (plan: Plan) => {
        store.down = plan.effects.some(({ kind }) => kind === "throw");
        return store.apply(plan);
      },
    };
    const text = "policies: [{ role: r, allow: [tool:x] }]\nrunaway: { identical: { max: 1, window: 1m } }";
    const authorizer = make({ store: throwing, policy: parsePolicy(text) });
    const other = { tool: "x", arguments: { other: true } };
    expect([await codeOf(authorizer), await codeOf(authorizer)]).toEqual(["permit", "runaway"]);
    expect(await authorizer.authorize(other, context)).toMatchObject({ code: "suspended" });
  });

  it.each(targets)("a permit from before the suspension of its %s starts no tool after it", async (_kind, target) => {
    const authorizer = make();
    const asked = { ...call, id: "c1" };
    expect(await authorizer.authorize(asked, context)).toMatchObject({ allowed: true });
    await authorizer.suspend(target);
    const outcome = await authorizer.run(asked, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "suspended" } });
    await authorizer.resume(target);
    expect(await authorizer.run(asked, context, () => "done")).toMatchObject({ executed: true });
  });

  it.each(targets)("a permit from before the suspension of its %s is not given again", async (_kind, target) => {
    const authorizer = make();
    const asked = { ...call, id: "c1" };
    const before = await authorizer.authorize(asked, context);
    await authorizer.suspend(target);
    expect(await authorizer.authorize(asked, context)).toMatchObject({ allowed: false, code: "suspended" });
    // Whoever got it first may be running the tool, and says how that ended.
    await authorizer.settle(before.evaluationId, { status: "succeeded" });
  });

  it("a stream from before the suspension starts no tool after it", async () => {
    const authorizer = make();
    const outcome = await authorizer.stream(call, context, () => expect.unreachable());
    if (!outcome.executed) return expect.unreachable();
    await authorizer.suspend({ kind: "tenant", tenant: "acme" });
    await expect(outcome.stream.next()).rejects.toMatchObject({ decision: { code: "suspended" } });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    "a suspension until %d ends only when it is resumed",
    async (until) => {
      const authorizer = make();
      await authorizer.suspend({ kind: "tenant", tenant: "acme" });
      await authorizer.suspend({ kind: "tenant", tenant: "acme" }, until);
      expect(await codeOf(authorizer)).toBe("suspended");
    },
  );

  it("is recorded, and so is its end", async () => {
    const records: AuditRecord[] = [];
    const authorizer = make({ audit: { append: async (record) => void records.push(record) } });
    const target = { kind: "agent", tenant: "acme", id: "bot" } as const;
    await authorizer.suspend(target);
    await authorizer.resume(target);
    expect(records).toMatchObject([
      { type: "suspension", action: "suspend", kind: "agent", tenant: "acme", id: "bot", until: null },
      { type: "suspension", action: "resume", kind: "agent" },
    ]);
  });

  it("happens although it cannot be recorded, and says so", async () => {
    const authorizer = make({ audit: { append: () => Promise.reject(new Error("disk full")) } });
    await expect(authorizer.suspend({ kind: "tenant", tenant: "acme" })).rejects.toThrow("disk full");
    expect(await codeOf(authorizer)).toBe("suspended");
  });
});

describe("D3: fail: open, while the store is down, lets no call run that a rule over history concerns", () => {
  it.each([
    ["one that the rule has to remember", "{ id: a, after: tool:x, deny: tool:y }"],
    [
      "one that the rule has to remember if its condition holds for the other",
      "{ id: a, after: tool:x, deny: tool:y, when: has(args.z) }",
    ],
    ["a later step of a list", "{ id: a, after: [tool:z, tool:x], deny: tool:y }"],
    [
      "one of a combination that does not count for it",
      '{ id: a, together: [tool:x, tool:y], when: "args.q == 1 && has(args.q)" }',
    ],
    ["one that another has to wait for", "{ id: a, before: tool:y, require: tool:x }"],
    ["one that the rule forbids", "{ id: a, after: tool:y, deny: tool:x }"],
  ])("%s", async (_which, rule) => {
    const store = breakable();
    const open = parsePolicy(`policies: [{ role: r, allow: ["tool:*"] }]\nfail: open\nrules: [${rule}]`);
    const authorizer = make({ store, policy: open });
    store.down = true;
    expect(await codeOf(authorizer)).toBe("unavailable");
    expect((await authorizer.authorize({ tool: "w", arguments: {} }, context)).allowed).toBe(true);
    store.down = false;
    expect(await codeOf(authorizer)).toBe("permit");
  });
});

describe("S1: state that was lost is noticed", () => {
  it("another epoch denies everything until somebody accepts it", async () => {
    let store = createMemoryStore({ epoch: "first" });
    const authorizer = make({ store: { apply: (plan) => store.apply(plan) } });
    expect(await codeOf(authorizer)).toBe("permit");
    store = createMemoryStore({ epoch: "second" });
    expect(await codeOf(authorizer)).toBe("state_lost");
    expect(await codeOf(authorizer)).toBe("state_lost");
    authorizer.acceptLostState();
    expect(await codeOf(authorizer)).toBe("permit");
  });

  it("an epoch other than the expected one denies from the first call on", async () => {
    const store = createMemoryStore({ epoch: "second" });
    expect(await codeOf(make({ store, stateEpoch: "first" }))).toBe("state_lost");
    expect(await codeOf(make({ store, stateEpoch: "second" }))).toBe("permit");
  });

  it("a store that says so itself denies, also under fail: open", async () => {
    const open = parsePolicy("policies: [{ role: r, allow: [tool:x] }]\nfail: open");
    const store = { apply: () => Promise.reject(new StateStoreError("state_lost", "the record is gone")) };
    expect(await codeOf(make({ store }))).toBe("state_lost");
    expect(await codeOf(make({ store, policy: open }))).toBe("state_lost");
  });

  it("fail: open does not open it", async () => {
    const open = parsePolicy("policies: [{ role: r, allow: [tool:x] }]\nfail: open");
    expect(await codeOf(make({ policy: open, stateEpoch: "first" }))).toBe("state_lost");
  });

  it.each([
    { held: true, observed: [] },
    { held: true, observed: [], epoch: 7 },
    { held: true, observed: [], epoch: "" },
  ])("a store that does not name its epoch permits nothing: %j", async (answer) => {
    // A store of somebody's, which need not keep to its type.
    const store = { apply: () => answer } as unknown as StateStore;
    expect(await codeOf(make({ store }))).toBe("unavailable");
  });
});

describe("what happens to budgets and sessions is told", () => {
  it("each share of a budget once, as it is reached", async () => {
    const told: unknown[] = [];
    const priced = parsePolicy(`
tools: { x: { scope: tool:x, cost: 3 } }
policies: [{ role: r, allow: [tool:x] }]
budgets: [{ per: user, limit: "10", alerts: [25, 50, 90] }]`);
    const authorizer = make({ policy: priced, onEvent: (event) => told.push(event) });
    for (let times = 0; times < 5; times += 1) await authorizer.run(call, context, () => "done");
    expect(told).toMatchObject([
      { type: "budget_alert", share: 25, spent: 3_000_000, limit: 10_000_000, subject: "u", tenant: "acme" },
      { type: "budget_alert", share: 50, spent: 6_000_000 },
      { type: "budget_alert", share: 90, spent: 9_000_000 },
    ]);
  });

  it("a session that is suspended, with why; a listener that throws changes nothing", async () => {
    const running = parsePolicy(
      "policies: [{ role: r, allow: [tool:x] }]\nrunaway: { identical: { max: 1, window: 1m } }",
    );
    const told: unknown[] = [];
    const faults: unknown[] = [];
    const authorizer = make({
      policy: running,
      onFault: (fault) => faults.push(fault),
      onEvent: (event) => {
        told.push(event);
        throw new Error("listener");
      },
    });
    expect(await codeOf(authorizer)).toBe("permit");
    expect(await codeOf(authorizer)).toBe("runaway");
    expect(told).toMatchObject([{ type: "session_suspended", sign: "identical", session: "s" }]);
    expect(faults).toHaveLength(1);
  });
});

describe("whether people have stopped calls", () => {
  const session = { kind: "session", tenant: "acme", issuer: "https://id", user: "u", id: "s" } as const;
  const running = parsePolicy(
    "policies: [{ role: r, allow: [tool:x] }]\nrunaway: { identical: { max: 1, window: 1m } }",
  );

  it.each<[string, Suspended]>([
    ["tenant", { kind: "tenant", tenant: "acme" }],
    ["agent", { kind: "agent", tenant: "acme", id: "bot" }],
    ["user", { kind: "user", tenant: "acme", issuer: "https://id", id: "u" }],
    ["session", session],
  ])("is known of a %s in every process over the store, until they may go on", async (_kind, target) => {
    const store = createMemoryStore();
    const [here, there] = [make({ store }), make({ store })];
    const answers = async () => [await here.isSuspended(context), await there.isSuspended(context)];
    expect(await answers()).toEqual([false, false]);
    await here.suspend(target);
    expect(await answers()).toEqual([true, true]);
    expect(await there.isSuspended({ ...context, subject: { ...context.subject, tenant: "other" } })).toBe(false);
    await here.resume(target);
    expect(await answers()).toEqual([false, false]);
  });

  it("is not the case where only a sign of a runaway has, whether before or after them", async () => {
    const store = createMemoryStore();
    const authorizer = make({ policy: running, store });
    await codeOf(authorizer);
    expect(await codeOf(authorizer)).toBe("runaway");
    expect(await codeOf(authorizer)).toBe("suspended");
    for (const process of [authorizer, make({ store })]) expect(await process.isSuspended(context)).toBe(false);
    await make({ store }).suspend(session);
    expect(await authorizer.isSuspended(context)).toBe(true);
  });

  it("is the case where it cannot be found out, and holds here while the store is down", async () => {
    const broken = make({ clock: () => Number.NaN });
    expect(await broken.isSuspended(context)).toBe(true);
    const store = breakable();
    const [here, there] = [make({ store }), make({ store })];
    await here.suspend(session);
    expect(await codeOf(there)).toBe("suspended");
    store.down = true;
    expect([await here.isSuspended(context), await there.isSuspended(context)]).toEqual([true, true]);
  });

  it("of nobody knows whom: where they have stopped everything, or anybody", async () => {
    const authorizer = make();
    expect(await authorizer.isSuspended(undefined)).toBe(false);
    await authorizer.suspend({ kind: "everything" });
    expect(await authorizer.isSuspended(undefined)).toBe(true);
    await authorizer.resume({ kind: "everything" });
    await authorizer.suspend(session);
    expect(await authorizer.isSuspended(undefined)).toBe(true);
    await authorizer.resume(session);
    expect(await authorizer.isSuspended(undefined)).toBe(false);
    const listed = make({ suspensions: { current: [{ kind: "agent", id: "another" }] } });
    expect([await listed.isSuspended(undefined), await listed.isSuspended(context)]).toEqual([true, false]);
  });
});
