import fc from "fast-check";
import { expect, it } from "vitest";
import { MemoryCounters } from "./memory-counters.ts";

const step = fc.record({
  passed: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: -50, max: 500 })),
  span: fc.constantFrom(10, 100, 1_000),
  limit: fc.constantFrom(1, 5, 1_000),
  adds: fc.integer({ min: 0, max: 30 }),
});

it("B8, B11: counts what a list of all entries would count, for any spans, and whichever way the clock moves", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const counters = new MemoryCounters();
      // Others that come, grow and go beside it, for all of them share their memory.
      const slot = counters.table.add(1, { first: 1, second: 0, third: 0 });
      const beside = counters.table.add(1, { first: 2, second: 0, third: 0 });
      counters.begin(slot);
      counters.begin(beside);
      const all: number[] = [];
      let now = 10_000;
      for (const { passed, span, limit, adds } of steps) {
        now += passed;
        const latest = Math.max(now, all.at(-1) ?? now);
        const counted = all.filter((entry) => entry > latest - span).length;
        const observed: { value: number; at: number }[] = [];
        const held = counters.check(slot, { kind: "count", key: 0, span, limit }, now, observed);
        expect({ held, value: observed[0]?.value }).toEqual({ held: counted < limit, value: Math.min(counted, 1_000) });
        if (!held) expect(observed[0]?.at).toBe((all.at(-limit) ?? 0) + span);
        for (let index = 0; index < adds; index += 1) {
          counters.add(slot, 1_000, now);
          counters.add(beside, 1, now + 7);
          all.push(Math.max(now, all.at(-1) ?? now));
        }
      }
    }),
  );
});
