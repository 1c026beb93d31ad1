import { createMemoryStore } from "@ambit/core";
import { describe, expect, it } from "vitest";
import { compareStores } from "./compare-stores.ts";
import { joinStoreSuite } from "./join-store-suite.ts";
import { randomTrace } from "./random-trace.ts";
import type { StoreHarness } from "./store-case.ts";
import { storeCases } from "./store-cases.ts";

const noReopening = "memory ends with its process: there is no second handle on it";

const harness: StoreHarness = {
  capabilities: ["cap", "lose"],
  open: async ({ maximumCells }) => {
    let current = createMemoryStore({ maximumCells });
    return {
      store: {
        apply: (plan) => current.apply(plan),
        get approvals() {
          return current.approvals;
        },
      },
      lose: async () => {
        current = createMemoryStore({ maximumCells });
        return current;
      },
      close: async () => {},
    };
  },
};

describe("the memory store", () => {
  const excused = ["concurrent-processes", "reopen-finds-state", "reopen-sees-writes", "approval-shared"].map((id) => ({
    id,
    reason: noReopening,
  }));
  for (const id of ["paused-backend", "approval-out-of-reach"]) excused.push({ id, reason: "there is no backend" });
  for (const { name, run } of joinStoreSuite(harness, excused)) it(name, run);
});

describe("the suite", () => {
  it("names every case once", () => {
    const ids = storeCases.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.length).toBeGreaterThan(100);
  });

  it.each<[string, string, readonly { id: string; reason: string }[]]>([
    ["an excused case that passes", "is excused, but it passes", [{ id: "plan-empty", reason: "none" }]],
    ["an excuse of a case that does not exist", "there is no case nothing", [{ id: "nothing", reason: "none" }]],
    ["a case that needs what the harness cannot do", "offer it, or excuse the case", []],
  ])("goes red for %s", async (_what, message, excused) => {
    const names = [...excused.map(({ id }) => id), "paused-backend"];
    const tests = joinStoreSuite(harness, excused);
    const test = tests.find(({ name }) => name.startsWith(`${names[0]}:`));
    await expect(test?.run()).rejects.toThrow(message);
  });

  it("goes red for a store that forgets, for one that overspends, and for one that throws what it likes", async () => {
    const forgetful: StoreHarness = {
      capabilities: [],
      open: async () => ({ store: { apply: (plan) => createMemoryStore().apply(plan) }, close: async () => {} }),
    };
    const racing: StoreHarness = {
      capabilities: [],
      open: async () => {
        const store = createMemoryStore();
        const apply: typeof store.apply = (plan) => store.apply(plan);
        return {
          // Checks first, and takes the effects in a second step.
          store: {
            apply: async (plan) => {
              const answer = apply({ ...plan, effects: [] });
              await Promise.resolve();
              if (answer.held) apply({ ...plan, checks: [] });
              return answer;
            },
          },
          close: async () => {},
        };
      },
    };
    const failing: StoreHarness = {
      capabilities: [],
      open: async () => ({ store: { apply: () => Promise.reject(new Error("disk")) }, close: async () => {} }),
    };
    const red = async (id: string, broken: StoreHarness) =>
      expect(storeCases.find((entry) => entry.id === id)?.run(broken)).rejects.toMatchObject({
        name: "ConformanceError",
      });
    await red("account-limit-reached", forgetful);
    await red("concurrent-account", racing);
    await red("concurrent-token", racing);
    await red("approval-kept-whole", racing);
    await red("plan-empty", failing);
  });
});

describe("random traces", () => {
  it("are the same for the same seed, and reach every kind of check and effect on both outcomes", () => {
    expect(randomTrace(7, 50)).toEqual(randomTrace(7, 50));
    expect(randomTrace(7, 50)).not.toEqual(randomTrace(8, 50));
    const store = createMemoryStore();
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      for (const plan of randomTrace(seed, 50)) {
        const answer = store.apply(plan);
        for (const [index] of answer.observed.entries()) {
          const failed = !answer.held && answer.failed === index;
          seen.add(`${plan.checks[index]?.kind} ${failed ? "fails" : "holds"}`);
        }
        if (answer.held) for (const { kind } of plan.effects) seen.add(kind);
      }
    }
    const checks = ["account", "count", "marked", "unmarked", "incomplete", "streak", "acyclic", "unspent", "off"];
    const effects = ["reserve", "settle", "release", "expire", "renew", "count", "mark", "unmark", "grow", "break"];
    const wanted = checks.flatMap((kind) => [`${kind} holds`, `${kind} fails`]);
    expect([...seen].sort()).toEqual([...wanted, ...effects, "follow", "spend", "throw", "reset"].sort());
  });

  it("find a store that differs", async () => {
    const traces = Array.from({ length: 20 }, (_, seed) => randomTrace(seed, 50));
    await compareStores(createMemoryStore(), createMemoryStore(), traces);
    const store = createMemoryStore();
    const wrong = { apply: (plan: Parameters<typeof store.apply>[0]) => store.apply({ ...plan, now: plan.now + 1 }) };
    await expect(compareStores(createMemoryStore(), wrong, traces)).rejects.toThrow(/trace \d+, step \d+/);
  });
});
