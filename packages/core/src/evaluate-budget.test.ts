import { describe, expect, it } from "vitest";
import { evaluateBudget } from "./evaluate-budget.ts";

const user = { sub: "auth0|8f3a2b1c" };

describe("evaluateBudget is exact", () => {
  it.each([
    [0.12, 48.73, 50.0, true, "daily budget holds (48.73 + 0.12 <= 50.00)"],
    [0.12, 49.93, 50.0, false, "daily budget exceeded (49.93 + 0.12 > 50.00)"],
    ["0.07", "49.93", "50.00", true, "daily budget holds (49.93 + 0.07 <= 50.00)"],
    ["0.070001", "49.93", "50.00", false, "daily budget exceeded (49.93 + 0.070001 > 50.00)"],
    [0.1, 0.2, 0.3, true, "daily budget holds (0.20 + 0.10 <= 0.30)"],
    [
      "9007199254",
      "9007199254",
      "9007199254",
      false,
      "daily budget exceeded (9007199254.00 + 9007199254.00 > 9007199254.00)",
    ],
  ])("cost %s after %s of %s", (estimatedCost, windowSpend, dailyLimit, allowed, reason) => {
    const answer = evaluateBudget({ user, estimatedCost, windowSpend, dailyLimit });
    expect(answer).toEqual({ allowed, code: allowed ? "permitted" : "budget_exhausted", reason, logged: false });
  });

  it.each([
    ["negative", -0.01],
    ["not a number", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
    ["finer than a millionth", 0.0000001],
    ["the sum of two floats", 0.1 + 0.2],
    ["a text with an exponent", "1e2"],
    ["a text with white space", " 1"],
    ["empty", ""],
    ["hexadecimal", "0x10"],
    ["missing", undefined],
    ["null", null],
  ])("B4: an amount that is %s denies, and is never read as zero", (_name, amount) => {
    for (const name of ["estimatedCost", "windowSpend", "dailyLimit"] as const) {
      const question = { user, estimatedCost: 0, windowSpend: 0, dailyLimit: 50, [name]: amount };
      expect(evaluateBudget(question)).toMatchObject({ allowed: false, code: "indeterminate" });
      expect(evaluateBudget(question).reason).toContain(name);
    }
  });
});
