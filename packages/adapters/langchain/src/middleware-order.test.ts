import {
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  parsePolicy,
  UngovernableToolError,
} from "@ambit/core";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { StructuredTool, tool } from "@langchain/core/tools";
import { Command, MemorySaver } from "@langchain/langgraph";
import {
  type AgentMiddleware,
  createAgent,
  createMiddleware,
  humanInTheLoopMiddleware,
  toolRetryMiddleware,
} from "langchain";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { assertGoverned } from "./assert-governed.ts";
import { authorizationMiddleware, type MiddlewareOptions } from "./authorization-middleware.ts";
import { MiddlewareOrderError } from "./middleware-order-error.ts";
import { type ScriptedCall, ScriptedModel } from "./testing/scripted-model.ts";
import { type AnyTool, withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools: { pay: { scope: tool:pay, cost: 0.02 }, erase: { scope: tool:erase } }
policies:
  - role: rep
    allow: [{ scope: tool:pay, when: args.amount <= 200 }]
    deny: [tool:erase]
budgets: [{ per: user, limit: "0.05", window: day }]
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const records: AuditRecord[] = [];
const ran: unknown[] = [];
beforeEach(() => {
  records.splice(0);
  ran.splice(0);
});

function options(more: Partial<AuthorizerOptions> = {}): MiddlewareOptions {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return { authorizer: createAuthorizer({ policy, audit, ...more }), context };
}

const schema = z.object({ amount: z.number() });
const pay = tool(async (input: { amount: number }) => `${ran.push(input) && "paid"} ${input.amount}`, {
  name: "pay",
  description: "d",
  schema,
});
const erase = tool(async () => `${ran.push("erase") && "gone"}`, { name: "erase", description: "d", schema });
/** A tool with an entrance of its own, which can only be judged from outside. */
class OwnPay extends StructuredTool {
  override name = "pay";
  override description = "d";
  override schema = schema;
  // LangChain's type of `invoke` is wider than any one body needs.
  override invoke = (async (call: { args: unknown }) => `${ran.push(call.args) && "paid"}`) as never;
  override async _call(): Promise<string> {
    return expect.unreachable("the body ran");
  }
}

type WrapToolCall = NonNullable<AgentMiddleware["wrapToolCall"]>;
const around = (wrapToolCall: WrapToolCall) => createMiddleware({ name: "Other", wrapToolCall });

interface Setup {
  readonly tools?: readonly AnyTool[];
  readonly before?: readonly AgentMiddleware[];
  readonly after?: readonly AgentMiddleware[];
  readonly settings?: MiddlewareOptions;
}

function agentOf(model: ScriptedModel, { tools = [pay], before = [], after = [], settings = options() }: Setup) {
  const middleware = [...before, authorizationMiddleware(settings), ...after];
  return createAgent({ model, tools: [...tools], middleware });
}

async function converse(calls: readonly ScriptedCall[], setup: Setup) {
  const model = new ScriptedModel([calls]);
  await agentOf(model, setup).invoke({ messages: [new HumanMessage("go")] });
  return model.answers(1);
}
const payment = (amount: number) => ({ name: "pay", args: { amount } });

describe("a middleware that is listed before", () => {
  it("E2: changes the arguments, and what it made of them is judged", async () => {
    const raise = around((request, handler) =>
      handler({ ...request, toolCall: { ...request.toolCall, args: { amount: 900 } } }),
    );
    const answers = await converse([payment(1)], { before: [raise] });
    expect(ran).toEqual([]);
    expect(answers).toMatchObject([{ content: expect.stringContaining("condition_failed"), status: "error" }]);
  });

  it("E4: brings a tool of its own, which is judged by its own name", async () => {
    const swap = around((request, handler) => handler({ ...request, tool: erase }));
    const answers = await converse([payment(1)], { before: [swap] });
    expect(ran).toEqual([]);
    expect(answers).toMatchObject([{ content: expect.stringContaining("role:rep denied tool:erase") }]);
  });

  it("E4: adds tools, which are judged as those of the agent are", async () => {
    const adds = createMiddleware({ name: "Other", tools: [erase] });
    const answers = await converse([{ name: "erase", args: { amount: 1 } }], { before: [adds] });
    expect(ran).toEqual([]);
    expect(answers).toMatchObject([{ content: expect.stringContaining("role:rep denied tool:erase") }]);
  });

  it("B1: retries, and every try is judged and charged until the budget has no more", async () => {
    const flaky = tool(async (input: unknown): Promise<string> => Promise.reject(new Error(`try ${ran.push(input)}`)), {
      name: "pay",
      description: "d",
      schema,
    });
    const retry = toolRetryMiddleware({ maxRetries: 5, initialDelayMs: 1, jitter: false });
    const settings: MiddlewareOptions = { ...options(), toolErrors: "throw" };
    const answers = await converse([payment(1)], { tools: [flaky], before: [retry], settings });
    expect(ran).toHaveLength(2); // 0.02 each, of 0.05. The third is denied, and a denial is no error to try again.
    expect(answers).toMatchObject([{ content: expect.stringContaining("budget_exhausted"), status: "error" }]);
    expect(records.flatMap((record) => (record.type === "outcome" ? record.status : []))).toEqual(["failed", "failed"]);
  });

  it("lets a person edit a call, and the edited call is judged", async () => {
    // Middleware of several kinds in one list is more than the types follow.
    const person = humanInTheLoopMiddleware({ interruptOn: { pay: { allowedDecisions: ["edit"] } } } as never) as never;
    const model = new ScriptedModel([[payment(1)]]);
    const middleware = [person, authorizationMiddleware(options())];
    const agent = createAgent({ model, tools: [pay], middleware, checkpointer: new MemorySaver() });
    const thread = { configurable: { thread_id: "t1" } };
    await agent.invoke({ messages: [new HumanMessage("go")] }, thread);
    const decisions = [{ type: "edit", editedAction: { name: "pay", args: { amount: 900 } } }];
    await agent.invoke(new Command({ resume: { decisions } }), thread);
    expect(ran).toEqual([]);
    expect(model.answers(1)).toMatchObject([{ content: expect.stringContaining("condition_failed") }]);
  });
});

describe("a middleware that is listed after", () => {
  it("E2: changes the arguments, and what it made of them is judged, for the body is guarded", async () => {
    const raise = around((request, handler) =>
      handler({ ...request, toolCall: { ...request.toolCall, args: { amount: 900 } } }),
    );
    const answers = await converse([payment(1)], { after: [raise] });
    expect(ran).toEqual([]);
    expect(answers).toMatchObject([{ content: expect.stringContaining("condition_failed"), status: "error" }]);
  });

  it("may look on", async () => {
    const answers = await converse([payment(1)], { after: [around((request, handler) => handler(request))] });
    expect(answers).toMatchObject([{ content: "paid 1" }]);
  });

  it("may look on at a tool that is judged from outside", async () => {
    const looks = around((request, handler) => handler(request));
    const answers = await converse([payment(1)], { tools: [new OwnPay()], after: [looks] });
    expect(answers).toMatchObject([{ content: "paid" }]);
    expect(ran).toEqual([{ amount: 1 }]);
  });

  const answer = ({ toolCall }: { toolCall: { id?: string | undefined } }) =>
    new ToolMessage({ content: "paid 900", tool_call_id: toolCall.id ?? "" });
  it.each<[string, readonly AnyTool[], WrapToolCall]>([
    ["brings another tool", [pay], (request, handler) => handler({ ...request, tool: erase })],
    ["drops the judged tool", [pay], (request, handler) => handler({ ...request, tool: undefined as never })],
    ["answers by itself", [pay], answer],
    ["answers by itself for a tool that was wrapped", withAuthorization([pay], options()), answer],
    ["answers by itself for a tool that is judged from outside", [new OwnPay()], answer],
    ["brings another tool than one judged from outside", [new OwnPay()], (r, h) => h({ ...r, tool: erase })],
  ])("E4: ends the run where it %s, and the model reads nothing of it", async (_name, tools, wrapToolCall) => {
    const model = new ScriptedModel([[payment(1)]]);
    const running = agentOf(model, { tools, after: [around(wrapToolCall)] }).invoke({ messages: "go" });
    await expect(running).rejects.toMatchObject({
      name: "MiddlewareOrderError",
      cause: expect.any(MiddlewareOrderError),
    });
    expect(model.seen).toHaveLength(1);
  });

  it("E2: ends the run before anything runs where it changes a call that was judged from outside", async () => {
    const raise = around((request, handler) =>
      handler({ ...request, toolCall: { ...request.toolCall, args: { amount: 900 } } }),
    );
    const agent = agentOf(new ScriptedModel([[payment(1)]]), { tools: [new OwnPay()], after: [raise] });
    await expect(agent.invoke({ messages: "go" })).rejects.toThrow("changed a call");
    expect(ran).toEqual([]);
  });
});

describe("an agent that is checked before it runs", () => {
  const looks = around((request, handler) => handler(request));
  const model = new ScriptedModel([]);

  it.each<[string, Setup]>([
    ["with the middleware alone", {}],
    ["with others before it", { before: [looks] }],
    ["with one behind it that is not around tools", { after: [createMiddleware({ name: "Other" })] }],
    [
      "with a provider's tool that is named",
      { tools: [pay, { type: "web_search" }], settings: { ...options(), ungoverned: ["web_search"] } },
    ],
  ])("passes %s", (_name, setup) => {
    expect(() => assertGoverned(agentOf(model, setup))).not.toThrow();
  });

  it.each<[string, Setup, string]>([
    ["with another behind it", { after: [looks] }, '"Other" is listed after the authorization'],
    ["with a provider's tool", { tools: [{ type: "web_search" }] }, 'the tool "web_search"'],
    [
      "with a provider's tool of another middleware",
      { before: [createMiddleware({ name: "Other", tools: [{ type: "web_search" }] })] },
      'the tool "web_search"',
    ],
  ])("is refused %s", (_name, setup, says) => {
    expect(() => assertGoverned(agentOf(model, setup))).toThrow(says);
  });

  it("E4: is refused without the middleware, whatever another one is called", () => {
    const named = createMiddleware({ name: "Authorization", wrapToolCall: (request, handler) => handler(request) });
    expect(() => assertGoverned(createAgent({ model, tools: [pay], middleware: [named] }))).toThrow(
      "has no authorizationMiddleware",
    );
    expect(() => assertGoverned(createAgent({ model, tools: [pay] }))).toThrow(MiddlewareOrderError);
  });
});

describe("tools that a provider runs", () => {
  it.each<[string, AnyTool, string]>([
    ["that have a type", { type: "web_search" }, "web_search"],
    ["that have a name too", { type: "web_search_20250305", name: "search" }, "search"],
    ["that have neither", { googleSearch: {} }, "googleSearch"],
    ["that have a schema like tools, and a type", { type: "mcp", name: "crm", schema: { type: "object" } }, "crm"],
  ])("E4: are refused before the model is called, save where they are named: those %s", async (_what, other, name) => {
    const model = new ScriptedModel([]);
    const refused = agentOf(model, { tools: [pay, other] }).invoke({ messages: "go" });
    await expect(refused).rejects.toMatchObject({ cause: expect.any(UngovernableToolError) });
    await expect(refused).rejects.toThrow(`the tool "${name}" cannot be authorized: the provider runs it`);
    expect(model.seen).toEqual([]);
    await agentOf(model, { tools: [pay, other], settings: { ...options(), ungoverned: [name] } }).invoke({
      messages: "go",
    });
    expect(model.seen).toHaveLength(1);
  });

  it.each<[string, AgentMiddleware]>([
    [
      "adds one for a model call",
      createMiddleware({
        name: "Other",
        wrapModelCall: (request, handler) =>
          handler({ ...request, tools: [...request.tools, { type: "code_execution" }] }),
      }),
    ],
    [
      "sets them in place of the agent's",
      createMiddleware({
        name: "Other",
        wrapModelCall: (request, handler) =>
          handler({ ...request, modelSettings: { tools: [{ type: "code_execution" }] } }),
      }),
    ],
  ])("E4: are refused where another middleware %s", async (_name, other) => {
    const model = new ScriptedModel([]);
    const refused = agentOf(model, { before: [other] }).invoke({ messages: "go" });
    await expect(refused).rejects.toThrow('the tool "code_execution" cannot be authorized');
    expect(model.seen).toEqual([]);
  });

  it("are not mistaken for bare definitions, whose calls come back and are judged", async () => {
    const bare = { type: "function", function: { name: "erase", parameters: { type: "object" } } };
    const deferred = { name: "absent", description: "d", schema: { type: "object", properties: {} } };
    const answers = await converse(
      [
        { name: "erase", args: {} },
        { name: "absent", args: {} },
      ],
      { tools: [bare, deferred] },
    );
    expect(answers).toMatchObject([
      { content: expect.stringContaining("role:rep denied tool:erase"), status: "error" },
      { content: expect.stringContaining('"code":"unknown_tool"'), status: "error" },
    ]);
  });
});

describe("names that no tool has", () => {
  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "", "pay\u200b", "PAY", "a".repeat(5000)])(
    "are unknown, whatever objects inherit: %j",
    async (name) => {
      const answers = await converse([{ name, args: { amount: 1 } }], {});
      expect(ran).toEqual([]);
      expect(answers).toHaveLength(1);
      expect(answers[0]?.status).toBe("error");
      expect(answers[0]?.text).toMatch(/"code":"(unknown_tool|invalid_arguments)"/);
      expect(answers[0]?.text.length).toBeLessThan(1000);
    },
  );
});
