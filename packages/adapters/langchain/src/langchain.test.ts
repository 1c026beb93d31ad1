import { inspect } from "node:util";
import {
  type AuditLog,
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  parsePolicy,
  ToolCallDeniedError,
  UngovernableToolError,
} from "@ambit/core";
import { type AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { RunnableLambda } from "@langchain/core/runnables";
import { DynamicTool, StructuredTool, tool } from "@langchain/core/tools";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { createAgent, toolRetryMiddleware } from "langchain";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizationMiddleware, type MiddlewareOptions } from "./authorization-middleware.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { ScriptedModel } from "./testing/scripted-model.ts";
import { type AnyTool, withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.02 }
  text: { scope: tool:crm:read }
  absent: { scope: tool:crm:read }
  send: { scope: tool:email:send:external }
  constructor: { scope: tool:email:send:external }
policies:
  - role: rep
    allow: [tool:crm:read]
    deny: [tool:email:send:external]
budgets:
  - { per: user, limit: "0.05", window: day }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const secret = "hunter2";
const denial =
  '{"error":"tool_call_denied","code":"forbidden","message":"role:rep denied tool:email:send:external","retryable":false}';

function options(more: Partial<AuthorizerOptions> = {}): AuthorizationOptions {
  return { authorizer: createAuthorizer({ policy, ...more }), context };
}

const calls: unknown[] = [];
beforeEach(() => void calls.splice(0));
const schema = z.object({ quarter: z.string() });
const read = tool(async (input: { quarter: string }) => `${calls.push(input) && "12 deals"}`, {
  name: "read",
  description: "d",
  schema,
});
const send = tool(async (): Promise<string> => expect.unreachable("the mail was sent"), {
  name: "send",
  description: "d",
  schema: z.object({}),
});

type Setup = (tools: readonly AnyTool[], settings: AuthorizationOptions, model: ScriptedModel) => Promise<string>;

async function runAgent(agent: ReturnType<typeof createAgent>): Promise<string> {
  const { messages } = await agent.invoke({ messages: [new HumanMessage("go")] });
  return messages.at(-1)?.text ?? "";
}

/** The ways in which LangChain runs tools. Each takes tools, a guard and a model, and gives the last message. */
const setups: Record<string, Setup> = {
  "createAgent with wrapped tools": (tools, settings, model) =>
    runAgent(createAgent({ model, tools: [...withAuthorization(tools, settings)] }) as never),
  "createAgent version v1 with wrapped tools": (tools, settings, model) =>
    runAgent(createAgent({ model, tools: [...withAuthorization(tools, settings)], version: "v1" }) as never),
  "createAgent with the middleware": (tools, settings, model) =>
    runAgent(createAgent({ model, tools: [...tools], middleware: [authorizationMiddleware(settings)] }) as never),
  "createAgent with both, and one authorizer": (tools, settings, model) =>
    runAgent(
      createAgent({
        model,
        tools: [...withAuthorization(tools, settings)],
        // Each may learn of the caller in its own way.
        middleware: [authorizationMiddleware({ ...settings, context: () => context })],
      }) as never,
    ),
  "a graph with a ToolNode": async (tools, settings, model) => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
      .addNode("tools", new ToolNode([...withAuthorization(tools, settings)] as never))
      .addEdge(START, "model")
      .addConditionalEdges(
        "model",
        ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? "tools" : END),
        ["tools", END],
      )
      .addEdge("tools", "model")
      .compile();
    const { messages } = await graph.invoke({ messages: [new HumanMessage("go")] });
    return messages.at(-1)?.text ?? "";
  },
};

