import { type AuthorizerOptions, type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { type AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import {
  BaseToolkit,
  DynamicStructuredTool,
  StructuredTool,
  type StructuredToolInterface,
  tool,
} from "@langchain/core/tools";
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { createReactAgent, ToolNode } from "@langchain/langgraph/prebuilt";
import { createAgent } from "langchain";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizationMiddleware } from "./authorization-middleware.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { type ScriptedCall, ScriptedModel } from "./testing/scripted-model.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, labels: [customer-data] }
  send: { scope: tool:email:send }
  scan: { scope: tool:crm:read, classify: [{ by: scanner, labels: [private-data] }] }
policies:
  - { role: rep, allow: ["tool:crm:read", "tool:email:send"], deny: [tool:crm:write] }
rules:
  - { id: no-data-out, after: label:customer-data, deny: tool:email:send, message: Customer data may not leave. }
  - { id: no-private-data, after: tool:email:send, deny: label:private-data }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const options = (more: Partial<AuthorizerOptions> = {}): AuthorizationOptions => ({
  authorizer: createAuthorizer({ policy, classifiers: { scanner: () => ["private-data"] }, ...more }),
  context,
});
const ran: string[] = [];
beforeEach(() => void ran.splice(0));

const schema = z.object({ quarter: z.string().optional() });
const fields = (name: string) => ({ name, description: "d", schema });
const make = (name: string) => tool(async () => `${ran.push(name) && name} done`, fields(name));
const failing = tool(async (): Promise<string> => Promise.reject(new Error("no such quarter")), fields("read"));

/** A graph that an application wrote: its model, and a node that runs what the model calls. */
function graphOf(model: ScriptedModel, tools: ToolNode) {
  return new StateGraph(MessagesAnnotation)
    .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode("tools", tools)
    .addEdge(START, "model")
    .addConditionalEdges(
      "model",
      ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? "tools" : END),
      ["tools", END],
    )
    .addEdge("tools", "model")
    .compile();
}

async function converse(steps: readonly (readonly ScriptedCall[])[], node: ToolNode) {
  const model = new ScriptedModel(steps);
  const { messages } = await graphOf(model, node).invoke({ messages: [new HumanMessage("go")] });
  expect(messages.at(-1)?.text).toBe("done");
  return model;
}

const call = (name: string, args: Record<string, unknown> = {}): ScriptedCall => ({ name, args });
const denied = { content: expect.stringContaining("tool_call_denied"), status: "error" };

describe("a node that runs tools in a graph", () => {
  // LangGraph's types know true and false; a function, which LangChain's own node takes, counts as true.
  const handled = () => new ToolMessage({ content: "handled", tool_call_id: "call-1-0", status: "error" });
  it.each<[string, unknown]>([
    ["as it is", undefined],
    ["which tells errors", true],
    ["which lets errors out", false],
    ["which was given a function for errors", handled],
  ])("shows the model a denial, and the run goes on: one %s", async (_name, handleToolErrors) => {
    const tools = withAuthorization([make("read"), make("write")], options());
    const node = new ToolNode(tools, { handleToolErrors: handleToolErrors as boolean });
    const model = await converse([[call("write")], [call("read")]], node);
    expect(ran).toEqual(["read"]);
    expect(model.answers(1)).toMatchObject([denied]);
    expect(model.answers(2)).toMatchObject([denied, { content: "read done" }]);
  });

  it("says of a tool's own error what it says of it without authorization", async () => {
    for (const tools of [[failing], withAuthorization([failing], options())]) {
      const model = await converse([[call("read")]], new ToolNode([...tools]));
      const content = "Error: no such quarter\n Please fix your mistakes.";
      expect(model.answers(1)).toMatchObject([{ content, status: "error" }]);
    }
  });

  it("lets a tool's own error end the run where it does without authorization", async () => {
    for (const tools of [[failing], withAuthorization([failing], options())]) {
      const node = new ToolNode([...tools], { handleToolErrors: false });
      await expect(converse([[call("read")]], node)).rejects.toThrow("no such quarter");
    }
  });

  it.each(["constructor", "__proto__", "toString"])("runs nothing for the name %s, which no tool has", async (name) => {
    const model = await converse([[call(name)]], new ToolNode(withAuthorization([make("read")], options())));
    expect(ran).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ status: "error" }]);
  });
});

