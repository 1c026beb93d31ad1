import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApprovalRequest } from "./approval-request.ts";
import { type AwaitApprovalsOptions, awaitApprovals } from "./await-approvals.ts";
import { large, lead, rep, Shop } from "./fixtures/shop.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const context = { subject: rep, actor: { id: "bot" }, session: "s" };
const refund = { tool: "refund", arguments: large };

function desk(options: Partial<AwaitApprovalsOptions> = {}) {
  const shop = new Shop();
  const requests: ApprovalRequest[] = [];
  const onRequest = (request: ApprovalRequest) => void requests.push(request);
  const authorizer = awaitApprovals(shop.authorizer, { timeout: 60_000, onRequest, ...options });
  return { shop, requests, authorizer };
}

describe("awaitApprovals", () => {
  it("runs the call once it is approved, and tells once that it waits", async () => {
    const { shop, requests, authorizer } = desk();
    const running = authorizer.run(refund, context, () => "refunded");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(requests).toMatchObject([{ tool: "refund", arguments: large }]);
    await shop.approve(requests[0]?.id ?? "");
    await vi.advanceTimersByTimeAsync(500);
    expect(await running).toMatchObject({ executed: true, result: "refunded" });
  });

  it("waits for each of two demands", async () => {
    const { shop, requests, authorizer } = desk();
    const running = authorizer.run({ ...refund, tool: "wire" }, context, () => "wired");
    for (const index of [0, 1]) {
      await vi.advanceTimersByTimeAsync(1_000);
      await shop.approve(requests[index]?.id ?? "");
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await running).toMatchObject({ executed: true });
    expect(requests).toHaveLength(2);
  });

  it("streams, and guards, in the same way", async () => {
    const { shop, requests, authorizer } = desk();
    const streaming = authorizer.stream(refund, context, async function* () {
      yield "refunded";
    });
    await vi.advanceTimersByTimeAsync(1);
    await shop.approve(requests[0]?.id ?? "");
    await vi.advanceTimersByTimeAsync(500);
    const streamed = await streaming;
    if (!streamed.executed) return expect.unreachable();
    expect((await streamed.stream.next()).value).toBe("refunded");

    const guarded = authorizer.guard(async (args: { amount: number }) => args.amount, { tool: "refund", context });
    const calling = guarded(large);
    await vi.advanceTimersByTimeAsync(1);
    await shop.approve(requests[1]?.id ?? "");
    await vi.advanceTimersByTimeAsync(500);
    expect(await calling).toBe(300);
  });

  it("A5: a denial, silence, an aborted signal and a request that is gone run nothing", async () => {
    const signal = { aborted: false };
    const { shop, requests, authorizer } = desk({ signal });
    const outcomes: unknown[] = [];
    const begin = (amount: number) =>
      void authorizer
        .run({ tool: "refund", arguments: { amount } }, context, () => expect.unreachable())
        .then(({ decision }) => outcomes.push(decision.allowed || decision.approval?.status));
    begin(301);
    await vi.advanceTimersByTimeAsync(1);
    await shop.authorizer.approvals.deny(requests[0]?.id ?? "", lead);
    await vi.advanceTimersByTimeAsync(500);
    expect(outcomes).toEqual(["denied"]);
    begin(302);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(outcomes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual(["denied", "pending"]);
    begin(303);
    await vi.advanceTimersByTimeAsync(1);
    shop.now += 600_000;
    await vi.advanceTimersByTimeAsync(500);
    expect(outcomes).toEqual(["denied", "pending", "pending"]);
    begin(304);
    await vi.advanceTimersByTimeAsync(1);
    signal.aborted = true;
    await vi.advanceTimersByTimeAsync(500);
    expect(outcomes).toEqual(["denied", "pending", "pending", "pending"]);
  });

  it("goes on waiting where it cannot look, or nobody can be told", async () => {
    const faults: unknown[] = [];
    const { shop, authorizer } = desk({
      onRequest: () => Promise.reject(new Error("no mail")),
      onFault: (fault) => void faults.push(fault),
    });
    const running = authorizer.run(refund, context, () => "refunded");
    await vi.advanceTimersByTimeAsync(1);
    const get = vi.spyOn(shop.authorizer.approvals, "get").mockRejectedValueOnce(new Error("down"));
    const [request] = await shop.authorizer.approvals.list();
    await shop.approve(request?.id ?? "");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await running).toMatchObject({ executed: true });
    expect(get).toHaveBeenCalledTimes(2);
    expect(faults.map(String)).toEqual(["Error: no mail", "Error: down"]);
  });

  it("other denials, and calls that nobody must approve, wait for nothing", async () => {
    const { authorizer } = desk();
    expect(await authorizer.run({ ...refund, tool: "unknown" }, context, () => 1)).toMatchObject({ executed: false });
    expect(await authorizer.run({ tool: "read", arguments: {} }, context, () => 1)).toMatchObject({ executed: true });
    expect(await authorizer.run(refund, undefined, () => 1)).toMatchObject({ decision: { code: "unauthenticated" } });
  });

  it.each([{ timeout: 0 }, { timeout: Number.NaN }, { timeout: 1, interval: 0.5 }])("refuses %j", (options) => {
    expect(() => awaitApprovals(new Shop().authorizer, options)).toThrow(RangeError);
  });
});
