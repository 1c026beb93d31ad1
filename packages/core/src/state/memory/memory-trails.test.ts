import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyedHash } from "./keyed-hash.ts";
import { MemoryTrails } from "./memory-trails.ts";
import { cyclePeriod, trailLength } from "./trail.ts";

const secret = "3f2b8c1e-5d47-4a9e-8b60-7c1d9e2f4a53";

/** What is asked, without regard to room or time. */
function naivePeriod(entries: readonly string[], entry: string, repeats: number): number {
  const all = [...entries.slice(-trailLength), entry];
  for (const period of [2, 3, 4]) {
    const last = all.slice(-period * repeats);
    if (last.length < period * repeats || new Set(last).size === 1) continue;
    if (last.every((each, index) => each === last[index % period])) return period;
  }
  return 0;
}

describe("a trail", () => {
  it("R7: finds the circles that a list of all entries finds", () => {
    const step = fc.record({
      trail: fc.nat(2),
      entry: fc.constantFrom("a", "b"),
      times: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 40, maxLength: 120 }),
        fc.integer({ min: 2, max: 8 }),
        (steps, repeats) => {
          const trails = new MemoryTrails(new KeyedHash(secret));
          const slots = [1, 2, 3].map((number) => trails.table.add(1, { first: number, second: 0, third: 0 }));
          for (const slot of slots) trails.begin(slot);
          const naive: string[][] = [[], [], []];
          for (const { trail, entry, times } of steps) {
            for (let time = 0; time <= times; time += 1) {
              const each = `${entry}${time}`;
              const slot = slots[trail] ?? 0;
              const entries = naive[trail] ?? [];
              const period = naivePeriod(entries, each, repeats);
              expect(trails.cyclePeriod(slot, each, repeats)).toBe(period);
              expect(cyclePeriod(entries.slice(-trailLength), each, repeats)).toBe(period);
              trails.follow(slot, { entry: each, keep: 0 }, 0);
              naive[trail]?.push(each);
            }
          }
        },
      ),
    );
  });

  it("R1: keeps its last 32 entries, and leaves its room to the next one", () => {
    const trails = new MemoryTrails(new KeyedHash(secret));
    const first = trails.table.add(1, { first: 1, second: 0, third: 0 });
    trails.begin(first);
    const second = trails.table.add(1, { first: 2, second: 0, third: 0 });
    trails.begin(second);
    for (const entry of ["x", "y"]) trails.follow(second, { entry, keep: 0 }, 0);
    for (let number = 0; number < 100; number += 1) trails.follow(first, { entry: `${number % 4}`, keep: 0 }, 0);
    expect(trails.cyclePeriod(first, "0", 8)).toBe(4);
    trails.remove(first);
    // The last trail has taken the place of the first.
    expect(trails.cyclePeriod(first, "x", 2)).toBe(0);
    trails.follow(first, { entry: "x", keep: 0 }, 0);
    expect(trails.cyclePeriod(first, "y", 2)).toBe(2);
  });

  it("is kept for as long as was said last, and never shorter than before", () => {
    const trails = new MemoryTrails(new KeyedHash(secret));
    const slot = trails.table.add(1, { first: 1, second: 0, third: 0 });
    trails.begin(slot);
    trails.follow(slot, { entry: "a", keep: 1_000 }, 5_000);
    trails.follow(slot, { entry: "b", keep: 10 }, 5_100);
    expect(trails.expendableAt(slot)).toBe(6_000);
    trails.follow(slot, { entry: "c", keep: 0 }, 5_200);
    expect(trails.expendableAt(slot)).toBe(Number.POSITIVE_INFINITY);
  });
});
