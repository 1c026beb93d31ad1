import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Authorizer, AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import type { Plan } from "./state/plan.ts";
import type { StateStore } from "./state/state-store.ts";

const policy = parsePolicy(`
tools: { build: { scope: tool:build, cost: 2 } }
policies: [{ role: engineer, allow: [tool:build] }]
limits: [{ id: one-at-a-time, per: user, tool: build, concurrent: 1 }]
budgets: [{ id: builds, per: user, limit: "4" }]
`);
const context = {
  subject: { id: "u1", roles: ["engineer"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s1",
};
const call = { tool: "build", arguments: {} };
const lease = 60_000;

/** A tool that runs until it is told to end. */
class SlowTool {
  end: () => void = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  readonly execute = () => this.#ended;
  readonly chunks = async function* (this: SlowTool) {
    yield 1;
    await this.#ended;
    yield 2;
  }.bind(this);
}

describe("a call that runs longer than its lease", () => {
  let store: StateStore;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_767_225_600_000 });
    store = createMemoryStore();
  });
  afterEach(() => vi.useRealTimers());

  /** One process over the store. */
  const process = (options: Partial<AuthorizerOptions> = {}): Authorizer =>
    createAuthorizer({ policy, store, lease, ...options });
  const refusal = async (authorizer: Authorizer) => {
    const result = await authorizer.run(call, context, () => "done");
    return result.executed ? "permitted" : result.decision.code;
  };

  it("B1: keeps its place among those at once, and what it reserved, for as long as it runs", async () => {
    const tool = new SlowTool();
    const running = process().run(call, context, tool.execute);
    const other = process();
    for (let passed = 0; passed < 4 * lease; passed += lease / 4) {
      await vi.advanceTimersByTimeAsync(lease / 4);
      expect(await refusal(other)).toBe("rate_limited");
    }
    tool.end();
    await running;
    expect(await refusal(other)).toBe("permitted");
    // Two calls of 2: what was reserved for the long one was charged once.
    expect(await refusal(other)).toBe("budget_exhausted");
  });

  it("B6: gives up its place when its process renews no more, one lease after it did last", async () => {
    let alive = true;
    const dying: StateStore = { apply: (plan) => (alive ? store.apply(plan) : Promise.reject(new Error("dead"))) };
    void process({ store: dying }).run(call, context, new SlowTool().execute);
    await vi.advanceTimersByTimeAsync(2 * lease);
    alive = false;
    await vi.advanceTimersByTimeAsync(lease - 1);
    expect(await refusal(process())).toBe("rate_limited");
    await vi.advanceTimersByTimeAsync(1);
    expect(await refusal(process())).toBe("permitted");
  });

  it("is not disturbed by a renewal that fails, which is told as a fault, and goes on with the next", async () => {
    let failing = false;
    const faults: unknown[] = [];
    const flaky: StateStore = { apply: (plan) => (failing ? Promise.reject(new Error("away")) : store.apply(plan)) };
    const tool = new SlowTool();
    const running = process({ store: flaky, onFault: (fault) => faults.push(fault) }).run(call, context, tool.execute);
    for (let look = 1; look <= 9; look += 1) {
      failing = look % 2 === 1;
      await vi.advanceTimersByTimeAsync(lease / 3);
    }
    expect(faults.length).toBe(5);
    failing = false;
    expect(await refusal(process())).toBe("rate_limited");
    tool.end();
    await expect(running).resolves.toMatchObject({ executed: true });
  });

  it("a stream keeps its place from its first chunk to its end", async () => {
    const tool = new SlowTool();
    const other = process();
    const result = await process().stream(call, context, tool.chunks);
    const chunks = result.executed ? result.stream : undefined;
    await chunks?.next();
    await vi.advanceTimersByTimeAsync(3 * lease);
    expect(await refusal(other)).toBe("rate_limited");
    await chunks?.return();
    expect(await refusal(other)).toBe("permitted");
  });

  it("E3: a stream that nobody reads gives up its place with its lease, and does not start afterwards", async () => {
    const started = vi.fn();
    const result = await process().stream(call, context, async function* () {
      started();
      yield 1;
    });
    await vi.advanceTimersByTimeAsync(lease - 1);
    expect(await refusal(process())).toBe("rate_limited");
    await vi.advanceTimersByTimeAsync(1);
    expect(await refusal(process())).toBe("permitted");
    const reading = result.executed ? result.stream.next() : undefined;
    await expect(reading).rejects.toMatchObject({ name: "ToolCallDeniedError" });
    expect(started).not.toHaveBeenCalled();
  });

  it("a permit that is not run is not renewed", async () => {
    const asked = process();
    expect(await asked.authorize({ ...call, id: "c1" }, context)).toMatchObject({ allowed: true });
    await vi.advanceTimersByTimeAsync(lease);
    expect(await refusal(process())).toBe("permitted");
  });

  it("B1: a permit that is run just before it ends keeps its place", async () => {
    const asked = process();
    await asked.authorize({ ...call, id: "c1" }, context);
    await vi.advanceTimersByTimeAsync(lease - 1);
    const tool = new SlowTool();
    const running = asked.run({ ...call, id: "c1" }, context, tool.execute);
    await vi.advanceTimersByTimeAsync(3 * lease);
    expect(await refusal(process())).toBe("rate_limited");
    tool.end();
    await running;
  });

  it("starts no timer for a tool that answers at once", async () => {
    await process({}).run(call, context, () => "done");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer, and writes nothing, once nothing runs", async () => {
    const plans: Plan[] = [];
    const apply: StateStore["apply"] = (plan) => {
      plans.push(plan);
      return store.apply(plan);
    };
    const authorizer = process({ store: { apply } });
    for (let index = 0; index < 2; index += 1) await authorizer.run(call, context, async () => "done");
    expect(vi.getTimerCount()).toBe(1);
    const before = plans.length;
    await vi.advanceTimersByTimeAsync(3 * lease);
    expect(vi.getTimerCount()).toBe(0);
    expect(plans.length).toBe(before);
  });
});
