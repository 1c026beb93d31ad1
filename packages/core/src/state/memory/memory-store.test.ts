import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MicroUnits, parseMoney } from "../../money.ts";
import type { AccountWindow, Effect, Plan } from "../plan.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";

const micro = (value: number): MicroUnits => parseMoney(String(value / 1e6)) ?? fail(value);
const fail = (value: number): never => {
  throw new Error(`not an amount: ${value}`);
};

function reserve(
  key: string,
  evaluationId: string,
  { amount, limit, window: name = "" }: { amount: number; limit: number; window?: string },
): Plan {
  const window = windowOf(name);
  const held = { key: 0, window, amount: micro(amount) } as const;
  return {
    partition: "",
    keys: [key],
    checks: [{ kind: "account", ...held, limit: micro(limit) }],
    effects: [{ kind: "reserve", ...held, evaluationId, leaseUntil: 1_000, expiry: "charge" }],
    now: 0,
  };
}

function windowOf(name: string): AccountWindow {
  return name === "" ? { kind: "lifetime" } : { kind: "calendar", name, ends: 1e12 };
}

function end(
  key: string,
  effect: Omit<Extract<Effect, { kind: "settle" }>, "key"> | { kind: "release" | "expire"; evaluationId: string },
): Plan {
  return { partition: "", keys: [key], checks: [], effects: [{ ...effect, key: 0 }], now: 0 };
}

/** What an account holds, read by a check that always holds. */
function spent(store: MemoryStore, key: string, window = ""): unknown {
  const check = { kind: "account", key: 0, window: windowOf(window), amount: micro(0), limit: micro(9e15) } as const;
  const result = store.apply({ partition: "", keys: [key], checks: [check], effects: [], now: 0 });
  return result.observed[0]?.value;
}

