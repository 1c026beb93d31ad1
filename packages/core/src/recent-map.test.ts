import { expect, it } from "vitest";
import { RecentMap } from "./recent-map.ts";

it("R1: keeps no more entries than it may, and the latest half of them in any case", () => {
  const map = new RecentMap<number, number>({ entries: 10, weight: 1_000 });
  for (let key = 0; key < 1_000; key += 1) {
    map.set(key, key + 1, 1);
    const kept = Array.from({ length: key + 1 }, (_, earlier) => map.get(earlier) !== undefined);
    expect(kept.filter(Boolean).length).toBeLessThanOrEqual(10);
    for (let earlier = Math.max(0, key - 4); earlier <= key; earlier += 1) expect(map.get(earlier)).toBe(earlier + 1);
  }
});

it("R1: keeps no more weight than it may, but for the entry that goes beyond it", () => {
  const map = new RecentMap<number, string>({ entries: 1_000, weight: 100 });
  for (let key = 0; key < 1_000; key += 1) map.set(key, "heavy", 30);
  const kept = Array.from({ length: 1_000 }, (_, key) => key).filter((key) => map.get(key) !== undefined);
  expect(kept).toEqual([996, 997, 998, 999]);
});
