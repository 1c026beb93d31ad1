import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addMoney, formatMoney, parseMoney } from "./money.ts";

describe("money is exact", () => {
  it.each([
    ["50.00", 50_000_000, "50.00"],
    ["0.002", 2_000, "0.002"],
    ["0.12", 120_000, "0.12"],
    ["1.005", 1_005_000, "1.005"],
    ["0", 0, "0.00"],
    ["0.000001", 1, "0.000001"],
    ["9007199254.740991", Number.MAX_SAFE_INTEGER, "9007199254.740991"],
    [48.73, 48_730_000, "48.73"],
  ])("%s is %i millionths, written %s", (text, micro, written) => {
    const amount = parseMoney(text);
    expect(amount).toBe(micro);
    expect(amount === undefined ? undefined : formatMoney(amount)).toBe(written);
  });

  it.each([
    "",
    " 1",
    "1 ",
    "+1",
    "-1",
    "-0",
    "1.",
    ".5",
    "01",
    "1e3",
    "0x1",
    "1_000",
    "1,00",
    "0.0000001",
    "9007199254.740992",
    "99999999999999999",
    "NaN",
    "Infinity",
    "١",
  ])("B4: %j is no amount", (text) => {
    expect(parseMoney(text)).toBeUndefined();
  });

  it.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [-0.01],
    [1e-7],
    [0.1 + 0.2],
    [2 ** 53],
    [1n],
    [null],
    [undefined],
    [["1"]],
    [{}],
  ])("B4: %s is no amount", (value) => {
    expect(parseMoney(value)).toBeUndefined();
  });

  it("what is written is read back as the same amount", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (micro) => {
        const text = `${Math.floor(micro / 1e6)}.${String(micro % 1e6).padStart(6, "0")}`;
        const amount = parseMoney(text);
        expect(amount).toBe(micro);
        expect(amount === undefined ? undefined : parseMoney(formatMoney(amount))).toBe(micro);
      }),
    );
  });

  it("adds as integers do, and has no sum beyond 2^53 - 1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (left, right) => {
        const [first, second] = [parseMoney(String(left % 1e9)), parseMoney(String(right % 1e9))];
        if (first === undefined || second === undefined) return expect.unreachable();
        expect(addMoney(first, second)).toBe(Number(BigInt(first) + BigInt(second)));
      }),
    );
    const most = parseMoney("9007199254.740991");
    const least = parseMoney("0.000001");
    expect(most !== undefined && least !== undefined && addMoney(most, least)).toBeUndefined();
  });
});