describe("the memory store takes a plan as one step", () => {
  it("B5: where one of several checks fails, nothing at all is reserved", () => {
    const store = createMemoryStore();
    const first = reserve("wide", "e1", { amount: 5, limit: 100 });
    const second = reserve("narrow", "e1", { amount: 5, limit: 4 });
    const plan: Plan = {
      partition: "",
      keys: ["wide", "narrow"],
      checks: [...first.checks, ...second.checks.map((check) => ({ ...check, key: 1 }))],
      effects: [...first.effects, ...second.effects.map((effect) => ({ ...effect, key: 1 }))],
      now: 0,
    };
    expect(store.apply(plan)).toMatchObject({ held: false, failed: 1, observed: [{ value: 0 }, { value: 0 }] });
    expect(spent(store, "wide")).toBe(0);
  });

  it.each([
    ["settle", 3, 3],
    ["settle", 12, 12],
    ["release", 0, 0],
    ["expire", 0, 5],
  ] as const)("B3: %s ends a reservation once", (kind, amount, after) => {
    const store = createMemoryStore();
    store.apply(reserve("k", "e1", { amount: 5, limit: 10 }));
    for (let times = 0; times < 2; times += 1) {
      store.apply(
        end(
          "k",
          kind === "settle" ? { kind, evaluationId: "e1", amount: micro(amount) } : { kind, evaluationId: "e1" },
        ),
      );
      expect(spent(store, "k")).toBe(after);
    }
  });

  it("records an overrun in full, which then blocks", () => {
    const store = createMemoryStore();
    store.apply(reserve("k", "e1", { amount: 1, limit: 10 }));
    store.apply(end("k", { kind: "settle", evaluationId: "e1", amount: micro(25) }));
    expect(store.apply(reserve("k", "e2", { amount: 0, limit: 10 }))).toMatchObject({
      held: false,
      observed: [{ value: 25 }],
    });
  });

  it("B7: a charge belongs to the window of its reservation", () => {
    const store = createMemoryStore();
    store.apply(reserve("k", "late", { amount: 5, limit: 10, window: "2026-01-01" }));
    expect(store.apply(reserve("k", "new", { amount: 10, limit: 10, window: "2026-01-02" }))).toMatchObject({
      held: true,
    });
    store.apply(end("k", { kind: "settle", evaluationId: "late", amount: micro(5) }));
    expect(spent(store, "k", "2026-01-02")).toBe(10);
  });

  it("B8: a clock that moves back reopens no window", () => {
    const store = createMemoryStore();
    store.apply(reserve("k", "e1", { amount: 10, limit: 10, window: "2026-01-02" }));
    expect(store.apply(reserve("k", "e2", { amount: 1, limit: 10, window: "2026-01-01" }))).toMatchObject({
      held: false,
    });
  });

  it("R1: what is empty between two calls keeps its room from newcomers", () => {
    const store = createMemoryStore({ maximumCells: 2 });
    const leaseUntil = 2e9;
    const later = (plan: Plan): Plan => ({
      ...plan,
      effects: plan.effects.map((effect) => (effect.kind === "reserve" ? { ...effect, leaseUntil } : effect)),
      now: 1e9,
    });
    store.apply(later(reserve("old", "e1", { amount: 1, limit: 5 })));
    store.apply(later(end("old", { kind: "release", evaluationId: "e1" })));
    for (let index = 0; index < 10; index += 1) {
      try {
        store.apply(later(reserve(`new ${index}`, "e2", { amount: 1, limit: 5 })));
      } catch {
        // All but the first are refused.
      }
    }
    expect(store.apply(later(reserve("old", "e3", { amount: 1, limit: 5 })))).toMatchObject({ held: true });
  });

  it("R1, S1: at the cap it refuses a new account and forgets none", () => {
    const store = createMemoryStore({ maximumCells: 1 });
    store.apply(reserve("old", "e1", { amount: 10, limit: 10 }));
    expect(() => store.apply(reserve("new", "e2", { amount: 1, limit: 10 }))).toThrow(
      expect.objectContaining({ name: "StateStoreError", code: "state_capacity" }),
    );
    expect(spent(store, "old")).toBe(10);
  });

  it.each<[string, number | undefined, boolean, number]>([
    ["a tenant that is alone has all of it", undefined, false, 20],
    ["beside another it leaves a tenth", undefined, true, 18],
    ["a tenant has what it was given, alone", 5, false, 5],
    ["and beside another", 5, true, 5],
    ["what all may have is no more for being one's own", 30, true, 19],
  ])("R1: of a store's room %s", (_what, maximumCellsPerTenant, beside, most) => {
    const store = createMemoryStore({ maximumCells: 20, maximumCellsPerTenant });
    const mark = (partition: string, key: string) =>
      store.apply({ partition, keys: [key], checks: [], effects: [{ kind: "mark", key: 0, keep: 0 }], now: 0 });
    if (beside) mark("small", "m");
    for (let index = 0; index < most; index += 1) mark("large", `m${index}`);
    expect(() => mark("large", "one more")).toThrow(expect.objectContaining({ code: "state_capacity" }));
    if (beside && most < 19) expect(mark("small", "another")).toMatchObject({ held: true });
  });

  it("R1: forgets what nobody can ask about also of tenants that are never heard of again", () => {
    const store = createMemoryStore({ maximumCells: 1_000 });
    const day = 86_400_000;
    for (let index = 0; index < 20_000; index += 1) {
      const effects = [{ kind: "mark", key: 0, keep: 1_000 }] as const;
      store.apply({ partition: `tenant ${index}`, keys: ["m"], checks: [], effects, now: (index * day) / 100 });
    }
    expect(store.size).toBeLessThan(1_000);
  });

  it("a sum beyond 2^53 - 1 is above every limit", () => {
    const store = createMemoryStore();
    const most = 2 ** 53 - 1;
    const account = (amount: MicroUnits): Plan => ({
      partition: "",
      keys: ["k"],
      checks: [{ kind: "account", key: 0, window: { kind: "lifetime" }, amount, limit: most as MicroUnits }],
      effects: [
        {
          kind: "reserve",
          key: 0,
          window: { kind: "lifetime" },
          evaluationId: `${amount}`,
          amount,
          leaseUntil: 1_000,
          expiry: "charge",
        },
      ],
      now: 0,
    });
    expect(store.apply(account(most as MicroUnits))).toMatchObject({ held: true });
    expect(store.apply(account(micro(1)))).toMatchObject({ held: false });
  });

  it("B4, B5: what would make an account's own sum inexact is refused as a whole, whatever other accounts hold", () => {
    const store = createMemoryStore();
    const most = 2 ** 53 - 1;
    for (const key of ["full", "empty"]) store.apply(reserve(key, "e1", { amount: 1, limit: 10 }));
    store.apply(end("full", { kind: "settle", evaluationId: "e1", amount: most as MicroUnits }));
    const { effects } = reserve("full", "e2", { amount: 1, limit: 10 });
    const marked = { kind: "mark", key: 1, keep: 0 } as const;
    const more: Plan = { partition: "", keys: ["full", "mark"], checks: [], effects: [marked, ...effects], now: 0 };
    expect(() => store.apply(more)).toThrow(expect.objectContaining({ code: "state_arithmetic" }));
    const unmarked: Plan = { ...more, checks: [{ kind: "unmarked", key: 1, since: 0 }], effects: [] };
    expect(store.apply(unmarked)).toMatchObject({ held: true });
    expect(spent(store, "full")).toBe(most);
    store.apply(end("empty", { kind: "settle", evaluationId: "e1", amount: micro(5) }));
    expect(spent(store, "empty")).toBe(5);
  });

  it("B3: holds a reservation by whatever id it has, also none", () => {
    const store = createMemoryStore();
    store.apply(reserve("k", "", { amount: 5, limit: 10 }));
    expect(spent(store, "k")).toBe(5);
    store.apply(end("k", { kind: "release", evaluationId: "" }));
    store.apply(reserve("k", "e1", { amount: 4, limit: 10 }));
    store.apply(end("k", { kind: "release", evaluationId: "" }));
    expect(spent(store, "k")).toBe(4);
  });

  it("B1, B2: under any sequence of steps the account equals a plain ledger and never passes its limit by reserving", () => {
    const step = fc.record({
      kind: fc.constantFrom("reserve", "settle", "release", "expire"),
      id: fc.integer({ min: 0, max: 5 }),
      amount: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = createMemoryStore();
        const limit = 100;
        const open = new Map<number, number>();
        const ended = new Set<number>();
        let committed = 0;
        for (const { kind, id, amount } of steps) {
          const reserved = [...open.values()].reduce((sum, value) => sum + value, 0);
          if (kind === "reserve") {
            if (open.has(id) || ended.has(id)) continue;
            const held = committed + reserved + amount <= limit;
            expect(store.apply(reserve("k", `${id}`, { amount, limit }))).toMatchObject({ held });
            if (held) open.set(id, amount);
          } else {
            store.apply(
              end(
                "k",
                kind === "settle"
                  ? { kind, evaluationId: `${id}`, amount: micro(amount) }
                  : { kind, evaluationId: `${id}` },
              ),
            );
            const charge = open.get(id);
            if (charge !== undefined) committed += kind === "settle" ? amount : kind === "expire" ? charge : 0;
            open.delete(id);
            ended.add(id);
          }
          expect(spent(store, "k")).toBe(committed + [...open.values()].reduce((sum, value) => sum + value, 0));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

it("B1: what is held and can be charged no more, for the sum would be inexact, is not forgotten when its lease ends", () => {
  const store = createMemoryStore();
  // Beyond 9,007,199,254,740,991 no sum is exact.
  const most = 9e15;
  store.apply(reserve("k", "small", { amount: 1e12, limit: most }));
  store.apply(reserve("k", "large", { amount: most - 1e12, limit: most }));
  store.apply(end("k", { kind: "settle", evaluationId: "small", amount: micro(2e13) }));
  for (const now of [1_000, 1_001, 90_000_000, 90_000_001]) {
    expect(() => store.apply({ ...reserve("k", `${now}`, { amount: 1, limit: most }), now })).toThrow("too large");
  }
});
