import { describe, expect, it } from "vitest";
import type { StateStore } from "../state/state-store.ts";
import type { ApprovalRow, ApprovalStore } from "./approval-store.ts";
import { lead, Shop, source } from "./fixtures/shop.ts";

/** The same store, of which some operations do something else. */
function faulty(shop: Shop, changes: (store: ApprovalStore) => Partial<ApprovalStore>): StateStore {
  const { store } = shop;
  return { apply: (plan) => store.apply(plan), approvals: { ...store.approvals, ...changes(store.approvals) } };
}

const anything = (value: unknown) => value as never;

describe("A5: what is not a standing approval lets nothing run", () => {
  it("expires, unanswered and answered, to the millisecond", async () => {
    const shop = new Shop();
    const first = await shop.ask();
    shop.now += 600_000;
    expect(await shop.authorizer.approvals.get(first)).toMatchObject({ status: "expired" });
    expect(await shop.approve(first)).toBe("forbidden");
    const second = await shop.ask();
    expect(second).not.toBe(first);
    shop.now += 599_999;
    expect(await shop.approve(second)).toBe("approved");
    shop.now += 600_000;
    expect(await shop.ask()).not.toBe(second);
    expect(shop.executed).toBe(0);
  });

  it.each<[string, (row: ApprovalRow) => ApprovalRow]>([
    ["no JSON", (row) => ({ ...row, text: "approved" })],
    ["another form", (row) => ({ ...row, text: '{"status":"approved"}' })],
    ["a member more", (row) => ({ ...row, text: row.text.replace("{", '{"admin":true,') })],
    ["a status of its own", (row) => ({ ...row, text: row.text.replace('"approved"', '"granted"') })],
    ["no approver", (row) => ({ ...row, text: row.text.replace(/"approver":\{[^}]*\},?/, "").replace(",}", "}") })],
    ["other arguments", (row) => ({ ...row, text: row.text.replace("300", "999") })],
    ["another user", (row) => ({ ...row, text: row.text.replace('"user":"u"', '"user":"w"') })],
    ["another tenant", (row) => ({ ...row, text: row.text.replace('"tenant":""', '"tenant":"acme"') })],
    ["a row that has expired", (row) => ({ ...row, expiresAt: 1 })],
  ])("a forged row with %s", async (_, forge) => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    const [row] = shop.store.approvals.list("", { limit: 9 });
    if (row === undefined) return expect.unreachable();
    const forged = forge(row);
    expect(forged).not.toEqual(row);
    shop.store.approvals.replace(forged, row.version);
    expect(await shop.outcome()).toBe("pending");
    expect(shop.executed).toBe(0);
  });

  it("the row of another call, whoever approved that", async () => {
    const shop = new Shop();
    await shop.approve(await shop.ask("refund", { amount: 201 }));
    const [row] = shop.store.approvals.list("", { limit: 9 });
    const lying = new Shop({ store: faulty(shop, () => ({ read: () => row })) });
    expect(await lying.outcome()).not.toBe("permit");
    expect(lying.executed).toBe(0);
  });

  it.each<[string, Partial<ApprovalStore>]>([
    ["cannot read", { read: () => expect.fail("down") }],
    ["rejects", { read: () => Promise.reject(new Error("down")) }],
    ["hangs", { read: () => new Promise(() => {}) }],
    ["gives nonsense", { read: () => anything({ key: 1 }) }],
    [
      "gives a row of another tenant",
      { read: (_, key) => ({ partition: "acme", key, owner: "", version: "", expiresAt: 9e15, text: "{}" }) },
    ],
  ])("a store that %s", async (_, changes) => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    const broken = new Shop({ store: faulty(shop, () => changes) });
    expect(await broken.outcome()).toBe("unavailable");
    expect(broken.executed).toBe(0);
  });

  it.each<[string, Partial<ApprovalStore>]>([
    ["throws", { insert: () => expect.fail("down") }],
    ["hangs", { insert: () => new Promise(() => {}) }],
    ["answers nonsense", { insert: () => anything(true) }],
    ["always says that others were faster", { insert: () => "exists" }],
  ])("a store that %s where a request is to be written", async (_, changes) => {
    const shop = new Shop();
    const broken = new Shop({ store: faulty(shop, () => changes) });
    expect(await broken.outcome()).toBe("unavailable");
  });

  it("A6: with `fail: open`, nothing runs under an approval that could not be spent", async () => {
    const failing = `${source}\nfail: open`;
    const shop = new Shop({}, failing);
    await shop.approve(await shop.ask());
    const apply = () => expect.fail("down");
    const open = new Shop({ store: { apply, approvals: shop.store.approvals } }, failing);
    expect(await open.outcome("refund", { amount: 1 })).toBe("permit");
    expect(await open.outcome()).toBe("unavailable");
  });

  it("a mark that cannot be written changes nothing: the token is spent", async () => {
    const shop = new Shop();
    await shop.approve(await shop.ask());
    const broken = new Shop({ store: faulty(shop, () => ({ replace: () => expect.fail("down") })) });
    expect(await broken.outcome()).toBe("permit");
    expect(await shop.outcome()).toBe("pending");
  });
});

