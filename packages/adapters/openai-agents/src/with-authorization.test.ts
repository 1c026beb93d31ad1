import { createRequire } from "node:module";
import {
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  parsePolicy,
  UngovernableToolError,
} from "@ambit/core";
import {
  Agent,
  applyPatchTool,
  type Computer,
  computerTool,
  type Editor,
  type FunctionTool,
  getAllMcpTools,
  hostedMcpTool,
  type MCPServer,
  RunContext,
  Runner,
  RunState,
  setTracingDisabled,
  shellTool,
  tool,
  toolNamespace,
} from "@openai/agents-core";
import { assistantMessage, functionCall, ScriptedModel } from "@openai/agents-core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type AnyTool, type AuthorizationOptions, authorizeTool, withAuthorization } from "./with-authorization.ts";

setTracingDisabled(true);

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.10 }
  send: { scope: tool:email:send }
policies: [{ role: rep, allow: [tool:crm:read], deny: [tool:email:send] }]
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const secret = "hunter2";
const denial =
  '{"error":"tool_call_denied","code":"forbidden","message":"role:rep denied tool:email:send","retryable":false}';

const records: AuditRecord[] = [];
const calls: unknown[] = [];
beforeEach(() => {
  records.splice(0);
  calls.splice(0);
});

function options(more: Partial<AuthorizerOptions> = {}): AuthorizationOptions {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return { authorizer: createAuthorizer({ policy, audit, ...more }), context };
}

function outcomes(): string[] {
  return records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
}

const record = async (input: unknown) => `${calls.push(input) && "12 deals"}`;
const described = { name: "read", description: "d" };
const quarter = z.object({ quarter: z.string() });
const read = tool({ ...described, parameters: quarter, execute: record });
const send = tool({ ...described, name: "send", parameters: z.object({}), execute: () => expect.unreachable() });

/** A tool that takes what a schema makes of each input. */
function reshaped(reshape: (input: Record<string, unknown>) => unknown): FunctionTool {
  const schema = { type: "object", properties: {}, required: [], additionalProperties: false } as const;
  const standard = {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => ({ value: reshape(value as Record<string, unknown>) }),
    jsonSchema: { input: () => schema, output: () => schema },
  };
  const parameters = { "~standard": standard } as unknown as typeof quarter; // The SDK knows it for what it is.
  return tool({ ...described, parameters, execute: record }) as unknown as FunctionTool;
}

const runContext = new RunContext<unknown>({ user: "u1" });

/** What the SDK's runner does with a call, less all that surrounds it. */
function invoke(target: object, args: unknown): Promise<unknown> {
  const { invoke } = target as FunctionTool; // Each target is a function tool.
  return invoke(runContext, JSON.stringify(args), { toolCall: functionCall("x", {}, { callId: "c1" }) });
}

const runner = new Runner({ tracingDisabled: true });

function scripted(...calls: readonly (readonly [string, object])[]) {
  const made = calls.map(([name, args], index) => functionCall(name, { ...args }, { callId: `c${index}` }));
  return new ScriptedModel([made, [assistantMessage("done")]]);
}

function agentOf(model: ScriptedModel, tools: readonly AnyTool[]): Agent {
  return new Agent({ name: "assistant", model, tools: tools as FunctionTool[] }); // All of them are.
}

function answers(model: ScriptedModel): unknown[] {
  const input = model.lastCall?.request.input ?? [];
  return typeof input === "string" ? [] : input.flatMap((item) => ("output" in item ? [item.output] : []));
}

