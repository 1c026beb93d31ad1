import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { tool } from "@langchain/core/tools";
import {
  Command,
  interrupt,
  isGraphBubbleUp,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { humanInTheLoopMiddleware, toolRetryMiddleware } from "langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AuthorizationOptions } from "./authorization-options.ts";
import {
  agent,
  clock,
  context,
  dear,
  decisions,
  go,
  graph,
  look,
  looked,
  manager,
  type Paused,
  policy,
  ran,
  records,
  refund,
  sending,
  setUp,
  thread,
  waiting,
} from "./testing/refund-runs.test-support.ts";
import type { ScriptedCall } from "./testing/scripted-model.ts";
import { withAuthorization } from "./with-authorization.ts";

describe("calls that share a step", () => {
  const dearer: ScriptedCall = { name: "refund", args: { amount: 400 } };

  it.each([
    ["an agent", agent("v2")],
    ["a graph that sends them one by one", sending],
  ])("E3: of %s pause each for itself, and each runs once, whichever is approved first", async (_what, make) => {
    const { run, start, approve } = setUp(make, [[dear, looked, dearer]]);
    let paused = await start();
    expect(waiting(paused).map(({ arguments: args }) => args)).toEqual([{ amount: 300 }, { amount: 400 }]);
    await approve(paused, 1);
    const resumeOne = (index: number) => {
      const id = paused.__interrupt__?.[index]?.id ?? "";
      return run.invoke(new Command({ resume: { [id]: "go on" } }), thread);
    };
    paused = await resumeOne(1);
    expect(ran).toEqual(["look", "refund 400"]);
    expect(waiting(paused)).toMatchObject([{ arguments: { amount: 300 } }]);
    await approve(paused);
    await resumeOne(0);
    expect(ran).toEqual(["look", "refund 400", "refund 300"]);
  });

  it("E3: of a ToolNode do not pause, so that none is made again; alone, each does", async () => {
    const { model, start, resume, approve } = setUp(graph, [[dear, looked, dearer], [dear], [dearer]]);
    let paused = await start();
    expect(model.answers(1).map(({ status }) => status)).toEqual(["error", "success", "error"]);
    for (const amount of [300, 400]) {
      expect(waiting(paused)).toMatchObject([{ arguments: { amount } }]);
      await approve(paused);
      paused = await resume();
    }
    expect(ran).toEqual(["look", "refund 300", "refund 400"]);
  });

  it("E3: that come when the task is paused already do not run", async () => {
    const settings: AuthorizationOptions = {
      authorizer: createAuthorizer({ policy: policy() }),
      context,
      approvals: "pause",
    };
    const [pay, see] = withAuthorization([refund, look], settings);
    const errors: unknown[] = [];
    const both = new StateGraph(MessagesAnnotation)
      .addNode("both", async () => {
        await pay.invoke({ amount: 300 }).catch((error: unknown) => errors.push(error));
        await see.invoke({});
        return { messages: [] };
      })
      .addEdge(START, "both")
      .compile({ checkpointer: new MemorySaver() });
    expect(waiting((await both.invoke(go, thread)) as Paused)).toMatchObject([{ tool: "refund" }]);
    expect(errors.map(isGraphBubbleUp)).toEqual([true]);
    expect(ran).toEqual([]);
  });

  it("E3: that were made one after the other do not pause once one has run", async () => {
    const settings: AuthorizationOptions = {
      authorizer: createAuthorizer({ policy: policy() }),
      context,
      approvals: "pause",
    };
    const [pay, see] = withAuthorization([refund, look], settings);
    const both = new StateGraph(MessagesAnnotation)
      .addNode("both", async () => {
        await see.invoke({});
        return { messages: [await pay.invoke({ type: "tool_call", id: "1", name: "refund", args: { amount: 300 } })] };
      })
      .addEdge(START, "both")
      .compile({ checkpointer: new MemorySaver() });
    expect(waiting((await both.invoke(go, thread)) as Paused)).toEqual([]);
    expect(ran).toEqual(["look"]);
  });
});

describe("beside other middleware", () => {
  // Its own settings do not fit the type of its parameter, which comes from another version of zod.
  const review = humanInTheLoopMiddleware({
    interruptOn: { refund: { allowedDecisions: ["approve", "edit", "reject"] } },
  } as never) as never;
  const edit = (amount: number) => ({ type: "edit", editedAction: { name: "refund", args: { amount } } });

  it("A4: what a reviewer of humanInTheLoopMiddleware approves is not approved by that", async () => {
    const { model, start, resume } = setUp(agent("v2"), [[dear]], { outer: [review] });
    expect(await start()).toMatchObject({ __interrupt__: [{ value: { actionRequests: [{ name: "refund" }] } }] });
    const paused = await resume({ decisions: [{ type: "approve" }] });
    expect(waiting(paused)).toMatchObject([{ type: "approval_required", arguments: { amount: 300 } }]);
    await resume({ decisions: [{ type: "approve" }] });
    expect(ran).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("approval_required") }]);
  });

  it("A1: what a reviewer edits is judged as edited, and needs an approval of its own", async () => {
    const { authorizer, start, resume, approve } = setUp(agent("v2"), [[dear]], { outer: [review] });
    await start();
    const paused = await resume({ decisions: [edit(500)] });
    expect(waiting(paused)).toMatchObject([{ arguments: { amount: 500 } }]);
    await approve(paused);
    await resume();
    expect(ran).toEqual(["refund 500"]);
    expect(await authorizer.approvals.list()).toMatchObject([{ arguments: { amount: 500 }, status: "spent" }]);
  });

  it("what a reviewer edits into a call that needs no approval runs at once", async () => {
    const { start, resume } = setUp(agent("v2"), [[dear]], { outer: [review] });
    await start();
    expect(waiting(await resume({ decisions: [edit(100)] }))).toEqual([]);
    expect(ran).toEqual(["refund 100"]);
  });

  it("both approve: it runs once", async () => {
    const { start, resume, approve } = setUp(agent("v2"), [[dear]], { outer: [review] });
    await start();
    await approve(await resume({ decisions: [{ type: "approve" }] }));
    expect(waiting(await resume())).toEqual([]);
    expect(ran).toEqual(["refund 300"]);
  });

  it("E3: a middleware that retries what pauses runs nothing by it", async () => {
    const outer = [toolRetryMiddleware({ maxRetries: 2, initialDelayMs: 0 })];
    const { start, model } = setUp(agent("v2"), [[dear]], { outer });
    expect(waiting(await start())).toEqual([]);
    expect(ran).toEqual([]);
    expect(model.answers(1)).toHaveLength(1);
    expect(decisions()).toEqual(["approval_required"]);
  });

  it("a middleware that retries lets the graph pause where it is told to", async () => {
    const retryOn = (error: Error) => !isGraphBubbleUp(error);
    const outer = [toolRetryMiddleware({ maxRetries: 2, initialDelayMs: 0, retryOn, onFailure: "error" })];
    const { start, resume, approve } = setUp(agent("v2"), [[dear]], { outer });
    await approve(await start());
    await resume();
    expect(ran).toEqual(["refund 300"]);
  });
});

