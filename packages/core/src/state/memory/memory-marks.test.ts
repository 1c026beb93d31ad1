import fc from "fast-check";
import { expect, it } from "vitest";
import { MemoryMarks } from "./memory-marks.ts";

const moment = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: 1.7e12, max: 1.9e12 }),
  fc.integer({ min: -40, max: 40 }),
);
const keep = fc.oneof(
  fc.nat(40),
  fc.nat(),
  fc.nat({ max: 2 ** 48 }),
  fc.constantFrom(86_400_000, 2 ** 32, 2 ** 32 - 1),
);

function newMark(): { readonly marks: MemoryMarks; readonly slot: number } {
  const marks = new MemoryMarks();
  const slot = marks.table.add(1, { first: -1, second: -1, third: -1 });
  return { marks, slot };
}

it("A6: a mark is at the very moment that it was last set at, whichever way the clock moves", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ now: moment, keep }), { minLength: 1 }), (steps) => {
      const { marks, slot } = newMark();
      for (const [index, step] of steps.entries()) {
        if (index === 0) marks.set(slot, step.keep, step.now);
        else marks.renew(slot, step.keep, step.now);
        expect(marks.value(slot)).toBe(Math.max(...steps.slice(0, index + 1).map(({ now }) => now)));
      }
    }),
  );
});

it("S1, R1: a mark is kept for as long as was said, or a sixteenth longer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1.7e12, max: 1.9e12 }), keep, (now, length) => {
      const { marks, slot } = newMark();
      marks.set(slot, length, now);
      const kept = marks.expendableAt(slot) - now;
      if (length === 0) expect(kept).toBe(Number.POSITIVE_INFINITY);
      else {
        expect(kept).toBeGreaterThanOrEqual(length);
        expect(kept).toBeLessThanOrEqual(length * (1 + 1 / 16));
      }
    }),
  );
});

it("S1: a mark that is set again is kept no shorter than was said either time", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ now: fc.integer({ min: 0, max: 1e7 }), keep }), { minLength: 1 }), (steps) => {
      const { marks, slot } = newMark();
      let until = Number.NEGATIVE_INFINITY;
      for (const [index, step] of steps.entries()) {
        if (index === 0) marks.set(slot, step.keep, step.now);
        else marks.renew(slot, step.keep, step.now);
        until = Math.max(until, step.keep === 0 ? Number.POSITIVE_INFINITY : step.now + step.keep);
        expect(marks.expendableAt(slot)).toBeGreaterThanOrEqual(until);
      }
    }),
  );
});
