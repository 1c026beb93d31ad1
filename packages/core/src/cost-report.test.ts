import { describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit/audit-record.ts";
import type { AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import type { Execution } from "./execution.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import type { Plan } from "./state/plan.ts";
import { type StateStore, StateStoreError } from "./state/state-store.ts";
import type { StateEvent } from "./state-event.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 0.10 } }
policies: [{ role: rep, allow: [tool:buy] }]
budgets: [{ per: user, limit: "1.00", window: day }]
runaway: { identical: { max: 1000, window: 1m }, failures: 100, cycles: 8 }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const call = { tool: "buy", arguments: {} };

interface Told {
  readonly records: AuditRecord[];
  readonly events: StateEvent[];
  readonly faults: unknown[];
}

function setUp(options: Partial<AuthorizerOptions> = {}) {
  const told: Told = { records: [], events: [], faults: [] };
  const authorizer = createAuthorizer({
    policy,
    clock: () => 0,
    audit: { append: async (record) => void told.records.push(record) },
    onEvent: (event) => told.events.push(event),
    onFault: (fault) => told.faults.push(fault),
    ...options,
  });
  /** What is spent of the budget of 1.00, as the refusal of a call that costs too much says. */
  const spent = async () => {
    for (let times = 0; times < 20; times += 1) {
      const { decision } = await authorizer.run(call, context, (_args, { reportCost }) => reportCost(0.1));
      const match = /\((\S+) \+/.exec(decision.reason);
      if (match !== null) return Math.round(Number(match[1]) * 1e6 - times * 1e5) / 1e6;
    }
    return expect.unreachable();
  };
  const outcomes = () => told.records.filter(({ type }) => type === "outcome");
  return { authorizer, spent, outcomes, ...told };
}

async function* twoChunks(report: () => void) {
  yield 1;
  report();
  yield 2;
}

describe("what a tool says that its call cost", () => {
  it.each<[string, (execution: Execution) => unknown, number]>([
    ["less than was reserved", ({ reportCost }) => reportCost("0.02"), 0.02],
    ["more than was reserved", ({ reportCost }) => reportCost(0.35), 0.35],
    ["nothing", () => {}, 0.1],
    ["that it was free", ({ reportCost }) => reportCost(0), 0],
    [
      "twice, of which the last counts",
      ({ reportCost }) => {
        reportCost("0.5");
        reportCost("0.2");
      },
      0.2,
    ],
    ["what a function gives", ({ reportCostOf }) => reportCostOf(() => "0.03"), 0.03],
    ["that a function does not know", ({ reportCostOf }) => reportCostOf(() => undefined), 0.1],
  ])("is charged: %s", async (_name, tool, charged) => {
    const { authorizer, spent, faults } = setUp();
    await authorizer.run(call, context, (_args, execution) => tool(execution));
    expect(await spent()).toBe(charged);
    expect(faults).toEqual([]);
  });

  it("is charged also where the tool then fails, and the record says both", async () => {
    const { authorizer, spent, outcomes } = setUp();
    const failing = authorizer.run(call, context, async (_args, { reportCost }) => {
      reportCost("0.04");
      throw new Error("the tool's own");
    });
    await expect(failing).rejects.toThrow("the tool's own");
    expect(outcomes()).toMatchObject([{ status: "failed", cost: "0.04" }]);
    expect(await spent()).toBe(0.04);
  });

  it.each([
    ["to its end", "succeeded", async (stream: AsyncGenerator<number>) => void (await Array.fromAsync(stream))],
    [
      "and given up",
      "aborted",
      async (stream: AsyncGenerator<number>) => {
        await stream.next();
        await stream.next();
        await stream.return(undefined);
      },
    ],
  ])("is charged for a stream that is read %s", async (_name, status, read) => {
    const { authorizer, spent, outcomes } = setUp();
    const result = await authorizer.stream(call, context, (_args, { reportCost }) => twoChunks(() => reportCost(0.03)));
    if (result.executed) await read(result.stream);
    expect(outcomes()).toMatchObject([{ status, cost: "0.03" }]);
    expect(await spent()).toBe(0.03);
  });

  it("comes with the name of the decision", async () => {
    const { authorizer } = setUp();
    const run = await authorizer.run(call, context, (_args, { evaluationId }) => evaluationId);
    expect(run).toMatchObject({ executed: true, result: run.decision.evaluationId });
  });

  const noAmounts: readonly unknown[] = [Number.NaN, -1, "-1", "0.0000001", 1e-7, 1e16, "", null, undefined, {}, true];

  it.each(noAmounts)("B4: %s throws in the tool's face, and never lowers what is reserved", async (amount) => {
    const { authorizer, spent } = setUp();
    await authorizer.run(call, context, (_args, { reportCost }) => {
      reportCost("0.01");
      expect(() => reportCost(amount as string)).toThrow(expect.objectContaining({ code: "invalid_cost" }));
    });
    expect(await spent()).toBe(0.1);
  });

  it("B4: what is no amount does not lower a report above the reservation either", async () => {
    const { authorizer, spent } = setUp();
    await authorizer.run(call, context, (_args, { reportCost }) => {
      reportCost("0.40");
      expect(() => reportCost("much")).toThrow();
    });
    expect(await spent()).toBe(0.4);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no price");
      },
    ],
    ["gives no amount", () => Number.NaN],
    ["gives a promise", () => Promise.reject(new Error("no price"))],
  ])("B4: a function that %s leaves the reservation charged, and is told to onFault", async (_name, compute) => {
    const { authorizer, spent, faults } = setUp();
    const run = await authorizer.run(call, context, (_args, { reportCost, reportCostOf }) => {
      reportCost("0.01");
      reportCostOf(compute as () => string);
      return "the result";
    });
    expect(run).toMatchObject({ result: "the result" });
    expect(faults).toHaveLength(1);
    expect(await spent()).toBe(0.1);
  });

  it("B3: has no effect once the call has ended, and is told to onFault", async () => {
    const { authorizer, spent, faults } = setUp();
    let late: Execution | undefined;
    await authorizer.run(call, context, (_args, execution) => {
      late = execution;
    });
    late?.reportCost("0.90");
    late?.reportCost("free");
    late?.reportCostOf(() => "0.90");
    expect(faults).toMatchObject([
      { code: "already_settled" },
      { code: "already_settled" },
      { code: "already_settled" },
    ]);
    expect(await spent()).toBe(0.1);
  });
});

describe("a call that cost more than was reserved", () => {
  const overrun =
    (cost: number) =>
    (_args: unknown, { reportCost }: Execution) =>
      reportCost(cost);

  it("B1: is charged in full, above the limit if need be, blocks what follows, and its record says so", async () => {
    const { authorizer, outcomes } = setUp();
    await authorizer.run(call, context, overrun(7.25));
    expect(outcomes()).toMatchObject([{ status: "succeeded", cost: "7.25", overrun: "7.15" }]);
    const { decision } = await authorizer.run(call, context, () => expect.unreachable());
    expect(decision.reason).toBe("daily budget exceeded (7.25 + 0.10 > 1.00)");
  });

  it("R6: blocks the window that it was charged to and no later one, however much it cost", async () => {
    const tenths = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 0.10 } }
policies: [{ role: rep, allow: [tool:buy] }]
budgets: [{ per: tenant, limit: "1.00", window: day }, { per: user, limit: "5.00", rolling: 1h }]
`);
    let now = 0;
    const { authorizer } = setUp({ policy: tenths, clock: () => now });
    await authorizer.authorize({ ...call, id: "c1" }, context); // Nobody says what becomes of it.
    const most = (_args: unknown, { reportCost }: Execution) => reportCost("9007199254.740991");
    await Promise.all([authorizer.run(call, context, most), authorizer.run(call, context, most)]);
    expect(await authorizer.authorize(call, context)).toMatchObject({ code: "budget_exhausted" });
    now = 600_000;
    expect(await authorizer.authorize(call, context)).toMatchObject({ code: "budget_exhausted" });
    now = 2 * 86_400_000;
    expect((await authorizer.authorize(call, context)).allowed).toBe(true);
  });

  it("is no overrun where it cost what was reserved, or less", async () => {
    const { authorizer, outcomes } = setUp();
    await authorizer.run(call, context, overrun(0.1));
    await authorizer.run(call, context, overrun(0.01));
    expect(outcomes().map((record) => "overrun" in record)).toEqual([false, false]);
  });

  it("raises the alerts that its reservation had not raised, each once", async () => {
    const { authorizer, events } = setUp();
    const shares = () => events.map((event) => event.type === "budget_alert" && [event.share, event.spent]);
    await authorizer.run(call, context, overrun(0.45));
    expect(shares()).toEqual([]);
    // The reservation of this one takes the budget to a half of it, the real cost past four fifths.
    await authorizer.run(call, context, overrun(0.4));
    expect(shares()).toEqual([
      [50, 550_000],
      [80, 850_000],
    ]);
    await authorizer.run(call, context, overrun(2));
    expect(shares().slice(2)).toEqual([[100, 2_850_000]]);
    expect(events.at(-1)).toMatchObject({ budget: "user day", subject: "u1", session: "s1", limit: 1_000_000 });
  });

  it("raises them for a permit that is settled from outside, too", async () => {
    const { authorizer, events } = setUp();
    const { evaluationId } = await authorizer.authorize(call, context);
    await authorizer.settle(evaluationId, { status: "succeeded", cost: "0.81" });
    expect(events).toMatchObject([{ share: 50 }, { share: 80 }]);
  });

  it("B7: raises none for a day that is over, to which the charge belongs", async () => {
    let now = Date.UTC(2026, 0, 1, 23, 59);
    const { authorizer, events } = setUp({ clock: () => now });
    await authorizer.run(call, context, (_args, { reportCost }) => {
      now += 3_600_000;
      reportCost("0.99");
    });
    expect(events).toEqual([]);
  });

  it.each<[string, (plan: Plan, memory: StateStore) => ReturnType<StateStore["apply"]>]>([
    [
      "throws",
      () => {
        throw new StateStoreError("state_arithmetic", "a sum is too large");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a script was refused"))],
    ["says that a check failed", () => ({ held: false, epoch: "e", failed: 0, observed: [] })],
    ["answers nothing", () => undefined as never],
    [
      "observes nothing",
      (plan, memory) => Promise.resolve(memory.apply(plan)).then((all) => ({ ...all, observed: null as never })),
    ],
  ])("is settled all the same where a store that only has to look %s", async (_name, look) => {
    const memory = createMemoryStore();
    const looks = ({ checks, effects }: Plan) => checks.length > 0 && effects.some(({ kind }) => kind === "settle");
    const store: StateStore = { apply: (plan) => (looks(plan) ? look(plan, memory) : memory.apply(plan)) };
    const { authorizer, outcomes, faults } = setUp({ store });
    await authorizer.run(call, context, overrun(0.95));
    expect(outcomes()).toMatchObject([{ cost: "0.95" }]);
    expect(faults).toEqual([]);
    const { decision } = await authorizer.run(call, context, () => expect.unreachable());
    expect(decision.reason).toBe("daily budget exceeded (0.95 + 0.10 > 1.00)");
  });
});