describe("the calls of one step", () => {
  type Run = (model: ScriptedModel, settings: AuthorizationOptions) => Promise<unknown>;
  const tools = () => [make("read"), make("send")];
  const go = { messages: [new HumanMessage("go")] };
  it.each<[string, Run]>([
    [
      "in a ToolNode",
      (model, settings) => graphOf(model, new ToolNode(withAuthorization(tools(), settings))).invoke(go),
    ],
    [
      "with the middleware",
      (model, settings) =>
        createAgent({ model, tools: tools(), middleware: [authorizationMiddleware(settings)] }).invoke(go),
    ],
    [
      "with the middleware, in one node",
      (model, settings) =>
        createAgent({ model, tools: tools(), middleware: [authorizationMiddleware(settings)], version: "v1" }).invoke(
          go,
        ),
    ],
    [
      "with wrapped tools",
      (model, settings) => createAgent({ model, tools: withAuthorization(tools(), settings) }).invoke(go),
    ],
  ])("S3: are judged against each other as they stand in it, though they run at once (%s)", async (_name, run) => {
    // Finding out for whom they are takes a while, and changes no order.
    const settings = { ...options(), context: async () => context };
    const forward = new ScriptedModel([[call("read"), call("send")]]);
    await run(forward, settings);
    expect(ran).toEqual(["read"]);
    expect(forward.answers(1)).toMatchObject([
      { content: "read done" },
      { content: expect.stringContaining("Customer data may not leave."), status: "error" },
    ]);
    ran.splice(0);
    await run(new ScriptedModel([[call("send"), call("read")]]), { ...options(), context });
    expect(ran).toEqual(["send", "read"]);
  });
});

describe("an agent of LangGraph's own", () => {
  it.each(["v1", "v2"] as const)("does not end at the denial of a tool that returns directly (%s)", async (version) => {
    const direct = (name: string) => tool(async () => "straight", { ...fields(name), returnDirect: true });
    const model = new ScriptedModel([[call("write")], [call("read")]]);
    const tools = withAuthorization([direct("write"), direct("read")], options());
    const agent = createReactAgent({ llm: model, tools, version });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("go")] });
    expect(model.answers(1)).toMatchObject([{ ...denied, tool_call_id: "call-1-0" }]);
    expect(messages.at(-1)?.text).toBe("straight"); // What was permitted ends it, as ever.
    expect(model.seen).toHaveLength(2);
  });
});

describe("tools of every make", () => {
  class Reader extends StructuredTool {
    override name = "read";
    override description = "d";
    override schema = schema;
    override async _call(): Promise<string> {
      return `${ran.push("read") && "read"} done`;
    }
  }
  class Writer extends DynamicStructuredTool {
    constructor() {
      super({ ...fields("write"), func: async () => expect.unreachable("the function ran") });
    }
    protected override async _call(): Promise<never> {
      return expect.unreachable("the body ran");
    }
  }
  class Kit extends BaseToolkit {
    tools: StructuredToolInterface[] = [new Reader(), new Writer()];
  }

  it("come from a toolkit", async () => {
    const tools = withAuthorization(new Kit().getTools(), options());
    const model = await converse([[call("read"), call("write")]], new ToolNode(tools));
    expect(ran).toEqual(["read"]);
    expect(model.answers(1)).toMatchObject([{ content: "read done" }, denied]);
  });

  it.each([
    ["middleware", (settings: AuthorizationOptions) => ({ middleware: [authorizationMiddleware(settings)] })],
    ["wrapped", () => ({})],
  ])("E7: give no artifact with a result that is withheld (%s)", async (kind, more) => {
    const scan = tool(async () => ["12 deals", { secret: "hunter2" }], {
      ...fields("scan"),
      responseFormat: "content_and_artifact",
    });
    const settings = options();
    const tools = [make("send"), scan];
    const model = new ScriptedModel([[call("send")], [call("scan")]]);
    const agent = createAgent({
      model,
      tools: kind === "wrapped" ? [...withAuthorization(tools, settings)] : tools,
      ...more(settings),
    });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("go")] });
    expect(messages.at(-1)?.text).toBe("done");
    expect(model.answers(2)[1]).toMatchObject({
      content: expect.stringContaining("tool_result_withheld"),
      status: "error",
      artifact: undefined,
    });
    expect(JSON.stringify(messages)).not.toContain("hunter2");
  });
});