it("a tool that pauses by itself has neither failed nor succeeded: no number of pauses is a sign of a runaway", async () => {
  const questions = ["one?", "two?", "three?"];
  const asking = tool(async () => questions.map((question) => interrupt<string, string>(question)).join(" "), {
    name: "look",
    description: "d",
    schema: z.object({}),
  });
  const authorizer = createAuthorizer({
    policy: parsePolicy("policies: [{ role: rep, allow: [tool:look] }]\nrunaway: { failures: 2 }"),
    audit: { append: async (record) => void records.push(record) },
  });
  const parts = { settings: { authorizer, context }, tools: [asking as unknown as typeof look] };
  const { start, resume, model } = setUp(graph, [[looked]], parts);
  await start();
  for (const answer of ["yes", "no", "yes"]) await resume(answer);
  expect(model.answers(1)).toMatchObject([{ content: "yes no yes" }]);
  const outcomes = records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
  expect(outcomes).toEqual(["aborted", "aborted", "aborted", "succeeded"]);
});

it("D3: a call is judged again for the person of the moment when the run is resumed", async () => {
  let who: CallContext | undefined = context;
  const authorizer = createAuthorizer({ policy: policy(), clock: () => clock.now });
  const settings: AuthorizationOptions = { authorizer, context: () => who, approvals: "pause" };
  const { start, resume, model } = setUp(agent("v2"), [[dear]], { settings });
  const [asked] = waiting(await start());
  await authorizer.approvals.approve(asked?.id ?? "", manager);
  who = { ...context, subject: { ...context.subject, id: "u2" } };
  const [other] = waiting(await resume());
  expect(other).toBeUndefined();
  expect(ran).toEqual([]);
  expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("approval_required") }]);
});