describe("E2: a tool runs with what was judged", () => {
  it.each<[string, AnyTool, object, object]>([
    [
      "after defaults and coercion by zod",
      tool({
        ...described,
        parameters: z.object({ quarter: z.string().default("Q1"), rows: z.coerce.number() }),
        execute: record,
      }),
      { rows: "5", more: 1 },
      { quarter: "Q1", rows: 5 },
    ],
    [
      "as it was given, where the schema is JSON and not strict",
      tool({
        ...described,
        strict: false,
        parameters: { type: "object", properties: {}, required: [], additionalProperties: true },
        execute: record,
      }),
      { quarter: 1, nested: { list: [1, null] } },
      { quarter: 1, nested: { list: [1, null] } },
    ],
  ])("%s", async (_name, target, given, expected) => {
    const narrow = parsePolicy("policies: [{ role: rep, allow: [{ scope: tool:read, when: has(args.quarter) }] }]");
    const settings = options({ policy: narrow });
    expect(await invoke(authorizeTool(target, settings), given)).toBe("12 deals");
    expect(calls).toEqual([expected]);
  });

  it("though its schema would make something else of them the next time", async () => {
    let reads = 0;
    const pay = reshaped(({ amount }) => ({ amount: Number(amount) * 10 ** reads++ }));
    const small = parsePolicy("policies: [{ role: rep, allow: [{ scope: tool:read, when: args.amount < 10.0 }] }]");
    const payment = authorizeTool(pay, options({ policy: small }));
    await invoke(payment, { amount: 1 });
    expect(await invoke(payment, { amount: 1 })).toContain("tool_call_denied");
    expect(calls).toEqual([{ amount: 1 }]);
  });

  it("and with a copy of its own", async () => {
    const held: Record<string, unknown>[] = [];
    const audit = { append: async () => void Object.assign(held[0] ?? {}, { quarter: "Q9" }) };
    const target = reshaped((input) => {
      held.push(input);
      return input;
    });
    await invoke(authorizeTool(target, options({ audit })), { quarter: "Q1" });
    expect({ held, calls }).toEqual({ held: [{ quarter: "Q9" }], calls: [{ quarter: "Q1" }] });
  });

  it("or not at all, where that is not a JSON object", async () => {
    const made = [new Date(), [1], "text", null, { when: new Date() }, { all: new Map() }];
    for (const value of made) {
      const target = reshaped(() => value);
      expect(await invoke(authorizeTool(target, options()), {})).toContain('"code":"invalid_arguments"');
    }
    expect(calls).toEqual([]);
  });

  it.each<[string, string]>([
    ["is nested too deeply", `{"quarter":${"[".repeat(100)}${"]".repeat(100)}}`],
    ["names a prototype", '{"__proto__":{"quarter":"Q1"}}'],
    ["holds a number that no computer keeps", '{"quarter":9007199254740993}'],
    ["holds half a character", '{"quarter":"\\ud800"}'],
  ])("or not at all where the text %s, and the run goes on", async (_name, text) => {
    const open = tool({
      ...described,
      strict: false,
      parameters: { type: "object", properties: {}, required: [], additionalProperties: true },
      execute: record,
    });
    const model = new ScriptedModel([[functionCall("read", text, { callId: "c" })], [assistantMessage("done")]]);
    const { finalOutput } = await runner.run(agentOf(model, withAuthorization([open], options())), "go");
    expect({ finalOutput, calls }).toEqual({ finalOutput: "done", calls: [] });
  });

  it("of members of the same name the last one is judged and run", async () => {
    const target = authorizeTool(read, options());
    await (target as unknown as FunctionTool).invoke(runContext, '{"quarter":"Q1","quarter":"Q2"}');
    expect(calls).toEqual([{ quarter: "Q2" }]);
  });
});

describe("the context", () => {
  it("is resolved for each call from the application's own context, and from nothing that the model said", async () => {
    const told: unknown[] = [];
    const source: AuthorizationOptions["context"] = (execution) => {
      told.push(execution);
      return context;
    };
    const { authorizer } = options();
    const target = authorizeTool(read, { authorizer, context: source });
    await invoke(target, { quarter: "Q1", subject: { id: "root" }, context });
    expect(told).toEqual([{ toolName: "read", context: { user: "u1" }, signal: undefined }]);
    const [decision] = records;
    expect(decision).toMatchObject({ type: "decision", subject: "u1" });
  });

  it.each<[string, () => CallContext | undefined | Promise<undefined>]>([
    ["is undefined", () => undefined],
    ["rejects", () => Promise.reject(new Error(secret))],
    ["gives rubbish", () => JSON.parse(`{"subject":"${secret}"}`)],
  ])("that %s denies, and the model learns nothing of why", async (_name, source) => {
    const model = scripted(["read", { quarter: "Q1" }]);
    await runner.run(agentOf(model, withAuthorization([read], { ...options(), context: source })), "go");
    expect(calls).toEqual([]);
    expect(JSON.stringify(answers(model))).toContain("unauthenticated");
    expect(JSON.stringify(model.calls.map(({ request }) => request.input))).not.toContain(secret);
  });
});

