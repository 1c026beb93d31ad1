import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeText } from "./time-text.ts";

const latest = 8_640_000_000_000_000;

describe("timeText", () => {
  it.each([0, -1, 999, 1_000, 1_700_000_000_005, 253_402_300_800_000, latest, -latest])(
    "writes %d as the platform does",
    (moment) => expect(timeText(moment)).toBe(new Date(moment).toISOString()),
  );

  it("writes any moments, in any order, as the platform does", () => {
    const near = fc.integer({ min: 1_699_999_998_000, max: 1_700_000_002_000 });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, fc.integer({ min: -latest, max: latest }))), (moments) => {
        expect(moments.map(timeText)).toEqual(moments.map((moment) => new Date(moment).toISOString()));
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, latest + 1])("throws for %d, which is no moment", (moment) => {
    expect(() => timeText(moment)).toThrow(RangeError);
  });
});
