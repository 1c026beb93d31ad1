import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../canonical-json.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { CallContext } from "../tool-call.ts";
import { type ApprovedFacts, approvalKey } from "./approval-row.ts";
import { large, rep, Shop, source } from "./fixtures/shop.ts";

const wide = { ...rep, roles: ["rep", "clerk"] };

describe("A1: an approval is good for the very call that was shown", () => {
  it.each<[string, Partial<CallContext>]>([
    ["tenant", { subject: { ...rep, tenant: "acme" } }],
    ["issuer", { subject: { ...rep, issuer: "https://id.example" } }],
    ["user", { subject: { ...rep, id: "w" } }],
    ["agent", { actor: { id: "other" } }],
    ["kind of agent", { actor: { id: "bot", tier: "background" } }],
    ["chain of agents", { actor: { id: "bot", chain: ["boss"] } }],
    ["session", { session: "other" }],
  ])("another %s needs another", async (_, as) => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    expect(await shop.outcome("refund", large, as)).toBe("pending");
    expect(shop.executed).toBe(0);
    expect(await shop.outcome()).toBe("permit");
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["another value", "refund", { amount: 300.01 }],
    ["one argument more", "refund", { amount: 300, note: "" }],
    ["a value of another type", "refund", { amount: 300, to: "1" }],
    ["another tool", "wire", { amount: 300 }],
  ])("%s needs another", async (_, tool, args) => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    expect(await shop.outcome(tool, args)).toBe("pending");
    expect(shop.executed).toBe(0);
  });

  it("arguments in another order are the same call", async () => {
    const shop = new Shop();
    await shop.approve(await shop.ask("refund", { amount: 300, to: "x" }));
    expect(await shop.outcome("refund", { to: "x", amount: 300 })).toBe("permit");
  });

  it("more roles, scopes or another call id do not matter: the call is judged by them again", async () => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    expect(await shop.outcome("refund", large, { subject: { ...wide, roles: ["clerk"] } })).toBe("not_granted");
    expect(await shop.outcome("refund", large, { subject: wide })).toBe("permit");
  });

  it.each<[string, string, (text: string) => string, string]>([
    ["rewritten elsewhere", "refund", (text) => text.replace("tool:read }", "tool:read, cost: 1 }"), "permit"],
    ["with another threshold", "refund", (text) => text.replace("amount > 200", "amount > 250"), "pending"],
    ["with another message", "refund", (text) => text.replace("need a manager", "need somebody"), "pending"],
    [
      "that denies",
      "refund",
      (text) => text.replace("role: rep\n", "role: rep\n    deny: [tool:refund]\n"),
      "forbidden",
    ],
    [
      "with another span",
      "mail",
      (text) => text.replace("require: approval", "require: approval, within: 1h"),
      "pending",
    ],
    ["with a higher price than was shown", "refund", (text) => text.replace("cost: 0.01", "cost: 5"), "pending"],
    ["with a lower price", "refund", (text) => text.replace("cost: 0.01", "cost: 0.001"), "permit"],
    ["where nobody approves", "refund", (text) => text.replace("[role:lead]", "[]"), "approval_required"],
    ["for a shorter time", "refund", (text) => text.replace("ttl: 10m", "ttl: 30s"), "pending"],
  ])("a policy %s: %s", async (_, tool, rewrite, expected) => {
    const shop = new Shop();
    await shop.call("read");
    await shop.approve(await shop.ask(tool));
    const rewritten = rewrite(source);
    expect(rewritten).not.toBe(source);
    shop.reference.current = parsePolicy(rewritten);
    shop.now += 60_000;
    expect(await shop.outcome(tool)).toBe(expected);
  });

  it("facts that differ anywhere have different keys, wherever a text ends and the next begins", () => {
    const text = fc.constantFrom("", "a", "b", "ab", '","', "|1:a");
    const facts: fc.Arbitrary<ApprovedFacts> = fc.record({
      tenant: text,
      issuer: text,
      user: text,
      actor: text,
      tier: fc.constantFrom(undefined, "api" as const, "background" as const),
      chain: fc.array(text, { maxLength: 2 }),
      session: text,
      tool: text,
      arguments: fc.dictionary(text, text, { maxKeys: 2, noNullPrototype: true }),
      demand: text,
    });
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        const same = named(one) === named(other);
        expect(approvalKey(one) === approvalKey(other)).toBe(same);
      }),
      { numRuns: 500 },
    );
  });
});

/** Each fact by its name. */
function named(facts: ApprovedFacts): string {
  return canonicalJson({ ...facts, tier: facts.tier ?? null });
}
