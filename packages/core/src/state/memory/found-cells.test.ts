import { describe, expect, it } from "vitest";
import type { Plan } from "../plan.ts";
import { createMemoryStore } from "./memory-store.ts";

const day = 86_400_000;

function count(keys: readonly string[], now: number, partition = "acme"): Plan {
  return {
    partition,
    keys,
    checks: [{ kind: "count", key: 0, span: day, limit: 1_000 }],
    effects: [{ kind: "count", key: 0, span: day }],
    now,
  };
}

const counted = (store: ReturnType<typeof createMemoryStore>, plan: Plan) => store.apply(plan).observed[0]?.value;

describe("cells that were found for one plan are those of a later one with the same list of keys", () => {
  it("in the same partition only (B9)", () => {
    const store = createMemoryStore();
    const keys = Object.freeze(["k"]);
    expect([1, 2].map((now) => counted(store, count(keys, now)))).toEqual([0, 1]);
    expect(counted(store, count(keys, 3, "other"))).toBe(0);
    expect(counted(store, count(["k"], 4))).toBe(2);
  });

  it("unless the list can be changed, and was (B9)", () => {
    const store = createMemoryStore();
    const keys = ["k"];
    expect([1, 2].map((now) => counted(store, count(keys, now)))).toEqual([0, 1]);
    keys[0] = "l";
    expect(counted(store, count(keys, 3))).toBe(0);
  });

  it.each([1, 2, -1, 0.5, Number.NaN])(
    "and a key %d that the list does not have is refused, whatever was found",
    (key) => {
      const store = createMemoryStore();
      const keys = Object.freeze(["k"]);
      counted(store, count(keys, 1));
      const plan = count(keys, 2);
      const checks = plan.checks.map((check) => ({ ...check, key })) as Plan["checks"]; // The same but for the key.
      const effects = plan.effects.map((effect) => ({ ...effect, key }));
      for (const wrong of [
        { ...plan, checks },
        { ...plan, effects },
        { ...plan, effects: [{ kind: "reset", key, until: 0 } as const] },
      ]) {
        expect(() => store.apply(wrong)).toThrow(expect.objectContaining({ code: "state_unavailable" }));
      }
      expect(counted(store, count(keys, 3))).toBe(1);
    },
  );

  it("S1: unless they were dropped and made anew since, by whichever plan", () => {
    const store = createMemoryStore({ maximumCells: 2 });
    const keys = Object.freeze(["k"]);
    counted(store, count(keys, 1));
    // Long after nothing can be asked of the first, the second needs its room.
    counted(store, count(["l"], 10 * day));
    counted(store, count(["m"], 10 * day));
    counted(store, count(["k"], 20 * day));
    expect(counted(store, count(keys, 20 * day))).toBe(1);
    expect(counted(store, count(["k"], 20 * day))).toBe(2);
  });

  it("A6: a mark that was removed is found no more", () => {
    const store = createMemoryStore();
    const keys = Object.freeze(["k"]);
    const marked = { partition: "", keys, checks: [{ kind: "unmarked", key: 0, since: 0 }], now: 5 } as const;
    expect(store.apply({ ...marked, effects: [{ kind: "mark", key: 0, keep: 0 }] }).held).toBe(true);
    expect(store.apply({ ...marked, effects: [] }).held).toBe(false);
    store.apply({ ...marked, checks: [], effects: [{ kind: "unmark", key: 0 }] });
    expect(store.apply({ ...marked, effects: [{ kind: "mark", key: 0, keep: 0 }] }).held).toBe(true);
    expect(store.apply({ ...marked, effects: [] }).held).toBe(false);
  });
});
