import { describe, expect, it } from "vitest";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { ListedSuspension } from "../suspension-list.ts";
import type { Subject } from "../tool-call.ts";
import type { ApproverLookup } from "./approver-roles.ts";
import { large, lead, rep, Shop, source } from "./fixtures/shop.ts";

describe("A3: who answers", () => {
  it.each<[string, Subject, string]>([
    ["without a role that approves", { ...lead, roles: ["rep"] }, "not_granted"],
    ["with a role of another spelling", { ...lead, roles: ["Lead", "role:lead"] }, "not_granted"],
    ["of another tenant", { ...lead, tenant: "acme" }, "not_granted"],
    ["who is the user", { ...rep, roles: ["lead"] }, "forbidden"],
    ["who is the agent", { ...lead, id: "bot" }, "forbidden"],
    ["who is an agent that delegated to it", { ...lead, id: "boss" }, "forbidden"],
    ["who has no id", { ...lead, id: "" }, "unauthenticated"],
    // What a JavaScript application may pass.
    ["who is nobody", null as unknown as Subject, "unauthenticated"],
  ])("nobody %s approves or denies", async (_, approver, code) => {
    const shop = new Shop();
    const as = { actor: { id: "bot", chain: ["boss"] } };
    const id = await shop.ask("refund", large, as);
    expect(await shop.approve(id, approver)).toBe(code);
    expect(await shop.authorizer.approvals.deny(id, approver)).toMatchObject({ allowed: false, code, logged: true });
    expect(await shop.outcome("refund", large, as)).toBe("pending");
    expect(shop.audit.records.filter(({ type }) => type === "approval").slice(1)).toMatchObject([
      { action: "approve", decision: "deny", code },
      { action: "deny", decision: "deny", code },
    ]);
  });

  it("without separation people approve their own calls", async () => {
    const shop = new Shop({}, source.replace("separation: true", "separation: false"));
    expect(await shop.approve(await shop.ask(), { ...rep, roles: ["lead"] })).toBe("approved");
    expect(await shop.outcome()).toBe("permit");
  });

  it("R7: who is suspended does not answer, also where only the store knows", async () => {
    const shop = new Shop();
    const id = await shop.ask();
    const elsewhere = new Shop({ store: shop.store });
    await elsewhere.authorizer.suspend({ kind: "user", id: "vera" });
    expect(await shop.approve(id)).toBe("suspended");
    expect(await elsewhere.approve(id)).toBe("suspended");
    await elsewhere.authorizer.resume({ kind: "user", id: "vera" });
    expect(await shop.approve(id)).toBe("approved");
  });
});

describe("A3: who has answered is judged again when the call is made", () => {
  const gone: [string, ApproverLookup][] = [
    ["nobody any more", () => undefined],
    ["somebody without the role", (person) => ({ ...person, roles: ["rep"], scopes: [] })],
    ["somebody else", (person) => ({ ...person, id: "otto", roles: ["lead"], scopes: [] })],
    ["somebody of another tenant", (person) => ({ ...person, tenant: "acme", roles: ["lead"], scopes: [] })],
    ["somebody of another issuer", async (person) => ({ ...person, issuer: "x", roles: ["lead"], scopes: [] })],
  ];
  it.each(gone)("as %s: another approval is needed", async (_, approvers) => {
    const shop = new Shop({ approvers });
    const id = await shop.ask();
    await shop.approve(id);
    expect(await shop.ask()).not.toBe(id);
    expect(shop.executed).toBe(0);
  });

  it.each<[string, ApproverLookup]>([
    ["throws", () => expect.fail("no directory")],
    ["rejects", () => Promise.reject(new Error("no directory"))],
    ["hangs", () => new Promise(() => {})],
  ])("a look-up that %s denies, and the approval stands", async (_, lookup) => {
    let works = false;
    const shop = new Shop({
      approvers: (person) => (works ? { ...person, roles: ["lead"], scopes: [] } : lookup(person)),
    });
    await shop.approve(await shop.ask());
    expect(await shop.outcome()).toBe("unavailable");
    works = true;
    expect(await shop.outcome()).toBe("permit");
  });

  it("by the policy of that moment", async () => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    shop.reference.current = parsePolicy(source.replace("[role:lead]", "[role:rep]"));
    expect(await shop.outcome()).toBe("pending");
  });

  it("R7: who was suspended since has approved nothing, in the step in which the call is taken", async () => {
    const shop = new Shop();
    const id = await shop.ask();
    await shop.approve(id);
    await new Shop({ store: shop.store }).authorizer.suspend({ kind: "user", id: "vera" });
    expect(await shop.ask()).not.toBe(id);
    expect(shop.executed).toBe(0);
  });

  it("R7: nor has who stands in the operator's list by then", async () => {
    const list: { current: ListedSuspension[] } = { current: [] };
    const shop = new Shop({ suspensions: list });
    const id = await shop.ask();
    await shop.approve(id);
    list.current = [{ kind: "user", id: "vera" }];
    expect(await shop.ask()).not.toBe(id);
    expect(shop.executed).toBe(0);
  });
});
