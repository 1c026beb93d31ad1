import fc from "fast-check";
import { expect, it } from "vitest";
import { storedName, storedText } from "./stored-text.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("\u0000", "\u0001", "\u0002", "a", "\ud7ff", "\ud800", "\udfff", "\ue000", "\uffff"))
    .map((units) => units.join("")),
  fc.array(fc.constantFrom("sha256:", "x".repeat(251), "\ud83d\ude00")).map((parts) => parts.join("")),
);

it("B9: distinct text is stored as distinct text, that Postgres can hold", () => {
  fc.assert(
    fc.property(anyText, anyText, (left, right) => {
      for (const stored of [storedText, storedName]) {
        expect(stored(left) === stored(right)).toBe(left === right);
        expect(stored(left).isWellFormed()).toBe(true);
        expect(stored(left)).not.toContain("\u0000");
      }
    }),
    { numRuns: 10_000 },
  );
});

it("text is stored in the order of its code units, byte by byte", () => {
  fc.assert(
    fc.property(anyText, anyText, (left, right) => {
      const bytes = Buffer.compare(Buffer.from(storedText(left)), Buffer.from(storedText(right)));
      expect(bytes).toBe(left < right ? -1 : left > right ? 1 : 0);
    }),
    { numRuns: 10_000 },
  );
});

it("ordinary names are stored as they are, and long ones fit into an index", () => {
  expect(storedName("account|5:daily|3[|4:user")).toBe("account|5:daily|3[|4:user");
  expect(storedName("x".repeat(100_000))).toHaveLength(71);
  // Two digests are stored for a name that looks like one.
  expect(storedName(storedName("x".repeat(300)))).not.toBe(storedName("x".repeat(300)));
});
