import fc from "fast-check";
import { expect, it } from "vitest";
import { cellName } from "./owner-key.ts";

it("B9: no two lists of members have one name", () => {
  const hostile = fc.string({ unit: fc.constantFrom("|", ":", "[", "]", "1", "2", "a", "\u0000") });
  const member = fc.oneof(hostile, fc.array(hostile, { maxLength: 3 }));
  const members = fc.array(member, { maxLength: 4 });
  fc.assert(
    fc.property(members, members, (left, right) => {
      expect(cellName("x", ...left) === cellName("x", ...right)).toBe(JSON.stringify(left) === JSON.stringify(right));
    }),
    { numRuns: 10_000 },
  );
});