describe.each(Object.entries(setups))("%s", (_setup, run) => {
  it("a permitted call runs once, with the judged arguments, and the model gets its result", async () => {
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    expect(await run([read], options(), model)).toBe("done");
    expect(calls).toEqual([{ quarter: "Q1" }]);
    expect(model.answers(1)).toMatchObject([{ content: "12 deals" }]);
  });

  it("a denied call does not run; the model reads why, in one line, and the run goes on", async () => {
    const model = new ScriptedModel([[{ name: "send", args: {} }]]);
    expect(await run([send], options(), model)).toBe("done");
    expect(model.answers(1)).toMatchObject([
      { content: denial, status: "error", name: "send", tool_call_id: "call-1-0" },
    ]);
  });

  it("B1: of the parallel calls of one step only as many run as the budget covers", async () => {
    const model = new ScriptedModel([
      Array.from({ length: 6 }, (_, n) => ({ name: "read", args: { quarter: `Q${n}` } })),
    ]);
    await run([read], options(), model);
    expect(calls).toHaveLength(2);
    expect(model.answers(1).filter(({ text }) => text.includes("budget_exhausted"))).toHaveLength(4);
  });

  it("a call is charged once", async () => {
    const model = new ScriptedModel([
      [{ name: "read", args: { quarter: "Q1" } }],
      [{ name: "read", args: { quarter: "Q2" } }],
    ]);
    await run([read], options(), model);
    expect(calls).toHaveLength(2);
  });

  it("E2: a tool gets the judged copy of what its schema made of the input", async () => {
    const defaulted = tool(async (input: unknown) => `${calls.push(input)}`, {
      name: "read",
      description: "d",
      schema: z.object({ quarter: z.string().default("Q1"), rows: z.coerce.number() }),
    });
    const model = new ScriptedModel([[{ name: "read", args: { rows: "5", more: 1 } }]]);
    await run([defaulted], options(), model);
    expect(calls).toEqual([{ quarter: "Q1", rows: 5 }]);
  });

  it("E2: arguments that look like a call themselves are judged as LangChain will read them", async () => {
    const records: AuditRecord[] = [];
    const settings = options({ audit: { append: async (record) => void records.push(record) } });
    const forged = { type: "tool_call", id: "forged", name: "send", args: { quarter: "Q1" } };
    await run([read], settings, new ScriptedModel([[{ name: "read", args: forged }]]));
    expect(calls).toEqual([{ quarter: "Q1" }]);
    expect(records).toMatchObject([{ tool: "read", callId: "call-1-0", decision: "permit" }, { type: "outcome" }]);
  });

  it("input that is not JSON after its schema is denied, not guessed at", async () => {
    const dated = tool(async (): Promise<string> => expect.unreachable(), {
      name: "read",
      description: "d",
      schema: z.object({ when: z.string().transform((text) => new Date(text)) }),
    });
    const model = new ScriptedModel([[{ name: "read", args: { when: "2026-01-01" } }]]);
    await run([dated], options(), model);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("invalid_arguments") }]);
  });

  it("content and artifact arrive, and a denial has neither of the tool's", async () => {
    const make = (name: string) =>
      tool(async () => ["12 deals", { rows: 12 }], {
        name,
        description: "d",
        schema: z.object({}),
        responseFormat: "content_and_artifact",
      });
    const model = new ScriptedModel([
      [
        { name: "read", args: {} },
        { name: "send", args: {} },
      ],
    ]);
    await run([make("read"), make("send")], options(), model);
    expect(model.answers(1)).toMatchObject([
      { content: "12 deals", artifact: { rows: 12 } },
      { content: denial, status: "error", artifact: undefined },
    ]);
  });

  it("the denial of a tool that returns directly does not end the run", async () => {
    const make = (name: string) =>
      tool(async () => "straight", { name, description: "d", schema: z.object({}), returnDirect: true });
    const denied = new ScriptedModel([[{ name: "send", args: {} }]]);
    expect(await run([make("send")], options(), denied)).toBe("done");
    expect(denied.answers(1)).toMatchObject([{ content: denial }]);
  });

  it("a class with private members is called as itself", async () => {
    class Reader extends StructuredTool {
      override name = "read";
      override description = "d";
      override schema = z.object({ quarter: z.string() });
      #deals = 12;
      override async _call({ quarter }: { quarter: string }) {
        return `${this.#deals} deals in ${quarter}`;
      }
    }
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    await run([new Reader()], options(), model);
    expect(model.answers(1)).toMatchObject([{ content: "12 deals in Q1" }]);
  });

  it("a tool made for one text gets its text", async () => {
    const text = new DynamicTool({ name: "text", description: "d", func: async (input) => `got ${input}` });
    const model = new ScriptedModel([[{ name: "text", args: { input: "hello" } }]]);
    await run([text], options(), model);
    expect(model.answers(1)).toMatchObject([{ content: "got hello" }]);
  });

  it("a tool's own error reads as it does without authorization, and input errors too", async () => {
    const faulty = tool(
      async (): Promise<string> => {
        throw new Error("no such quarter");
      },
      { name: "read", description: "d", schema },
    );
    const script = [
      [
        { name: "read", args: { quarter: "Q9" } },
        { name: "read", args: { quarter: 9 } },
      ],
    ];
    const plain = new ScriptedModel(script);
    await runAgent(createAgent({ model: plain, tools: [faulty] }) as never);
    const guarded = new ScriptedModel(script);
    expect(await run([faulty], options(), guarded)).toBe("done");
    expect(guarded.answers(1).map(({ status }) => status)).toEqual(["error", "error"]);
    expect(guarded.answers(1)[0]?.content).toBe(plain.answers(1)[0]?.content);
  });

  it.each<[string, Partial<AuthorizerOptions>]>([
    ["the audit log fails", { audit: { append: () => Promise.reject(new Error(secret)) } }],
    [
      "the store fails",
      {
        store: {
          apply: () => {
            throw new Error(secret);
          },
        },
      },
    ],
    ["there is no policy", { policy: undefined }],
  ])("D3: where %s nothing runs, the run goes on, and the model never sees the error", async (_name, more) => {
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    expect(await run([read], options(more), model)).toBe("done");
    expect(calls).toEqual([]);
    expect(model.answers(1)).toMatchObject([
      { content: expect.stringContaining('"code":"unavailable"'), status: "error" },
    ]);
    expect(JSON.stringify(model.seen)).not.toContain(secret);
  });

  it.each<[string, () => CallContext | undefined | Promise<undefined>]>([
    ["is undefined", () => undefined],
    [
      "throws",
      () => {
        throw new Error(secret);
      },
    ],
    ["rejects", () => Promise.reject(new Error(secret))],
    ["gives rubbish", () => JSON.parse(`{"subject":"${secret}"}`)],
  ])("a context that %s denies, and the model learns nothing of why", async (_name, resolve) => {
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    expect(await run([read], { ...options(), context: resolve }, model)).toBe("done");
    expect(calls).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("unauthenticated") }]);
    expect(JSON.stringify(model.seen)).not.toContain(secret);
  });

  it("D11: a context function is never shown what the model said, save the tool that it chose", async () => {
    const seen: unknown[] = [];
    const resolve: AuthorizationOptions["context"] = (execution) => {
      seen.push(execution);
      return context;
    };
    const model = new ScriptedModel([[{ name: "read", args: { quarter: secret } }]]);
    await run([read], { ...options(), context: resolve }, model);
    expect(calls).toEqual([{ quarter: secret }]);
    expect(seen).toMatchObject([{ toolName: "read" }]);
    expect(inspect(seen, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(secret);
  });

  it("D3: an authorizer that fails denies, and the model never sees its error", async () => {
    const authorizer = { ...options().authorizer, run: () => Promise.reject(new Error(secret)) };
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    expect(await run([read], { authorizer, context }, model)).toBe("done");
    expect(calls).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("indeterminate"), status: "error" }]);
    expect(JSON.stringify(model.seen)).not.toContain(secret);
  });

  it("a tool that yields gives what it returns, and one that answers with a command is obeyed", async () => {
    const yields = tool(
      async function* () {
        yield "half";
        return "12 deals";
      },
      { name: "read", description: "d", schema: z.object({}) },
    );
    const commands = tool(
      async (_input, { toolCall }) => {
        const message = new ToolMessage({ content: "noted", tool_call_id: toolCall?.id ?? "" });
        return new Command({ update: { messages: [message] } });
      },
      { name: "text", description: "d", schema: z.object({}) },
    );
    const model = new ScriptedModel([[{ name: "read", args: {} }], [{ name: "text", args: {} }]]);
    await run([yields, commands], options(), model);
    expect(model.answers(2)).toMatchObject([{ content: "12 deals" }, { content: "noted" }]);
  });

  it("a denied call that has no id is answered like others", async () => {
    const model = new ScriptedModel([[{ name: "send", args: {}, anonymous: true }]]);
    expect(await run([send], options(), model)).toBe("done");
    expect(model.answers(1)).toMatchObject([{ content: denial, status: "error" }]);
  });

  it.each([
    ["known beforehand", { ...context, grant: [] }],
    ["resolved for each call", () => ({ ...context, grant: [] })],
  ])("a context narrows the call to what the task was given (%s)", async (_name, narrowed) => {
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    expect(await run([read], { ...options(), context: narrowed }, model)).toBe("done");
    expect(calls).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("this task was not given it") }]);
  });

  it("tools named like what objects inherit are tools like others", async () => {
    const named = tool(async (): Promise<string> => expect.unreachable(), {
      name: "constructor",
      description: "d",
      schema: z.object({}),
    });
    const model = new ScriptedModel([[{ name: "constructor", args: {} }]]);
    await run([named], options(), model);
    expect(model.answers(1)).toMatchObject([{ content: denial }]);
  });
});