describe("D3, D11: nothing runs, and the model never sees the error, where", () => {
  const fails = () => Promise.reject(new Error(secret));
  const authorizer = { ...createAuthorizer({ policy }), run: fails };
  it.each<[string, AuthorizationOptions, string]>([
    ["the audit log fails", options({ audit: { append: fails } }), "unavailable"],
    ["the store fails", options({ store: { apply: fails } }), "unavailable"],
    ["there is no policy", options({ policy: undefined }), "unavailable"],
    [
      "the authorizer fails",
      { context, authorizer: authorizer as unknown as AuthorizationOptions["authorizer"] },
      "indeterminate",
    ],
  ])("%s", async (_name, settings, code) => {
    const model = scripted(["read", { quarter: "Q1" }]);
    const { finalOutput } = await runner.run(agentOf(model, withAuthorization([read], settings)), "go");
    expect({ finalOutput, calls }).toEqual({ finalOutput: "done", calls: [] });
    expect(JSON.stringify(answers(model))).toContain(code);
    expect(JSON.stringify(model.calls.map(({ request }) => request.input))).not.toContain(secret);
  });
});

describe("what is around a tool stays", () => {
  it("the given tools are not changed, and hidden members are kept", () => {
    const marked = Object.freeze(Object.defineProperty({ ...read }, "hidden", { value: 7 }));
    const [wrapped] = withAuthorization([marked], options());
    expect(marked.invoke).toBe(read.invoke);
    expect(Reflect.get(wrapped, "hidden")).toBe(7);
    expect({ ...wrapped, invoke: 0 }).toEqual({ ...marked, invoke: 0 });
  });

  it("a policy of approval is asked about what the schema made of the arguments, and about nothing else", async () => {
    const parameters = z.object({ quarter: z.string().trim() });
    const asked: unknown[] = [];
    const needsApproval = async (_run: unknown, input: unknown) => asked.push(input) > 99;
    const target = tool({ ...described, parameters, execute: record, needsApproval });
    const model = scripted(["read", { quarter: "  Q1 " }]);
    await runner.run(agentOf(model, withAuthorization([target], options())), "go");
    expect({ asked, calls }).toEqual({ asked: [{ quarter: "Q1" }], calls: [{ quarter: "Q1" }] });
  });

  it.each([true, async () => true])(
    "an approval comes before the check and never replaces it",
    async (needsApproval) => {
      const target = (name: string) =>
        tool({ ...described, name, parameters: quarter, execute: record, needsApproval });
      const model = scripted(["read", { quarter: "Q1" }], ["send", { quarter: "Q2" }]);
      const agent = agentOf(model, withAuthorization([target("read"), target("send")], options()));
      const paused = await runner.run(agent, "go");
      expect({ paused: paused.interruptions.length, records }).toEqual({ paused: 2, records: [] });
      const state = await RunState.fromString(agent, JSON.stringify(paused.state));
      for (const item of state.getInterruptions()) state.approve(item);
      expect((await runner.run(agent, state)).finalOutput).toBe("done");
      expect(calls).toEqual([{ quarter: "Q1" }]);
      expect(answers(model)).toMatchObject([{ text: "12 deals" }, { text: denial }]);
    },
  );

  it("a tool with an output schema may be denied, and its results keep their shape", async () => {
    const outputSchema = z.object({ deals: z.number() });
    const deals = (name: string) =>
      tool({ ...described, name, parameters: z.object({}), outputSchema, execute: () => ({ deals: 12 }) });
    const model = scripted(["read", {}], ["send", {}]);
    await runner.run(agentOf(model, withAuthorization([deals("read"), deals("send")], options())), "go");
    expect(answers(model)).toMatchObject([{ text: '{"deals":12}' }, { text: JSON.stringify(denial) }]);
  });

  it("a call that takes too long is answered as it is without a check, and has failed", async () => {
    const slow = tool({
      ...described,
      parameters: z.object({}),
      timeoutMs: 20,
      execute: (_input, _run, details) =>
        new Promise<string>((_resolve, reject) => {
          details?.signal?.addEventListener("abort", () => reject(details.signal?.reason));
        }),
    });
    const model = scripted(["read", {}]);
    await runner.run(agentOf(model, withAuthorization([slow], options())), "go");
    expect(answers(model)).toMatchObject([{ text: "Tool 'read' timed out after 20ms." }]);
    await expect.poll(outcomes).toEqual(["failed 0.10"]);
  });

  it("a run that is aborted while a call is decided starts nothing", async () => {
    const controller = new AbortController();
    const audit = { append: async () => controller.abort() };
    const model = scripted(["read", { quarter: "Q1" }]);
    const agent = agentOf(model, withAuthorization([read], options({ audit })));
    await runner.run(agent, "go", { signal: controller.signal }).catch(() => {});
    expect({ aborted: controller.signal.aborted, calls }).toEqual({ aborted: true, calls: [] });
  });

  it("a namespace around wrapped tools, and wrapped tools in a namespace, are judged", async () => {
    const wrapped = withAuthorization([read, send], options());
    const around = toolNamespace({ name: "crm", description: "d", tools: wrapped });
    const within = withAuthorization(toolNamespace({ name: "crm", description: "d", tools: [read, send] }), options());
    for (const [first, second] of [around, within]) {
      expect(await invoke(first ?? {}, { quarter: "Q1" })).toBe("12 deals");
      expect(await invoke(second ?? {}, {})).toBe(denial);
    }
  });
});

