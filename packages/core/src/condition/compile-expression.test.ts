import { describe, expect, it } from "vitest";
import { parseMoney } from "../money.ts";
import { compileExpression } from "./compile-expression.ts";
import { noEnvironment } from "./frame.ts";

const amountOf = (text: string, args: Record<string, string | number | boolean | null>) =>
  compileExpression(text, {}).evaluateMoney({ ...noEnvironment, args });

describe("B4: an amount is exact or unknown", () => {
  it.each([
    ["0.002 * args.pages", { pages: 3 }, "0.006"],
    ["0.1 + 0.2", {}, "0.3"],
    ["48.73 + args.x", { x: 0.12 }, "48.85"],
    ["args.x * 100", { x: 1.005 }, "100.5"],
    ["args.model == 'large' ? 0.02 * args.pages : 0.002", { model: "large", pages: 7 }, "0.14"],
    ["args.model == 'large' ? 0.02 * args.pages : 0.002", { model: "small", pages: 7 }, "0.002"],
    ["size(args.text) * 0.000001", { text: "abc" }, "0.000003"],
    ["(args.a - args.b) * .5", { a: 3, b: 1 }, "1"],
    ["1.50", {}, "1.5"],
    ["-args.a + 2", { a: 2 }, "0"],
    ["9007199254.740991 * args.n", { n: 1 }, "9007199254.740991"],
    ["9007199254.740992 * args.n", { n: 1 }, "unknown"],
    ["args.a - args.b", { a: 1, b: 2 }, "unknown"],
    ["args.a * 0.0000005", { a: 1 }, "unknown"],
    ["args.a * 0.0000005", { a: 2 }, "0.000001"],
    ["args.a", { a: 1e-7 }, "unknown"],
    ["args.a", { a: 1e300 }, "unknown"],
    ["args.a * args.a * args.a * args.a * args.a", { a: 9007199254740991 }, "unknown"],
    ["args.z * 0.0000000000000000000000000000000000000001 * 0.00000000000000000000001", { z: 0 }, "unknown"],
    ["args.a", { a: "1" }, "unknown"],
    ["args.a", { a: null }, "unknown"],
    ["args.missing * 0", {}, "unknown"],
    ["args.ok ? 1 : 2", { ok: 1 }, "unknown"],
  ] as const)("%s over %j is %s", (text, args, amount) => {
    const answer = amountOf(text, args);
    expect(answer).toBe(amount);
    expect(parseMoney(answer) === undefined).toBe(amount === "unknown");
  });

  it.each([
    ["args.a / 2", "unsupported"],
    ["args.a % 2", "unsupported"],
    ["1e3", "unsupported"],
    ["'1.00'", "type_mismatch"],
    ["args.a == 1", "type_mismatch"],
    ["-1", "invalid_argument"],
    ["0.0000001", "invalid_argument"],
    ["args.a *", "syntax"],
    ["1 ? 2 : 3", "type_mismatch"],
  ])("%s is refused: %s", (text, code) => {
    expect(() => compileExpression(text, {})).toThrow(expect.objectContaining({ code }));
  });

  it("knows its constant and its attributes", () => {
    expect(compileExpression("2 * 0.25", {})).toMatchObject({ constant: "0.5", attributes: [] });
    expect(compileExpression("args.b * args.a", {})).toMatchObject({
      constant: undefined,
      attributes: ["args.a", "args.b"],
    });
  });
});