describe("tools that are invoked by a program", () => {
  const [guarded, denied] = withAuthorization([read, send], options());

  it("give their result, by every entrance", async () => {
    const settings = () => withAuthorization([read], options())[0];
    expect(await settings().invoke({ quarter: "Q1" })).toBe("12 deals");
    expect(await settings().batch([{ quarter: "Q1" }, { quarter: "Q2" }])).toEqual(["12 deals", "12 deals"]);
    expect(await settings().func({ quarter: "Q1" }, undefined as never)).toBe("12 deals");
    for await (const chunk of await settings().stream({ quarter: "Q1" })) expect(chunk).toBe("12 deals");
    expect(guarded).toBeInstanceOf(StructuredTool);
    expect(guarded.name).toBe("read");
  });

  it.each<[string, () => Promise<unknown>]>([
    ["invoke", () => denied.invoke({})],
    ["batch", () => denied.batch([{}])],
    [
      "stream",
      async () => {
        for await (const _chunk of await denied.stream({}));
      },
    ],
    ["call", () => denied.call({})],
    ["func", async () => denied.func({}, undefined as never)],
    [
      "a chain",
      () =>
        RunnableLambda.from(() => ({}))
          .pipe(denied)
          .invoke({}),
    ],
  ])("E4: reject by %s when they are denied, for there is no message to answer with", async (_name, enter) => {
    await expect(enter()).rejects.toBeInstanceOf(ToolCallDeniedError);
  });

  it("answer a tool call with a message", async () => {
    const message = await denied.invoke({ type: "tool_call", id: "c1", name: "send", args: {} });
    expect(message).toMatchObject({ status: "error", content: denial, tool_call_id: "c1" });
  });

  it("do not change the given tool", async () => {
    expect(await read.invoke({ quarter: "Q1" })).toBe("12 deals");
    expect(Object.hasOwn(read, "_call")).toBe(false);
  });

  it("are told the run's configuration when the context is resolved, and nothing that the model said", async () => {
    const seen: unknown[] = [];
    const resolve: AuthorizationOptions["context"] = (execution) => {
      seen.push(execution);
      return context;
    };
    const [tool] = withAuthorization([read], { ...options(), context: resolve });
    await tool.invoke({ quarter: "Q1" }, { configurable: { thread_id: "t1" }, metadata: { source: "test" } });
    expect(seen).toMatchObject([{ toolName: "read", configurable: { thread_id: "t1" }, metadata: { source: "test" } }]);
    expect(JSON.stringify(seen)).not.toContain("Q1");
  });

  it("do not start when they were aborted while it was decided", async () => {
    const controller = new AbortController();
    const audit: AuditLog = { append: async () => controller.abort() };
    const [tool] = withAuthorization([read], options({ audit }));
    await expect(tool.invoke({ quarter: "Q1" }, { signal: controller.signal })).rejects.toThrow();
    expect(calls).toEqual([]);
  });

  it("guard twice where two guards wrap, and once where the same does", async () => {
    const settings = options();
    const [once] = withAuthorization([read], settings);
    expect(withAuthorization([once], settings)[0]).toBe(once);
    const [strict] = withAuthorization([once], options({ policy: parsePolicy("") }));
    await expect(strict.invoke({ quarter: "Q1" })).rejects.toBeInstanceOf(ToolCallDeniedError);
  });

  it.each([
    ["a provider runs", { type: "web_search_20250305", name: "web_search" }],
    [
      "is a runnable",
      RunnableLambda.from((text: string) => text).asTool({ name: "read", description: "d", schema: z.string() }),
    ],
  ])("E4: are refused when %s", (_name, other) => {
    expect(() => withAuthorization([other], options())).toThrow(UngovernableToolError);
  });
});