describe("what a call really cost, told from what the tool gave", () => {
  const priced = (execute: () => Promise<unknown>) => tool({ ...described, parameters: z.object({}), execute });
  const actualCost = { read: (result: { price: string }) => result.price };
  it("is charged in place of what was reserved", async () => {
    const target = priced(async () => ({ price: "0.03" }));
    await invoke(authorizeTool(target, { ...options(), actualCost }), {});
    expect(outcomes()).toEqual(["succeeded 0.03"]);
  });

  it("is not told where the tool fails: the reservation is charged", async () => {
    await invoke(
      authorizeTool(
        priced(() => Promise.reject(new Error("x"))),
        { ...options(), actualCost },
      ),
      {},
    );
    expect(outcomes()).toEqual(["failed 0.10"]);
  });
});

describe("results that a classifier looks at", () => {
  const labelled = parsePolicy(`
tools: { read: { scope: tool:read, classify: [{ by: private, labels: [private-data] }] } }
policies: [{ role: rep, allow: [tool:read] }]
rules: [{ id: stays, after: tool:read, deny: label:private-data }]
`);
  it("are seen as the model would see them, and withheld where the policy says so", async () => {
    const seen: unknown[] = [];
    const look = ({ content }: { content: unknown }) => {
      seen.push(content instanceof Error ? content.message : content);
      return ["private-data"];
    };
    const failing = tool({
      ...described,
      parameters: z.object({}),
      errorFunction: () => secret,
      execute: () => Promise.reject(new Error("x")),
    });
    const giving = tool({ ...described, parameters: z.object({}), execute: async () => secret });
    for (const target of [failing, giving]) {
      const settings = options({ policy: labelled, classifiers: { private: look } });
      expect(await invoke(authorizeTool(target, settings), {})).toContain("tool_result_withheld");
    }
    expect(seen).toEqual([secret, secret]);
  });
});

