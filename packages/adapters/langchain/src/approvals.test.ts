import { tool } from "@langchain/core/tools";
import { interrupt } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  clock,
  dear,
  decisions,
  looked,
  makes,
  manager,
  ran,
  type refund,
  setUp,
  thread,
  waiting,
} from "./testing/refund-runs.test-support.ts";

describe.each(Object.entries(makes))("%s", (_name, make) => {
  it("by default lets the model read that a person must approve", async () => {
    const { model, start } = setUp(make, [[dear]], { settings: { approvals: undefined } as never });
    expect(waiting(await start())).toEqual([]);
    const [answer] = model.answers(1);
    expect(JSON.parse(answer?.text ?? "")).toMatchObject({
      code: "approval_required",
      message: "Refunds above 200 need a manager.",
      approval: { status: "pending" },
    });
    expect(ran).toEqual([]);
  });

  it("pauses with the request, and runs the call once after it was approved", async () => {
    const { authorizer, model, start, resume, approve } = setUp(make, [[dear]]);
    const paused = await start();
    const [asked] = await authorizer.approvals.list();
    expect(waiting(paused)).toEqual([
      {
        type: "approval_required",
        id: asked?.id,
        tool: "refund",
        arguments: { amount: 300 },
        message: "Refunds above 200 need a manager.",
        rule: asked?.rule,
        expiresAt: 600_000,
      },
    ]);
    expect(ran).toEqual([]);
    await approve(paused);
    expect(waiting(await resume())).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: "paid 300" }]);
    expect(ran).toEqual(["refund 300"]);
    expect(decisions()).toEqual(["approval_required", "permit"]);
    expect(await authorizer.approvals.list()).toMatchObject([{ status: "spent" }]);
  });

  it("does not pause for what needs no approval", async () => {
    const { start } = setUp(make, [[{ name: "refund", args: { amount: 100 } }]]);
    expect(waiting(await start())).toEqual([]);
    expect(ran).toEqual(["refund 100"]);
  });

  it.each([
    [
      "says that it was approved",
      { approved: true, type: "approve", status: "approved", decisions: [{ type: "approve" }] },
    ],
    ["says so in a word", "approved"],
    ["brings other arguments", { type: "edit", arguments: { amount: 1 }, args: { amount: 1 } }],
    ["says nothing", {}],
  ])("A5: resumed with a value that %s, runs nothing that nobody has approved", async (_what, value) => {
    const { model, start, resume } = setUp(make, [[dear]]);
    await start();
    expect(waiting(await resume(value))).toEqual([]);
    expect(ran).toEqual([]);
    expect(model.answers(1)).toMatchObject([
      { status: "error", content: expect.stringContaining("approval_required") },
    ]);
  });

  it("waits on where it is run again without being resumed, until it is approved", async () => {
    const { run, start, approve } = setUp(make, [[dear]]);
    const paused = await start();
    expect(waiting(await run.invoke(null, thread))).toEqual(waiting(paused));
    await approve(paused);
    expect(waiting(await run.invoke(null, thread))).toEqual([]);
    expect(ran).toEqual(["refund 300"]);
  });

  it("A7: runs the arguments that were approved, whatever the run is resumed with", async () => {
    const { start, resume, approve } = setUp(make, [[dear]]);
    await approve(await start());
    await resume({ arguments: { amount: 9_000 }, args: { amount: 9_000 } });
    expect(ran).toEqual(["refund 300"]);
  });

  it("lets the model read that a person has refused", async () => {
    const { authorizer, model, start, resume } = setUp(make, [[dear]]);
    const [asked] = waiting(await start());
    await authorizer.approvals.deny(asked?.id ?? "", manager, { comment: "too much" });
    await resume({ approved: true });
    expect(ran).toEqual([]);
    const [answer] = model.answers(1);
    expect(answer?.text).toContain('"status":"denied"');
    expect(answer?.text).not.toContain("too much");
  });

  it.each(["unanswered", "approved"])(
    "A5: lets the model read that it must be approved once the request has expired %s",
    async (state) => {
      const { model, start, resume, approve } = setUp(make, [[dear]]);
      const paused = await start();
      if (state === "approved") await approve(paused);
      clock.now = 600_000;
      await resume({ approved: true });
      expect(ran).toEqual([]);
      expect(model.answers(1)).toMatchObject([
        { status: "error", content: expect.stringContaining("approval_required") },
      ]);
    },
  );

  it("A2: asks anew where it is replayed from before the pause after the approval was spent", async () => {
    const { run, start, resume, approve } = setUp(make, [[dear]]);
    const first = await start();
    await approve(first);
    await resume();
    let before: object | undefined;
    for await (const { next, config } of run.getStateHistory(thread)) if (next.includes("tools")) before = config;
    const again = await run.invoke(null, before ?? {});
    expect(waiting(again)).toMatchObject([{ id: expect.not.stringMatching(waiting(first)[0]?.id ?? "") }]);
    expect(ran).toEqual(["refund 300"]);
  });

  it("is denied without a checkpointer, and the run goes on", async () => {
    const { model, start } = setUp(make, [[dear]], { checkpointer: false });
    await start();
    expect(ran).toEqual([]);
    expect(model.answers(1)).toMatchObject([
      { status: "error", content: expect.stringContaining("approval_required") },
    ]);
  });

  it("answers what the tool asks itself by nothing that was meant for the approval", async () => {
    const asking = tool(async () => `${ran.push("asking")} ${interrupt<string, string>("really?")}`, {
      name: "refund",
      description: "d",
      schema: z.object({ amount: z.number() }),
    });
    const { model, start, resume, approve } = setUp(make, [[dear]], {
      tools: [asking as typeof refund],
      reuse: ", reuse: 5m",
    });
    await approve(await start());
    expect(waiting(await resume("yes"))).toEqual(["really?"]);
    await resume("no");
    expect(model.answers(1)).toMatchObject([{ content: expect.stringMatching(/ no$/) }]);
    expect(decisions()).toEqual(["approval_required", "permit", "permit"]);
  });

  it("E3: calls of one step run once, in whatever order they were made", async () => {
    for (const [turn, calls] of [
      [looked, dear],
      [dear, looked],
    ].entries()) {
      ran.splice(0);
      const { model, start, resume, approve } = setUp(make, [calls]);
      const paused = await start();
      if (waiting(paused).length > 0) {
        await approve(paused);
        await resume();
      }
      expect(
        ran.filter((name) => name === "look"),
        `order ${turn}`,
      ).toEqual(["look"]);
      expect(ran.filter((name) => name === "refund 300").length).toBe(waiting(paused).length);
      expect(model.answers(1)).toHaveLength(2);
    }
  });
});
