import { type AuditRecord, type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { createAgent } from "langchain";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizationMiddleware } from "./authorization-middleware.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { ScriptedModel } from "./testing/scripted-model.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools: { pay: { scope: tool:pay, cost: 0.02 } }
policies: [{ role: rep, allow: [{ scope: tool:pay, when: args.amount <= 200 }] }]
budgets: [{ per: user, limit: "0.05", window: day }]
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const records: AuditRecord[] = [];
const ran: number[] = [];
beforeEach(() => {
  records.splice(0);
  ran.splice(0);
});
const decisions = () => records.flatMap((record) => (record.type === "decision" ? record.decision === "permit" : []));

const fields = { name: "pay", description: "d", schema: z.object({ amount: z.number() }) };
const pay = tool(async ({ amount }: { amount: number }) => `${ran.push(amount) && "paid"} ${amount}`, fields);
const thread = { configurable: { thread_id: "t1" } };
const go = { messages: [new HumanMessage("go")] };
const script = () => new ScriptedModel([[{ name: "pay", args: { amount: 1 } }]]);

/** The part of a graph with a checkpointer that is used here. */
interface Resumable {
  invoke(input: unknown, config: object): Promise<Record<string, unknown>>;
  getStateHistory(config: object): AsyncIterableIterator<Snapshot>;
  getState(config: object): Promise<Snapshot>;
  updateState(config: object, values: object, asNode?: string): Promise<object>;
}
interface Snapshot {
  readonly next: readonly string[];
  readonly config: object;
  readonly values: { readonly messages: readonly AIMessage[] };
}
interface Made {
  readonly graph: Resumable;
  /** The node that calls the model. */
  readonly model: string;
}

type Make = (settings: AuthorizationOptions, model: ScriptedModel, tools?: readonly (typeof pay)[]) => Made;
const makes: Record<string, Make> = {
  "an agent with the middleware": (settings, model, tools = [pay]) => {
    const middleware = [authorizationMiddleware(settings)];
    const agent = createAgent({ model, tools: [...tools], middleware, checkpointer: new MemorySaver() });
    return { graph: agent.graph as unknown as Resumable, model: "model_request" };
  },
  "an agent with wrapped tools": (settings, model, tools = [pay]) => {
    const agent = createAgent({
      model,
      tools: [...withAuthorization(tools, settings)],
      checkpointer: new MemorySaver(),
    });
    return { graph: agent.graph as unknown as Resumable, model: "model_request" };
  },
  "a graph with a ToolNode": (settings, model, tools = [pay]) => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
      .addNode("tools", new ToolNode([...withAuthorization(tools, settings)]))
      .addEdge(START, "model")
      .addConditionalEdges(
        "model",
        ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? "tools" : END),
        ["tools", END],
      )
      .addEdge("tools", "model")
      .compile({ checkpointer: new MemorySaver() });
    return { graph: graph as unknown as Resumable, model: "model" };
  },
};

function options(): AuthorizationOptions {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return { authorizer: createAuthorizer({ policy, audit }), context };
}

/** The checkpoint before the tools ran for the first time. */
async function beforeTools(graph: Resumable): Promise<Snapshot> {
  const history: Snapshot[] = [];
  for await (const snapshot of graph.getStateHistory(thread)) history.push(snapshot);
  const found = history.reverse().find(({ next }) => next.includes("tools"));
  return found ?? expect.unreachable("no checkpoint stands before the tools");
}

/** The model's message with its one call, changed. */
function edited({ values }: Snapshot, args: object): AIMessage {
  const message = values.messages.find((one) => one.type === "ai" && one.tool_calls?.length);
  const [call] = message?.tool_calls ?? [];
  if (message?.id === undefined || call === undefined) return expect.unreachable("no message has a call");
  return new AIMessage({ id: message.id, content: "", tool_calls: [{ ...call, args: { ...args } }] });
}