describe("the middleware", () => {
  const agentWith = (
    model: ScriptedModel,
    tools: readonly AnyTool[],
    settings: Partial<MiddlewareOptions> = {},
    outer: readonly never[] = [],
  ) =>
    createAgent({
      model,
      tools: [...tools],
      // Middleware of several kinds in one list is more than the types follow.
      middleware: [...outer, authorizationMiddleware({ ...options(), ...settings })] as never,
    }) as never;

  it("denies names that no tool has by the policy, and answers those that it permits as the agent does", async () => {
    const model = new ScriptedModel([
      [
        { name: "nothing", args: {} },
        { name: "absent", args: {} },
        { name: "send", args: {} },
      ],
    ]);
    expect(await runAgent(agentWith(model, [read]))).toBe("done");
    expect(model.answers(1)).toMatchObject([
      { content: expect.stringContaining('"code":"unknown_tool"'), status: "error" },
      { content: expect.stringContaining("absent"), status: "error" },
      { content: denial, status: "error" },
    ]);
  });

  it("judges and charges every try of an outer retry", async () => {
    const records: AuditRecord[] = [];
    const flaky = tool(
      async (): Promise<string> => {
        if (calls.push(1) < 2) throw new Error("flaky");
        return "ok";
      },
      { name: "read", description: "d", schema },
    );
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    const retry = toolRetryMiddleware({ maxRetries: 3, initialDelayMs: 1 }) as never;
    const settings = options({ audit: { append: async (record) => void records.push(record) } });
    await runAgent(agentWith(model, [flaky], { ...settings, toolErrors: "throw" }, [retry]));
    expect(model.answers(1)).toMatchObject([{ content: "ok" }]);
    expect(records.filter((record) => record.type === "decision")).toHaveLength(2);
    expect(records.filter((record) => record.type === "outcome").map((record) => record.status)).toEqual([
      "failed",
      "succeeded",
    ]);
  });

  it.each(["middleware", "wrapped"])("lets an interrupt pause the run and resume it (%s)", async (kind) => {
    const asking = tool(async () => `answer: ${interrupt("really?")}`, { name: "read", description: "d", schema });
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    const records: AuditRecord[] = [];
    const settings = options({ audit: { append: async (record) => void records.push(record) } });
    const checkpointer = new MemorySaver();
    const agent =
      kind === "middleware"
        ? createAgent({ model, tools: [asking], checkpointer, middleware: [authorizationMiddleware(settings)] })
        : createAgent({ model, tools: [...withAuthorization([asking], settings)], checkpointer });
    const thread = { configurable: { thread_id: "t1" } };
    const paused = await agent.invoke({ messages: [new HumanMessage("go")] }, thread);
    expect(paused).toMatchObject({ __interrupt__: [{ value: "really?" }] });
    const resumed = await agent.invoke(new Command({ resume: "yes" }), thread);
    expect(resumed.messages.at(-1)?.text).toBe("done");
    expect(model.answers(1)).toMatchObject([{ content: "answer: yes" }]);
    // The tool began twice, and the first time neither succeeded nor failed.
    const outcomes = records.filter((record) => record.type === "outcome");
    expect(outcomes.map(({ status }) => status)).toEqual(["aborted", "succeeded"]);
  });

  it.each(["middleware", "wrapped"])("lets a tool that returns directly end the run (%s)", async (kind) => {
    const fields = { name: "read", description: "d", schema: z.object({}), returnDirect: true };
    const direct = tool(async () => "straight", fields);
    const model = new ScriptedModel([[{ name: "read", args: {} }]]);
    const settings = options();
    const agent =
      kind === "middleware"
        ? agentWith(model, [direct], settings)
        : (createAgent({ model, tools: [...withAuthorization([direct], settings)] }) as never);
    expect(await runAgent(agent)).toBe("straight");
  });

  it("E4: judges tools that cannot be wrapped, and runs them as they are", async () => {
    class Own extends StructuredTool {
      override name = "read";
      override description = "d";
      override schema = z.object({});
      #deals = 12;
      // LangChain's type of `invoke` is wider than any one body needs.
      override invoke = (async () => `${calls.push(this.name) && this.#deals} deals`) as never;
      override async _call(): Promise<string> {
        return expect.unreachable("the body ran");
      }
    }
    const denied = Object.assign(new Own(), { name: "send" });
    const model = new ScriptedModel([
      [
        { name: "read", args: {} },
        { name: "send", args: {} },
      ],
    ]);
    await runAgent(agentWith(model, [new Own(), denied]));
    expect(model.answers(1)).toMatchObject([{ content: "12 deals" }, { content: denial, status: "error" }]);
    expect(calls).toEqual(["read"]);
  });

  it.each([
    ["an error", new Error("flaky")],
    ["nothing", null],
    ["undefined", undefined],
  ])("lets the model read that a tool threw %s", async (_name, thrown) => {
    const thrower = tool(async (): Promise<string> => Promise.reject(thrown), {
      name: "read",
      description: "d",
      schema,
    });
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    expect(await runAgent(agentWith(model, [thrower]))).toBe("done");
    expect(model.answers(1)).toMatchObject([{ content: `${thrown}\n Please fix your mistakes.`, status: "error" }]);
  });

  it("leaves it to the agent to say what is wrong with input", async () => {
    const model = new ScriptedModel([[{ name: "read", args: { quarter: 9 } }]]);
    await runAgent(agentWith(model, [read]));
    expect(model.answers(1)).toMatchObject([{ content: expect.stringMatching(/^Error invoking tool 'read'/) }]);
    expect(model.answers(1)[0]?.text).not.toContain("Please fix your mistakes.");
  });

  it("E2: hands on what was judged of a tool that it cannot wrap, though the call was changed since", async () => {
    const toolCall = { type: "tool_call", id: "c1", name: "absent", args: { quarter: "Q1" } };
    const audit: AuditLog = { append: async () => void Object.assign(toolCall.args, { quarter: "Q9" }) };
    const { wrapToolCall } = authorizationMiddleware(options({ audit }));
    const handler = async (request: { toolCall: { args: unknown } }) => calls.push(request.toolCall.args);
    // The parts of a request that are read.
    await wrapToolCall?.({ toolCall, runtime: {} } as never, handler as never);
    expect(calls).toEqual([{ quarter: "Q1" }]);
  });

  it("does not make a message of an error of a run that was aborted", async () => {
    const error = new Error("stopped");
    const { wrapToolCall } = authorizationMiddleware(options());
    const request = { toolCall: { id: "c1", name: "absent", args: {} } };
    const handled = (signal: AbortSignal) =>
      // The parts of a request that are read. The run is aborted while the tool works.
      wrapToolCall?.({ ...request, runtime: { signal } } as never, () => {
        controller.abort();
        throw error;
      });
    const controller = new AbortController();
    await expect(handled(controller.signal)).rejects.toBe(error);
    expect(await handled(new AbortController().signal)).toMatchObject({ status: "error" });
  });

  it("lets an abort of the run end it, and starts nothing more", async () => {
    const controller = new AbortController();
    const audit: AuditLog = { append: async () => controller.abort() };
    const model = new ScriptedModel([[{ name: "read", args: { quarter: "Q1" } }]]);
    const middleware = [authorizationMiddleware(options({ audit }))];
    const agent = createAgent({ model, tools: [read], middleware });
    const running = agent.invoke({ messages: [new HumanMessage("go")] }, { signal: controller.signal });
    await expect(running).rejects.toThrow();
    expect(calls).toEqual([]);
  });

  it("gives the context function the run's own context", async () => {
    const model = new ScriptedModel([
      [
        { name: "read", args: { quarter: "Q1" } },
        { name: "absent", args: {} },
      ],
    ]);
    const users: unknown[] = [];
    const resolve: MiddlewareOptions["context"] = ({ context: given }) => {
      users.push(given);
      return context;
    };
    const middleware = authorizationMiddleware({ ...options(), context: resolve });
    const agent = createAgent({
      model,
      tools: [read],
      middleware: [middleware],
      contextSchema: z.object({ user: z.string() }),
    });
    await agent.invoke({ messages: [new HumanMessage("go")] }, { context: { user: "u1" } });
    expect(users).toEqual([{ user: "u1" }, { user: "u1" }]);
  });
});
