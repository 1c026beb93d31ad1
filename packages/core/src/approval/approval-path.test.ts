import { describe, expect, it } from "vitest";
import { renderDenial } from "../decision.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import { createMemoryStore } from "../state/memory/memory-store.ts";
import type { Plan } from "../state/plan.ts";
import { large, lead, Shop, source } from "./fixtures/shop.ts";

const memory = createMemoryStore();

describe("a call that a person must approve", () => {
  it("A2: is asked about once, and runs once when it is approved", async () => {
    const shop = new Shop();
    const denied = await shop.call("refund");
    expect(denied).toMatchObject({
      code: "approval_required",
      reason: "Refunds above 200 need a manager.",
      retryable: true,
      approval: { status: "pending", expiresAt: shop.now + 600_000 },
    });
    const id = await shop.ask();
    expect(await shop.ask()).toBe(id);
    const { approvals } = shop.authorizer;
    expect(await approvals.list()).toMatchObject([{ id, tool: "refund", arguments: large, cost: "0.01" }]);
    expect(await approvals.approve(id, lead, { comment: "fine" })).toMatchObject({ allowed: true });
    expect(shop.executed).toBe(0);
    const permit = await shop.call("refund");
    expect(permit).toMatchObject({ allowed: true, approvals: [{ id, approver: { issuer: "", id: "vera" } }] });
    expect(shop.executed).toBe(1);
    expect(await approvals.get(id)).toMatchObject({ status: "spent", comment: "fine" });
    expect(await shop.ask()).not.toBe(id);
    expect(shop.executed).toBe(1);
  });

  it("is the same where a rule over history demands it", async () => {
    const shop = new Shop();
    expect(await shop.outcome("mail")).toBe("permit");
    await shop.call("read");
    await shop.approve(await shop.ask("mail"));
    expect(await shop.call("mail")).toMatchObject({ rule: "role:rep allow tool:mail, read-then-mail approved" });
    expect(await shop.outcome("mail")).toBe("pending");
  });

  it("A4: needs an approval for each demand, and spends none before it has all", async () => {
    const shop = new Shop();
    const first = await shop.ask("wire");
    await shop.approve(first);
    const second = await shop.ask("wire");
    expect(second).not.toBe(first);
    await shop.approve(second);
    expect(await shop.call("wire")).toMatchObject({ allowed: true, approvals: [{ id: first }, { id: second }] });
    expect(shop.executed).toBe(1);
  });

  it("A4: is refused for all other reasons as ever, without spending the approval", async () => {
    const limited = source.replace("approvals:", "limits: [{ per: user, tool: read, max: 1, window: 1h }]\napprovals:");
    const text = limited.replace("tool: read, max: 1", "scope: tool:refund, max: 1");
    const shop = new Shop({}, text);
    await shop.approve(await shop.ask());
    expect(await shop.outcome("refund", { amount: 1 })).toBe("permit");
    expect(await shop.outcome()).toBe("rate_limited");
    shop.reference.current = parsePolicy(source);
    expect(await shop.outcome()).toBe("permit");
  });

  it("A4: nobody is asked about what is refused anyway", async () => {
    const text = source.replace("approvals:", "budgets: [{ per: user, limit: 0.015, window: day }]\napprovals:");
    const shop = new Shop({}, text);
    await shop.call("refund", { amount: 1 });
    expect(await shop.outcome()).toBe("budget_exhausted");
    await shop.authorizer.suspend({ kind: "user", id: "u" });
    expect(await shop.outcome()).toBe("suspended");
    await shop.authorizer.resume({ kind: "user", id: "u" });
    await shop.authorizer.suspend({ kind: "everything" });
    shop.reference.current = parsePolicy(source);
    expect(await shop.outcome()).toBe("suspended");
    expect(await shop.authorizer.approvals.list()).toEqual([]);
  });

  it("what a session did in between is judged when the call is made, not when it was asked about", async () => {
    const text = source.replace(
      "rules:",
      "rules:\n  - { id: no-refund-after-mail, after: tool:mail, deny: tool:refund }",
    );
    const shop = new Shop({}, text);
    await shop.approve(await shop.ask());
    await shop.call("mail");
    expect(await shop.outcome()).toBe("history_forbids");
  });

  it("a denial stands until it expires, and the model reads none of its words", async () => {
    const shop = new Shop();
    const id = await shop.ask();
    await shop.authorizer.approvals.deny(id, lead, { comment: "never for this customer" });
    const denied = await shop.call("refund");
    expect(denied).toMatchObject({ retryable: false, approval: { id, status: "denied" } });
    if (denied.allowed) return expect.unreachable();
    expect(JSON.parse(renderDenial(denied))).toEqual({
      error: "tool_call_denied",
      code: "approval_required",
      message: "a person was asked to approve this call, and has refused",
      retryable: false,
      approval: { id, status: "denied" },
    });
    shop.now += 599_999;
    expect(await shop.outcome()).toBe("denied");
    shop.now += 1;
    expect(await shop.ask()).not.toBe(id);
  });

  it("A6: of a call that never says how it ended, the approval is spent all the same", async () => {
    const shop = new Shop();
    const context = { subject: { id: "u", roles: ["rep"], scopes: ["**"] }, actor: { id: "bot" }, session: "s" };
    await shop.approve(await shop.ask());
    const call = { tool: "refund", arguments: large, id: "c1" };
    const permit = await shop.authorizer.authorize(call, context);
    // The same question is answered the same, and spends nothing more.
    expect(await shop.authorizer.authorize(call, context)).toBe(permit);
    expect(permit).toMatchObject({ allowed: true });
    const restarted = new Shop({ store: shop.store });
    expect(await restarted.outcome()).toBe("pending");
  });

  it("`authorize` sees an answer as soon as it is given", async () => {
    const shop = new Shop();
    const context = { subject: { id: "u", roles: ["rep"], scopes: ["**"] }, actor: { id: "bot" }, session: "s" };
    const call = { tool: "refund", arguments: large, id: "c1" };
    const denied = await shop.authorizer.authorize(call, context);
    expect(denied).toMatchObject({ allowed: false, approval: { status: "pending" } });
    await shop.approve(await shop.ask());
    expect(await shop.authorizer.authorize(call, context)).toMatchObject({ allowed: true });
  });

  it("A6: a permit that cannot be recorded runs nothing, and its approval is spent", async () => {
    let full = false;
    const shop = new Shop({
      audit: {
        append: (record) => {
          if (full && record.type === "decision") throw new Error("disk full");
        },
      },
    });
    await shop.approve(await shop.ask());
    full = true;
    expect(await shop.outcome()).toBe("unavailable");
    full = false;
    expect(await shop.outcome()).toBe("pending");
    expect(shop.executed).toBe(0);
  });

  it("with `reuse`, is let through again for that long after the answer, and then once more at most", async () => {
    const shop = new Shop({}, source.replace("separation: true", "reuse: 5m"));
    await shop.approve(await shop.ask());
    expect(await shop.outcome()).toBe("permit");
    shop.now += 299_999;
    expect(await shop.outcome()).toBe("permit");
    expect(await shop.outcome("refund", { amount: 301 })).toBe("pending");
    shop.now += 1;
    expect(await shop.outcome()).toBe("pending");
    const long = new Shop({}, source.replace("ttl: 10m", "ttl: 2h, reuse: 1h"));
    await long.approve(await long.ask());
    for (const minutes of [0, 30, 29]) {
      long.now += minutes * 60_000;
      expect(await long.outcome()).toBe("permit");
    }
    expect(() => parsePolicy(source.replace("separation: true", "reuse: 11m"))).toThrow("longer than it stands");
  });

  it("A2: approved for one call, is let through once also where `reuse` comes into the policy afterwards", async () => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    shop.reference.current = parsePolicy(source.replace("separation: true", "reuse: 5m"));
    expect(await shop.outcome()).toBe("permit");
    expect(await shop.outcome()).toBe("pending");
    await shop.approve(await shop.ask());
    for (let call = 0; call < 2; call += 1) expect(await shop.outcome()).toBe("permit");
    shop.reference.current = parsePolicy(source);
    expect(await shop.outcome()).toBe("pending");
  });

  it("A7: a person is asked anew where the call has become dearer than it was when it was shown", async () => {
    let cost = "1";
    const text = source.replace("cost: 0.01", "cost: { by: price }");
    const shop = new Shop({ costs: { price: () => cost } }, text);
    const cheap = await shop.ask();
    cost = "2";
    const dear = await shop.ask();
    expect(dear).not.toBe(cheap);
    expect(await shop.authorizer.approvals.get(dear)).toMatchObject({ status: "pending", cost: "2.00" });
    expect(await shop.approve(cheap)).toBe("not_granted");
    await shop.approve(dear);
    cost = "2.000001";
    expect(await shop.outcome()).toBe("pending");
    await shop.approve(await shop.ask());
    cost = "1";
    expect(await shop.outcome()).toBe("permit");
    expect(shop.executed).toBe(1);
  });

  it("R1: a user's requests are bounded, and none is forgotten for another", async () => {
    const shop = new Shop();
    const id = await shop.ask("refund", { amount: 201 });
    for (let amount = 202; amount <= 300; amount += 1) await shop.call("refund", { amount });
    expect(await shop.outcome("refund", { amount: 301 })).toBe("unavailable");
    const other = { subject: { id: "w", roles: ["rep"], scopes: ["**"] } };
    expect(await shop.outcome("refund", { amount: 301 }, other)).toBe("pending");
    expect(await shop.authorizer.approvals.get(id)).toMatchObject({ status: "pending" });
    shop.now += 600_000;
    expect(await shop.outcome("refund", { amount: 301 })).toBe("pending");
  });

  it.each([
    ["the policy names nobody who approves", source.replace("[role:lead]", "[]"), {}],
    ["the store keeps no approvals", source, { store: { apply: (plan: Plan) => memory.apply(plan) } }],
  ])("is denied where %s, and nobody is asked", async (_, text, options) => {
    const shop = new Shop(options, text);
    const denied = await shop.call("refund");
    expect(denied).toMatchObject({ code: "approval_required", retryable: false });
    expect(denied).not.toHaveProperty("approval");
  });

  it("each request, answer and use is in the audit log, without the arguments", async () => {
    const shop = new Shop();
    // No digest and no id can hold such a text.
    const args = { amount: 300, note: "told to nobody" };
    const id = await shop.ask("refund", args);
    await shop.authorizer.approvals.approve(id, lead, { comment: "fine" });
    await shop.call("refund", args);
    const records = shop.audit.records.map(({ type, ...record }) => ({ type, ...record }));
    expect(records).toMatchObject([
      { type: "approval", action: "request", approval: id, approver: null, subject: "u", tool: "refund" },
      { type: "decision", decision: "deny", approvals: [{ id, approver: null }] },
      { type: "approval", action: "approve", decision: "permit", approval: id, approver: "vera", comment: "fine" },
      { type: "decision", decision: "permit", approvals: [{ id, approver: "vera" }] },
      { type: "outcome" },
    ]);
    expect(JSON.stringify(records)).not.toMatch(/told to nobody|amount/);
  });
});