describe.each(Object.entries(makes))("%s", (makeName, make) => {
  it("judges a call again with edited arguments where a run is resumed before its tools", async () => {
    const model = script();
    const { graph, model: node } = make(options(), model);
    await graph.invoke(go, { ...thread, interruptBefore: ["tools"] });
    expect({ ran, decided: decisions() }).toEqual({ ran: [], decided: [] });
    const paused = await graph.getState(thread);
    await graph.updateState(thread, { messages: [edited(paused, { amount: 900 })] }, node);
    await graph.invoke(null, thread);
    expect({ ran, decided: decisions() }).toEqual({ ran: [], decided: [false] });
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("condition_failed"), status: "error" }]);
  });

  it("judges a call of an old checkpoint with the arguments that it was forked with", async () => {
    const model = script();
    const { graph, model: node } = make(options(), model);
    await graph.invoke(go, thread);
    expect(ran).toEqual([1]);
    const old = await beforeTools(graph);
    for (const amount of [900, 2]) {
      const fork = await graph.updateState(old.config, { messages: [edited(old, { amount })] }, node);
      await graph.invoke(null, fork);
    }
    expect({ ran, decided: decisions() }).toEqual({ ran: [1, 2], decided: [true, false, true] });
  });

  it("B1: judges and charges the replay of a call that has run, though its id and arguments are the same", async () => {
    const { graph } = make(options(), script());
    await graph.invoke(go, thread);
    const old = await beforeTools(graph);
    for (let times = 0; times < 3; times += 1) await graph.invoke(null, old.config);
    // Two of 0.02 fit into 0.05: the permit of the first is not used again by the others.
    expect({ ran, decided: decisions() }).toEqual({ ran: [1, 1], decided: [true, true, false, false] });
  });

  it("judges and charges a tool that pauses each time that it begins", async () => {
    const asking = tool(async ({ amount }: { amount: number }) => {
      const answer = interrupt<string, string>("really?");
      return `${ran.push(amount) && answer} ${amount}`;
    }, fields);
    const model = script();
    const { graph } = make(options(), model, [asking as typeof pay]);
    const paused = await graph.invoke(go, thread);
    expect(paused).toMatchObject({ __interrupt__: [{ value: "really?" }] });
    expect({ ran, decided: decisions() }).toEqual({ ran: [], decided: [true] });
    await graph.invoke(new Command({ resume: "yes" }), thread);
    expect({ ran, decided: decisions() }).toEqual({ ran: [1], decided: [true, true] });
    expect(model.answers(1)).toMatchObject([{ content: "yes 1" }]);
  });

  it("B1: judges and charges what is repeated beside a tool that pauses, as often as it runs", async () => {
    const asking = tool(async () => `${interrupt<string, string>("really?")}`, fields);
    const both = tool(async (input: { amount: number }, config) => {
      return input.amount === 1 ? pay.invoke(input) : asking.invoke(input, config);
    }, fields);
    const calls = [1, 2].map((amount) => ({ name: "pay", args: { amount } }));
    const model = new ScriptedModel([calls]);
    const { graph } = make(options(), model, [both as typeof pay]);
    await graph.invoke(go, thread);
    expect(decisions()).toEqual([true, true]); // 0.04 of 0.05 are gone.
    await graph.invoke(new Command({ resume: "yes" }), thread);
    const repeats = makeName === "a graph with a ToolNode";
    expect(decisions()).toEqual(repeats ? [true, true, false, false] : [true, true, false]);
    expect(ran).toEqual([1]);
  });

  it("D3: resumes with the person of the moment, not of the pause", async () => {
    let who: CallContext | undefined = context;
    const asking = tool(async () => `${interrupt("really?")}${ran.push(1)}`, fields);
    const model = script();
    const { graph } = make({ ...options(), context: () => who }, model, [asking as typeof pay]);
    await graph.invoke(go, thread);
    who = undefined;
    await graph.invoke(new Command({ resume: "yes" }), thread);
    expect(ran).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("unauthenticated"), status: "error" }]);
  });
});