describe("answers", () => {
  it.each([["approve"], ["deny"]] as const)("A2: of several at once exactly one counts: %s", async (other) => {
    const shop = new Shop();
    const { approvals } = shop.authorizer;
    const id = await shop.ask();
    const answers = await Promise.all([approvals.approve(id, lead), approvals[other](id, { ...lead, id: "otto" })]);
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(await approvals.get(id)).toMatchObject({ status: "approved", approver: { id: "vera" } });
    expect(await approvals.deny(id, lead)).toMatchObject({ code: "forbidden" });
    expect(await approvals.get(id)).toMatchObject({ status: "approved" });
  });

  it("nothing is approved that cannot be recorded", async () => {
    let full = false;
    const append = () => {
      if (full) throw new Error("disk full");
    };
    const shop = new Shop({ audit: { append } });
    const id = await shop.ask();
    full = true;
    await expect(shop.approve(id)).rejects.toThrow("disk full");
    full = false;
    expect(await shop.outcome()).toBe("pending");
  });

  it.each(["", "x", "../etc", "0".repeat(41), "a".repeat(24)])("there is no request %j", async (id) => {
    const shop = new Shop();
    await shop.ask();
    expect(await shop.approve(id)).toBe("not_granted");
    expect(await shop.authorizer.approvals.get(id)).toBeUndefined();
  });

  it("I5: no tenant sees or answers what another is asked", async () => {
    const shop = new Shop();
    const id = await shop.ask(
      "refund",
      { amount: 300 },
      { subject: { id: "u", tenant: "acme", roles: ["rep"], scopes: ["**"] } },
    );
    const { approvals } = shop.authorizer;
    expect(await approvals.list()).toEqual([]);
    expect(await approvals.get(id)).toBeUndefined();
    expect(await approvals.get(id, { tenant: "acme" })).toMatchObject({ id });
    expect(await shop.approve(id)).toBe("not_granted");
    expect(await shop.approve(id, { ...lead, tenant: "acme" })).toBe("approved");
  });

  it("a comment that is too long is refused, not cut", async () => {
    const shop = new Shop();
    const id = await shop.ask();
    const answer = await shop.authorizer.approvals.approve(id, lead, { comment: "x".repeat(1_001) });
    expect(answer).toMatchObject({ allowed: false, code: "invalid_arguments" });
  });

  it("A7, A8: looking shows all of the call and changes nothing", async () => {
    const shop = new Shop();
    const args = { amount: 300, note: `\u202e${"x".repeat(100_000)}`, deep: { list: [1, null, { a: "b" }] } };
    const id = await shop.ask("refund", args);
    const before = shop.store.approvals.list("", { limit: 9 });
    const looking = new Shop({
      store: faulty(shop, () => ({ insert: () => expect.fail("written"), replace: () => expect.fail("written") })),
      audit: { append: () => expect.fail("written") },
    });
    expect(await looking.authorizer.approvals.get(id)).toMatchObject({ arguments: args });
    expect(await looking.authorizer.approvals.list({ status: "pending" })).toMatchObject([{ id, arguments: args }]);
    expect(await looking.authorizer.approvals.list({ status: "denied" })).toEqual([]);
    expect(shop.store.approvals.list("", { limit: 9 })).toEqual(before);
  });

  it("lists the oldest first, as many as were asked for, of any number", async () => {
    const shop = new Shop();
    const ids: string[] = [];
    for (let user = 0; user < 3; user += 1) {
      for (let amount = 201; amount < 291; amount += 1) {
        shop.now += 1;
        ids.push(await shop.ask("refund", { amount }, { subject: { id: `u${user}`, roles: ["rep"], scopes: ["**"] } }));
      }
    }
    const { approvals } = shop.authorizer;
    const listed = async (limit?: number) => (await approvals.list({ limit })).map(({ id }) => id);
    expect(await listed()).toEqual(ids.slice(0, 100));
    expect(await listed(3)).toEqual(ids.slice(0, 3));
    expect(await listed(1_000)).toEqual(ids);
    await expect(approvals.list({ limit: 0 })).rejects.toThrow(RangeError);
  });
});
