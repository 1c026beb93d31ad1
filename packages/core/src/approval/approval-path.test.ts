import { describe, expect, it } from "vitest";
import { createMemoryAuditLog } from "../audit/memory-audit-log.ts";
import type { Authorizer, AuthorizerOptions } from "../authorizer.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import type { Decision, Deny } from "../decision.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { Actor, CallContext, Subject } from "../tool-call.ts";

const source = `
tools:
  refund: { scope: tool:refund, cost: 0.01 }
  read: { scope: tool:read }
  mail: { scope: tool:mail }
  wire: { scope: [tool:wire, tool:refund] }
policies:
  - role: rep
    allow:
      - tool:read
      - tool:mail
      - { scope: tool:refund, when: args.amount <= 200 }
      - { scope: tool:refund, when: args.amount > 200, approval: true, message: Refunds above 200 need a manager. }
      - { scope: tool:wire, approval: true }
  - { role: lead, allow: [] }
rules:
  - { id: read-then-mail, after: tool:read, on: tool:mail, require: approval }
approvals: { ttl: 10m, approvers: [role:lead], separation: true }
`;
const lead: Subject = { id: "vera", roles: ["lead"], scopes: [] };
const rep: Subject = { id: "u", roles: ["rep"], scopes: ["**"] };

class Shop {
  now = Date.UTC(2026, 0, 1);
  executed = 0;
  readonly audit = createMemoryAuditLog();
  readonly authorizer: Authorizer;

  constructor(options: Partial<AuthorizerOptions> = {}) {
    const policy = parsePolicy(source);
    this.authorizer = createAuthorizer({ policy, audit: this.audit, clock: () => this.now, ...options });
  }

  async call(tool: string, args: Record<string, unknown> = {}, as: Partial<CallContext> = {}): Promise<Decision> {
    const actor: Actor = { id: "bot" };
    const context = { subject: rep, actor, session: "s", ...as };
    const call = { tool, arguments: args };
    return (
      await this.authorizer.run(call, context, () => {
        this.executed += 1;
      })
    ).decision;
  }

  async asked(tool: string, args: Record<string, unknown> = {}, as: Partial<CallContext> = {}): Promise<string> {
    const decision = await this.call(tool, args, as);
    return (decision as Deny).approval?.id ?? expect.unreachable(JSON.stringify(decision));
  }
}

describe("a call that a person must approve", () => {
  it("A2: is asked about once, and runs once when it is approved", async () => {
    const shop = new Shop();
    const denied = await shop.call("refund", { amount: 300 });
    expect(denied).toMatchObject({
      code: "approval_required",
      reason: "Refunds above 200 need a manager.",
      retryable: true,
      approval: { status: "pending", expiresAt: shop.now + 600_000 },
    });
    const id = await shop.asked("refund", { amount: 300 });
    expect(await shop.asked("refund", { amount: 300 })).toBe(id);
    expect(await shop.authorizer.approvals.list()).toMatchObject([{ id, tool: "refund", arguments: { amount: 300 } }]);
    expect(await shop.authorizer.approvals.approve(id, lead, { comment: "fine" })).toMatchObject({ allowed: true });
    expect(shop.executed).toBe(0);
    const permit = await shop.call("refund", { amount: 300 });
    expect(permit).toMatchObject({ allowed: true, approvals: [{ id, approver: { issuer: "", id: "vera" } }] });
    expect(shop.executed).toBe(1);
    expect(await shop.authorizer.approvals.get(id)).toMatchObject({ status: "spent", comment: "fine" });
    const again = await shop.asked("refund", { amount: 300 });
    expect(again).not.toBe(id);
    expect(shop.executed).toBe(1);
  });

  it("is the same where a rule over history demands it", async () => {
    const shop = new Shop();
    expect(await shop.call("mail")).toMatchObject({ allowed: true });
    await shop.call("read");
    const id = await shop.asked("mail");
    await shop.authorizer.approvals.approve(id, lead);
    expect(await shop.call("mail")).toMatchObject({
      allowed: true,
      rule: "role:rep allow tool:mail, read-then-mail approved",
    });
    expect(await shop.call("mail")).toMatchObject({ code: "approval_required" });
  });

  it("A4: needs an approval for each demand, and spends none before it has all", async () => {
    const shop = new Shop();
    const first = await shop.asked("wire", { amount: 300 });
    await shop.authorizer.approvals.approve(first, lead);
    const second = await shop.asked("wire", { amount: 300 });
    expect(second).not.toBe(first);
    await shop.authorizer.approvals.approve(second, lead);
    const permit = await shop.call("wire", { amount: 300 });
    expect(permit).toMatchObject({ allowed: true, approvals: [{ id: first }, { id: second }] });
    expect(shop.executed).toBe(1);
  });
});