describe("E4: tools whose calls cannot be judged", () => {
  const computer = new Proxy({} as Computer, { get: () => async () => {} });
  const made: FunctionTool = { ...(read as unknown as FunctionTool), invoke: () => expect.unreachable() };
  it.each<[string, AnyTool, string]>([
    ["a search by the provider", { type: "hosted_tool", name: "web_search" }, "the provider runs it"],
    [
      "an MCP server that the provider calls",
      hostedMcpTool({ serverLabel: "x", serverUrl: "https://x.test" }),
      "the provider",
    ],
    ["a computer", computerTool({ computer }), "for whom"],
    ["a shell", shellTool({ shell: { run: () => expect.unreachable() } }), "for whom"],
    ["an editor", applyPatchTool({ editor: {} as Editor }), "for whom"],
    ["a function that was made a tool by hand", made, "tool()"],
    ["what is no tool", new Agent({ name: "a" }) as unknown as AnyTool, "no tool"],
  ])("are refused when they are wrapped, unless they are listed: %s", (_name, target, why) => {
    const wrap = () => withAuthorization([target], options());
    expect(wrap).toThrow(UngovernableToolError);
    expect(wrap).toThrow(why);
    expect(() => withAuthorization([target], { ...options(), ungoverned: ["another"] })).toThrow(UngovernableToolError);
    expect(withAuthorization([target], { ...options(), ungoverned: [target.name] })).toEqual([target]);
  });

  it("are refused too where another copy of the SDK made them, which alone knows their schema", () => {
    const other = createRequire(import.meta.url)("@openai/agents-core") as { tool: typeof tool };
    expect(other.tool).not.toBe(tool);
    const foreign = other.tool({ ...described, parameters: quarter, execute: record });
    expect(() => withAuthorization([foreign], options())).toThrow("tool() of this SDK");
  });

  it("do not count among the ungoverned where they can be judged", async () => {
    const [wrapped] = withAuthorization([send], { ...options(), ungoverned: ["send"] });
    expect(await invoke(wrapped, {})).toBe(denial);
  });
});

describe("tools of MCP servers", () => {
  const server = {
    name: "crm",
    cacheToolsList: false,
    connect: async () => {},
    close: async () => {},
    invalidateToolsCache: async () => {},
    listTools: async () =>
      ["read", "send"].map((name) => ({
        name,
        inputSchema: {
          type: "object",
          properties: { n: { type: "number" } },
          required: ["n"],
          additionalProperties: false,
        },
      })),
    callTool: async (name: string, args: unknown) => {
      calls.push([name, args]);
      return [{ type: "text", text: "12 deals" }];
    },
  } as unknown as MCPServer; // What the SDK asks of a server.

  it("are judged once they are made into function tools", async () => {
    const model = scripted(["read", { n: 1 }], ["send", { n: 2 }]);
    const tools = withAuthorization(await getAllMcpTools([server]), options());
    expect((await runner.run(agentOf(model, tools), "go")).finalOutput).toBe("done");
    expect(calls).toEqual([["read", { n: 1 }]]);
    expect(JSON.stringify(answers(model))).toContain("12 deals");
    expect(answers(model)[1]).toMatchObject({ text: denial });
  });
});

describe("wrapping again", () => {
  it("with the same guard changes nothing", () => {
    const settings = options();
    const [wrapped] = withAuthorization([read], settings);
    expect(withAuthorization([wrapped], { ...settings })).toEqual([wrapped]);
    expect(authorizeTool(wrapped, { ...settings })).toBe(wrapped);
  });

  it("E4: under another name, it is judged by that name too", async () => {
    const settings = options();
    const renamed = { ...authorizeTool(read, settings), name: "send" };
    expect(await invoke(authorizeTool(renamed, settings), { quarter: "Q1" })).toBe(denial);
    expect(calls).toEqual([]);
  });

  it("with another, both judge the same arguments, and what one of them denies has not succeeded", async () => {
    let reads = 0;
    const target = reshaped(({ quarter }) => ({ quarter: `${String(quarter)}${reads++}` }));
    const [inner, outer] = [options(), options()];
    await invoke(authorizeTool(authorizeTool(target, inner), outer), { quarter: "Q" });
    expect({ calls, outcomes: outcomes() }).toEqual({
      calls: [{ quarter: "Q0" }],
      outcomes: ["succeeded 0.10", "succeeded 0.10"],
    });
    const strict = authorizeTool(authorizeTool(target, options({ policy: parsePolicy("") })), outer);
    expect(await invoke(strict, { quarter: "Q" })).toContain("tool_call_denied");
    expect(outcomes().at(-1)).toBe("failed 0.10");
  });
});
