import { describe, expect, it } from "vitest";
import type { AuditLog, AuditRecord } from "./audit/audit-record.ts";
import type { Authorizer, AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { Policy } from "./policy/policy.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import { type StateStore, StateStoreError } from "./state/state-store.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.02 }
  write: { scope: tool:crm:write }
  both: { scope: [tool:crm:read, tool:crm:write] }
policies:
  - role: rep
    allow: [tool:crm:read]
    deny: [tool:crm:write]
budgets: [{ per: user, limit: "0.05", window: day }]
`);
const context: CallContext = {
  subject: { id: "auth0|1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const read = { tool: "read", arguments: { quarter: "Q1" } };
const secret = "postgres://admin:hunter2@db";

interface Recording extends AuditLog {
  readonly records: AuditRecord[];
}

function recording(): Recording {
  const records: AuditRecord[] = [];
  return { records, append: async (record) => void records.push(record) };
}

function authorizer(options: Partial<AuthorizerOptions> = {}): Authorizer {
  return createAuthorizer({ policy, clock: () => Date.UTC(2026, 0, 1), ...options });
}

const never = () => new Promise<never>(() => {});

describe("run", () => {
  it("executes a permitted call once and returns its result with the permit", async () => {
    const audit = recording();
    let executions = 0;
    const outcome = await authorizer({ audit }).run({ ...read, id: "c1" }, context, (args) => {
      executions += 1;
      return { args, recordedBefore: audit.records.length };
    });
    expect(outcome).toMatchObject({
      executed: true,
      decision: {
        allowed: true,
        reason: "role:rep allowed tool:crm:read",
        scopes: ["tool:crm:read"],
        cost: "0.02",
        logged: true,
      },
      // E1: the permit was on record when the tool started.
      result: { args: { quarter: "Q1" }, recordedBefore: 1 },
    });
    expect(executions).toBe(1);
    expect(audit.records).toMatchObject([
      {
        type: "decision",
        decision: "permit",
        code: null,
        tool: "read",
        callId: "c1",
        subject: "auth0|1",
        session: "s1",
        cost: "0.02",
      },
      { type: "outcome", status: "succeeded", cost: "0.02", evaluationId: outcome.decision.evaluationId },
    ]);
  });

  it("L6: keeps argument values out of the audit log", async () => {
    const audit = recording();
    await authorizer({ audit }).run({ tool: "read", arguments: { password: secret } }, context, () => secret);
    expect(JSON.stringify(audit.records)).not.toContain("hunter2");
    expect(audit.records[0]).toMatchObject({ argumentsDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  });

  it.each([
    ["a denied scope", { tool: "write", arguments: {} }, context, "forbidden", "role:rep denied tool:crm:write"],
    [
      "one denied scope of two",
      { tool: "both", arguments: {} },
      context,
      "forbidden",
      "role:rep denied tool:crm:write",
    ],
    [
      "a tool that the policy does not know",
      { tool: "constructor", arguments: {} },
      context,
      "unknown_tool",
      "the policy does not know this tool",
    ],
    [
      "a tool in another case",
      { tool: "Read", arguments: {} },
      context,
      "unknown_tool",
      "the policy does not know this tool",
    ],
    ["no context", read, undefined, "unauthenticated", "it is not known who is asking"],
    ["no session", read, { ...context, session: "" }, "unauthenticated", "it is not known who is asking"],
    [
      "no subject id",
      read,
      { ...context, subject: { ...context.subject, id: "" } },
      "unauthenticated",
      "it is not known who is asking",
    ],
    ["no actor", read, { ...context, actor: undefined }, "unauthenticated", "it is not known who is asking"],
    [
      "no scopes",
      read,
      { ...context, subject: { id: "u", roles: ["rep"] } },
      "unauthenticated",
      "it is not known who is asking",
    ],
    [
      "roles as one text",
      read,
      { ...context, subject: { ...context.subject, roles: "rep" } },
      "unauthenticated",
      "it is not known who is asking",
    ],
    [
      "arguments that are not JSON",
      { tool: "read", arguments: { when: new Date(0) } },
      context,
      "invalid_arguments",
      "the arguments are not acceptable JSON",
    ],
    ["no arguments", { tool: "read" }, context, "invalid_arguments", "the arguments are not acceptable JSON"],
    [
      "an id that is not a text",
      { ...read, id: 7 },
      context,
      "invalid_arguments",
      "the arguments are not acceptable JSON",
    ],
    ["no call", undefined, context, "unauthenticated", "it is not known who is asking"],
  ])("E6: %s is denied, not executed and charged nothing", async (_name, call, from, code, reason) => {
    const audit = recording();
    const asked = authorizer({ audit });
    // What plain JavaScript, or a framework, may hand over in spite of the types.
    const outcome = await asked.run(call as typeof read, from as CallContext, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { allowed: false, code, reason, logged: true } });
    expect(audit.records).toMatchObject([{ type: "decision", decision: "deny", code, reason }]);
    expect(
      (await Promise.all([asked.run(read, context, () => 1), asked.run(read, context, () => 1)])).every(
        (one) => one.executed,
      ),
    ).toBe(true);
  });

  it("denies everything without a policy, and says so", async () => {
    const outcome = await authorizer({ policy: undefined }).run(read, context, () => expect.unreachable());
    expect(outcome.decision).toMatchObject({
      code: "unavailable",
      reason: "no policy is loaded, so nothing is allowed",
    });
  });

  it("E2: executes with the arguments that were judged, whatever becomes of the caller's object", async () => {
    const args = { to: ["vp@acme.example"] };
    const audit: AuditLog = { append: async () => void args.to.push("stranger@evil.example") };
    const outcome = await authorizer({ audit }).run({ tool: "read", arguments: args }, context, (judged) => judged);
    expect(outcome).toMatchObject({ executed: true, result: { to: ["vp@acme.example"] } });
  });

  it("passes on what the tool threw, charges for it and records it", async () => {
    const audit = recording();
    const fault = new Error("the tool's own");
    await expect(authorizer({ audit }).run(read, context, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(audit.records.at(-1)).toMatchObject({ type: "outcome", status: "failed", cost: "0.02" });
  });

  it("does not start a call that was aborted while it was decided, and gives its reservation back", async () => {
    const audit = recording();
    const asked = authorizer({ audit });
    for (let times = 0; times < 5; times += 1) {
      const outcome = await asked.run(read, { ...context, signal: { aborted: true } }, () => expect.unreachable());
      expect(outcome).toMatchObject({ executed: false, decision: { code: "indeterminate" } });
    }
    expect(audit.records.filter((record) => record.type === "outcome")).toHaveLength(5);
    expect((await asked.run(read, context, () => 1)).executed).toBe(true);
  });
});

describe("budgets", () => {
  it("B1: of a hundred parallel calls exactly as many run as the budget covers", async () => {
    const asked = authorizer();
    let executions = 0;
    const tool = async () => {
      executions += 1;
      await Promise.resolve();
    };
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => asked.run(read, context, tool)));
    expect(executions).toBe(2);
    expect(outcomes.find((one) => !one.executed)?.decision).toMatchObject({
      code: "budget_exhausted",
      reason: "daily budget exceeded (0.04 + 0.02 > 0.05)",
      rule: "user day",
      retryable: true,
    });
  });

  it.each([
    ["another session", { ...context, session: "s2" }, false],
    ["another agent", { ...context, actor: { id: "other" } }, false],
    ["another user", { ...context, subject: { ...context.subject, id: "auth0|2" } }, true],
    ["the same id of another issuer", { ...context, subject: { ...context.subject, issuer: "https://other" } }, true],
    ["the same id in another tenant", { ...context, subject: { ...context.subject, tenant: "other" } }, true],
  ])("B9, B10: %s has a budget of its own: see the table", async (_name, from, fresh) => {
    const asked = authorizer();
    for (let times = 0; times < 2; times += 1) await asked.run(read, context, () => 1);
    expect((await asked.run(read, from, () => 1)).executed).toBe(fresh);
  });

  it("starts again on the next day of the policy's time zone", async () => {
    let now = Date.parse("2026-03-08T04:59:59Z");
    const asked = authorizer({ policy: { ...policy, timezone: "America/New_York" }, clock: () => now });
    const runs = async () => (await asked.run(read, context, () => 1)).executed;
    expect([await runs(), await runs(), await runs()]).toEqual([true, true, false]);
    now = Date.parse("2026-03-08T05:00:00Z");
    expect([await runs(), await runs(), await runs()]).toEqual([true, true, false]);
    // The day on which clocks go forward has 23 hours.
    now = Date.parse("2026-03-09T03:59:59Z");
    expect(await runs()).toBe(false);
    now = Date.parse("2026-03-09T04:00:00Z");
    expect(await runs()).toBe(true);
  });
});

describe("authorize", () => {
  const call = { ...read, id: "c1" };

  it.each([
    ["an id with half of a character", { ...call, id: "\ud83d" }, "invalid_arguments"],
    ["a tool's name with half of a character", { ...call, tool: "\ud83d" }, "unknown_tool"],
    ["a tool's name that is cut within a character", { ...call, tool: `${"a".repeat(255)}\u{1f600}` }, "unknown_tool"],
  ])("D3: %s is denied, and not an error, also while permits are open", async (_name, hostile, code) => {
    const audit = recording();
    const asked = authorizer({ audit });
    await asked.authorize(call, context);
    expect(await asked.authorize(hostile, context)).toMatchObject({ allowed: false, code, logged: true });
    const outcome = await asked.run(hostile, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code, logged: true } });
    expect(audit.records).toHaveLength(3);
  });

  it("answers the same request the same and reserves once, also while the first answer is on its way", async () => {
    const asked = authorizer();
    const answers = await Promise.all([
      asked.authorize(call, context),
      asked.authorize(call, context),
      asked.authorize(call, context),
    ]);
    expect(new Set(answers.map((answer) => answer.evaluationId)).size).toBe(1);
    expect((await asked.run(call, context, () => 1)).decision.evaluationId).toBe(answers[0].evaluationId);
    expect((await asked.run(read, context, () => 1)).executed).toBe(true);
    expect((await asked.run(read, context, () => 1)).executed).toBe(false);
  });

  it.each([
    ["other arguments", { ...call, arguments: { quarter: "Q2" } }, context],
    ["another tool", { ...call, tool: "write" }, context],
    ["another session", call, { ...context, session: "s2" }],
    ["fewer scopes", call, { ...context, subject: { ...context.subject, scopes: ["tool:crm:read"] } }],
    ["no call id", read, context],
  ])("is asked anew for %s, for a call id alone names nothing", async (_name, other, from) => {
    const asked = authorizer();
    const first = await asked.authorize(call, context);
    expect((await asked.authorize(other, from)).evaluationId).not.toBe(first.evaluationId);
  });

  it("E3: a permit is good for one run; the next run of the same call is judged and charged again", async () => {
    const asked = authorizer();
    const { evaluationId } = await asked.authorize(call, context);
    const runs = await Promise.all([1, 2, 3].map(() => asked.run(call, context, () => 1)));
    expect(runs.map((one) => one.executed)).toEqual([true, true, false]);
    expect(runs.filter((one) => one.decision.evaluationId === evaluationId)).toHaveLength(1);
  });

  it("is settled by its evaluation id: with the real cost, once", async () => {
    const asked = authorizer();
    const { evaluationId } = await asked.authorize(call, context);
    await asked.settle(evaluationId, { status: "succeeded", cost: "0.05" });
    await asked.settle(evaluationId, { status: "succeeded", cost: "0.05" });
    await expect(asked.settle(evaluationId, { status: "failed" })).rejects.toMatchObject({ code: "already_settled" });
    await expect(asked.settle("unknown", { status: "failed" })).rejects.toMatchObject({ code: "unknown_evaluation" });
    expect((await asked.run(read, context, () => 1)).decision.reason).toBe(
      "daily budget exceeded (0.05 + 0.02 > 0.05)",
    );
  });

  it("B3: a permit that is being run can no longer be settled from outside", async () => {
    const asked = authorizer();
    const { evaluationId } = await asked.authorize(call, context);
    const running = asked.run(call, context, () => 1);
    await expect(asked.settle(evaluationId, { status: "not_started" })).rejects.toMatchObject({
      code: "unknown_evaluation",
    });
    expect((await running).executed).toBe(true);
    expect((await asked.run(read, context, () => 1)).executed).toBe(true);
    expect((await asked.run(read, context, () => 1)).executed).toBe(false);
  });

  it("gives back what never started", async () => {
    const asked = authorizer();
    for (let times = 0; times < 10; times += 1) {
      const { evaluationId } = await asked.authorize({ ...read, id: `c${times}` }, context);
      await asked.settle(evaluationId, { status: "not_started" });
    }
    expect((await asked.run(read, context, () => 1)).executed).toBe(true);
  });

  it.each(["-1", "0.0000001", Number.NaN, "free"])(
    "B4: refuses to settle with the cost %s and keeps the reservation",
    async (cost) => {
      const asked = authorizer();
      const { evaluationId } = await asked.authorize(call, context);
      await expect(asked.settle(evaluationId, { status: "succeeded", cost })).rejects.toMatchObject({
        code: "invalid_cost",
      });
      await asked.settle(evaluationId, { status: "succeeded", cost: "0.01" });
    },
  );

  it("B8: gives no permit again whose lease has ended, also where the clock was put back after an earlier one", async () => {
    let now = 10_000;
    const asked = authorizer({ clock: () => now, lease: 1_000 });
    await asked.authorize({ ...read, id: "c1" }, context);
    now = 0;
    const first = await asked.authorize({ ...read, id: "c2" }, context);
    now = 1_000;
    const again = await asked.authorize({ ...read, id: "c2" }, context);
    expect([first.allowed, again.evaluationId === first.evaluationId]).toEqual([true, false]);
  });

  it("charges in full a permit that nobody ran or settled within its lease, and records that", async () => {
    let now = 0;
    const audit = recording();
    const asked = authorizer({ audit, clock: () => now, lease: 1_000 });
    const first = await asked.authorize(call, context);
    now = 1_000;
    const second = await asked.authorize(call, context);
    expect(second.evaluationId).not.toBe(first.evaluationId);
    expect(audit.records).toContainEqual(
      expect.objectContaining({ status: "expired", evaluationId: first.evaluationId, cost: "0.02" }),
    );
    expect((await asked.run(read, context, () => 1)).executed).toBe(false);
  });

  it("R1: no tenant has so many permits open that none is left for another", async () => {
    const asked = authorizer({ maximumOpenPermits: 10 });
    const opened = async (tenant: string, id: string) => {
      const subject = { ...context.subject, id: `user ${id}`, tenant };
      return (await asked.authorize({ ...read, id }, { ...context, subject })).allowed;
    };
    const first = await Promise.all(Array.from({ length: 10 }, (_, index) => opened("one", `c${index}`)));
    expect(first.filter((allowed) => allowed)).toHaveLength(9);
    expect(await opened("another", "c1")).toBe(true);
  });

  it("R1: denies when too many permits are open, and goes on when one was settled", async () => {
    const asked = authorizer({ maximumOpenPermits: 1 });
    const { evaluationId } = await asked.authorize(call, context);
    expect(await asked.authorize({ ...call, id: "c2" }, context)).toMatchObject({
      code: "unavailable",
      retryable: true,
    });
    await asked.settle(evaluationId, { status: "not_started" });
    expect((await asked.authorize({ ...call, id: "c2" }, context)).allowed).toBe(true);
  });
});

describe("D3, D6: whatever fails, the tool does not start, and no error text reaches the model", () => {
  const failing = (apply: () => unknown): StateStore => ({ apply: apply as StateStore["apply"] });
  it.each<[string, Partial<AuthorizerOptions>, string]>([
    [
      "a store that throws",
      {
        store: failing(() => {
          throw new Error(secret);
        }),
      },
      "unavailable",
    ],
    [
      "a store that rejects",
      { store: failing(() => Promise.reject(new StateStoreError("state_unavailable", secret))) },
      "unavailable",
    ],
    ["a store that hangs", { store: failing(never), deadline: 20 }, "unavailable"],
    ["a store that answers nothing", { store: failing(() => undefined) }, "unavailable"],
    ["a store that answers a truthy text", { store: failing(() => ({ held: "yes", observed: [] })) }, "unavailable"],
    ["a store that answers 1", { store: failing(() => Promise.resolve({ held: 1, observed: [] })) }, "unavailable"],
    [
      "an audit log that throws",
      {
        audit: {
          append: () => {
            throw new Error(secret);
          },
        },
      },
      "unavailable",
    ],
    ["an audit log that rejects", { audit: { append: () => Promise.reject(new Error(secret)) } }, "unavailable"],
    ["an audit log that rejects with nothing", { audit: { append: () => Promise.reject(undefined) } }, "unavailable"],
    ["an audit log that hangs", { audit: { append: never }, deadline: 20 }, "unavailable"],
    [
      "a clock that throws",
      {
        clock: () => {
          throw new Error(secret);
        },
      },
      "indeterminate",
    ],
    ["a clock without a time", { clock: () => Number.NaN }, "indeterminate"],
    [
      "ids that fail",
      {
        newId: () => {
          throw new Error(secret);
        },
      },
      "indeterminate",
    ],
    ["ids that are empty", { newId: () => "" }, "indeterminate"],
    // As plain JavaScript could give it.
    ["ids that are none", { newId: () => undefined as unknown as string }, "indeterminate"],
    [
      "a reference to a policy that throws",
      {
        policy: {
          get current(): Policy {
            throw new Error(secret);
          },
        },
      },
      "indeterminate",
    ],
    // A policy that nobody parsed, as plain JavaScript could pass it.
    ["a broken policy", { policy: { ...policy, roles: undefined } as unknown as Policy }, "indeterminate"],
  ])("%s", async (_name, options, code) => {
    const asked = authorizer(options);
    const outcome = await asked.run({ ...read, id: "c1" }, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { allowed: false, code } });
    expect(outcome.decision.reason).not.toContain("hunter2");
    expect(await asked.authorize({ ...read, id: "c1" }, context)).toMatchObject({ allowed: false, code });
  });

  it("an audit log that fails gives the reservation back, and the next call runs when it works again", async () => {
    let works = false;
    const audit = {
      append: async () => {
        if (!works) throw new Error("disk full");
      },
    };
    const asked = authorizer({ audit });
    for (let times = 0; times < 5; times += 1) {
      expect(await asked.run(read, context, () => expect.unreachable())).toMatchObject({
        executed: false,
        decision: { logged: false },
      });
    }
    works = true;
    expect((await asked.run(read, context, () => 1)).executed).toBe(true);
  });

  it("a reservation that a store makes too late is given back", async () => {
    const memory = createMemoryStore();
    let late = true;
    const waiting: Promise<unknown>[] = [];
    const store: StateStore = {
      apply(plan) {
        if (!late || plan.checks.length === 0) return memory.apply(plan);
        const answer = new Promise<Awaited<ReturnType<StateStore["apply"]>>>((resolve) => {
          setTimeout(() => resolve(memory.apply(plan)), 60);
        });
        waiting.push(answer);
        return answer;
      },
    };
    const asked = authorizer({ store, deadline: 10 });
    await Promise.all([asked.run(read, context, () => 1), asked.run(read, context, () => 1)]);
    await Promise.all(waiting);
    late = false;
    const runs = await Promise.all([asked.run(read, context, () => 1), asked.run(read, context, () => 1)]);
    expect(runs.map((one) => one.executed)).toEqual([true, true]);
  });

  it("a reservation whose answer is lost after the deadline is given back", async () => {
    const memory = createMemoryStore();
    const lost: Promise<unknown>[] = [];
    const store: StateStore = {
      apply(plan) {
        const result = memory.apply(plan);
        if (lost.length === 2 || plan.checks.length === 0) return result;
        const answer = new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error("reset")), 60));
        lost.push(answer);
        return answer;
      },
    };
    const asked = authorizer({ store, deadline: 10 });
    await Promise.all([asked.run(read, context, () => 1), asked.run(read, context, () => 1)]);
    await Promise.allSettled(lost);
    await new Promise((resolve) => setTimeout(resolve));
    const runs = await Promise.all([asked.run(read, context, () => 1), asked.run(read, context, () => 1)]);
    expect(runs.map((one) => one.executed)).toEqual([true, true]);
  });

  it("E5: what a call cost is recorded also where the store cannot be told", async () => {
    const memory = createMemoryStore();
    const audit = recording();
    const store: StateStore = {
      apply(plan) {
        if (audit.records.length > 0) throw new Error("gone");
        return memory.apply(plan);
      },
    };
    const asked = authorizer({ store, audit });
    await asked.run(read, context, (_args, { reportCost }) => reportCost("7.50"));
    expect(audit.records.at(-1)).toMatchObject({ type: "outcome", status: "succeeded", cost: "7.50" });
  });

  it("a settlement that fails does not replace the tool's result, and is reported", async () => {
    const faults: unknown[] = [];
    const fault = new Error("gone");
    let records = 0;
    const audit = {
      append: async () => {
        records += 1;
        if (records > 1) throw fault;
      },
    };
    const outcome = await authorizer({ audit, onFault: (reported) => faults.push(reported) }).run(
      read,
      context,
      () => "done",
    );
    expect(outcome).toMatchObject({ executed: true, result: "done" });
    expect(faults).toEqual([fault]);
  });
});

describe("stream", () => {
  async function* chunks() {
    yield 1;
    yield 2;
  }

  it.each<[string, string, (stream: AsyncGenerator<number>) => Promise<unknown>]>([
    [
      "succeeded",
      "when it was read to its end",
      async (stream) => {
        for await (const _chunk of stream);
      },
    ],
    [
      "aborted",
      "when its reader gave up",
      async (stream) => {
        for await (const _chunk of stream) break;
      },
    ],
    ["not_started", "when its reader gave up before the first chunk", (stream) => stream.return(undefined)],
    ["not_started", "when its reader failed before it", (stream) => stream.throw(new Error("no")).catch(() => {})],
  ])("is settled as %s %s", async (status, _name, consume) => {
    const audit = recording();
    const outcome = await authorizer({ audit }).stream(read, context, chunks);
    if (!outcome.executed) return expect.unreachable();
    await consume(outcome.stream);
    expect(audit.records.at(-1)).toMatchObject({
      type: "outcome",
      status,
      cost: status === "not_started" ? "0.00" : "0.02",
    });
  });

  it("E3: does not call the tool for whoever asks for a chunk while it is being given up", async () => {
    const memory = createMemoryStore();
    const store: StateStore = { apply: async (plan) => memory.apply(plan) };
    const outcome = await authorizer({ store }).stream(read, context, () => expect.unreachable());
    if (!outcome.executed) return expect.unreachable();
    const [, asked] = await Promise.all([outcome.stream.return(), outcome.stream.next(), outcome.stream.return()]);
    expect(asked).toEqual({ done: true, value: undefined });
  });

  it("E5: does not call the tool where the signal of the call cannot be read", async () => {
    const signal = Object.defineProperty({ aborted: false }, "aborted", {
      get: (): never => {
        throw new Error("out of reach");
      },
    });
    const audit = recording();
    const outcome = await authorizer({ audit }).run(read, { ...context, signal }, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "indeterminate" } });
    expect(audit.records).toMatchObject([{ decision: "permit" }, { status: "not_started" }, { decision: "deny" }]);
  });

  it("E5: does not call the tool where the call was aborted before the first chunk", async () => {
    const audit = recording();
    const signal = { aborted: false };
    const outcome = await authorizer({ audit }).stream(read, { ...context, signal }, () => expect.unreachable());
    if (!outcome.executed) return expect.unreachable();
    signal.aborted = true;
    await expect(outcome.stream.next()).rejects.toMatchObject({ decision: { code: "indeterminate" } });
    expect(audit.records).toMatchObject([{ decision: "permit" }, { status: "not_started" }, { decision: "deny" }]);
  });

  it("is settled as failed when the tool throws, and passes the error on", async () => {
    const audit = recording();
    const fault = new Error("the tool's own");
    // biome-ignore lint/correctness/useYield: the tool fails before its first chunk.
    const outcome = await authorizer({ audit }).stream(read, context, async function* (): AsyncGenerator<number> {
      throw fault;
    });
    if (!outcome.executed) return expect.unreachable();
    await expect(outcome.stream.next()).rejects.toBe(fault);
    expect(audit.records.at(-1)).toMatchObject({ type: "outcome", status: "failed" });
  });

  it("does not call the tool of a denied call", async () => {
    const outcome = await authorizer().stream({ tool: "write", arguments: {} }, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "forbidden" } });
  });
});

describe("createAuthorizer", () => {
  it.each([
    ["deadline", 0],
    ["lease", -1],
    ["maximumOpenPermits", 1.5],
    ["deadline", Number.NaN],
  ])("refuses %s = %s", (name, value) => {
    expect(() => authorizer({ [name]: value })).toThrow(RangeError);
  });
});
