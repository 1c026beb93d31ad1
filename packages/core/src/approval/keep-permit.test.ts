import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Permit } from "../decision.ts";
import { monitorAuthorizer } from "../monitor/monitor-authorizer.ts";
import { large, rep, Shop } from "./fixtures/shop.ts";
import { keepPermit } from "./keep-permit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const context = { subject: rep, actor: { id: "bot" }, session: "s" };
const small = { amount: 1 };

/** A permit for a refund, before anything started it. */
async function permitted(shop: Shop, args: { amount: number }, authorizer = shop.authorizer): Promise<Permit> {
  const decision = await authorizer.authorize({ tool: "refund", arguments: args, id: "c" }, context);
  return decision.allowed ? decision : expect.unreachable(decision.code);
}

function outcomes({ audit }: Shop): readonly string[] {
  return audit.records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
}

describe("a permit that was asked for before its call starts", () => {
  it("is given back after 30 seconds, and not before, where the call does not start", async () => {
    const shop = new Shop();
    const permit = await permitted(shop, small);
    await keepPermit({ authorizer: shop.authorizer, permit, startsNow: true });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(outcomes(shop)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes(shop)).toEqual(["not_started"]);
  });

  it("is not given back once the wait was ended, nor once the call has run", async () => {
    const shop = new Shop();
    const first = await permitted(shop, small);
    const stopWaiting = await keepPermit({ authorizer: shop.authorizer, permit: first, startsNow: true });
    stopWaiting?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ timers: vi.getTimerCount(), outcomes: outcomes(shop) }).toEqual({ timers: 0, outcomes: [] });
    await keepPermit({ authorizer: shop.authorizer, permit: first, startsNow: true });
    await shop.authorizer.run({ tool: "refund", arguments: small, id: "c" }, context, () => "refunded");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outcomes(shop)).toEqual(["succeeded"]);
  });

  it("is given back at once where a person is asked before the call starts", async () => {
    const shop = new Shop();
    const permit = await permitted(shop, small);
    const waiting = await keepPermit({ authorizer: shop.authorizer, permit, startsNow: false });
    expect({ waiting, outcomes: outcomes(shop) }).toEqual({ waiting: undefined, outcomes: ["not_started"] });
  });

  it("is given back at once where monitor mode lets the call through, which decides again when it runs", async () => {
    const shop = new Shop();
    const authorizer = monitorAuthorizer(shop.authorizer, { audit: shop.audit, onFault: () => {} });
    const permit = await permitted(shop, large, authorizer);
    const waiting = await keepPermit({ authorizer, permit, startsNow: true });
    expect({ monitored: permit.monitored?.code, waiting, outcomes: outcomes(shop) }).toEqual({
      monitored: "approval_required",
      waiting: undefined,
      outcomes: ["not_started"],
    });
  });

  it.each([true, false])(
    "is never given back where an approval was spent on it (starts now: %s)",
    async (startsNow) => {
      const shop = new Shop();
      await shop.approve(await shop.ask());
      const permit = await permitted(shop, large);
      const waiting = await keepPermit({ authorizer: shop.authorizer, permit, startsNow });
      await vi.advanceTimersByTimeAsync(60_000);
      expect({ approvals: permit.approvals?.length, waiting, outcomes: outcomes(shop) }).toEqual({
        approvals: 1,
        waiting: undefined,
        outcomes: [],
      });
    },
  );

  it.each([true, false])("troubles nobody where it cannot be given back (starts now: %s)", async (startsNow) => {
    const shop = new Shop();
    const permit = await permitted(shop, small);
    const settle = async () => Promise.reject(new Error("the state is out of reach"));
    await keepPermit({ authorizer: { settle }, permit, startsNow });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
