import { type AuditRecord, type AuthorizerOptions, type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { Agent, type FunctionTool, handoff, Runner, setTracingDisabled, tool } from "@openai/agents-core";
import { assistantMessage, functionCall, modelError, ScriptedModel } from "@openai/agents-core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type AnyTool, type AuthorizationOptions, withAuthorization } from "./with-authorization.ts";

setTracingDisabled(true);

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.02 }
  send: { scope: tool:email:send:external }
  constructor: { scope: tool:email:send:external }
  ask_expert: { scope: tool:crm:read, cost: 0.01 }
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
  return records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
}

const read = tool({
  name: "read",
  description: "d",
  parameters: z.object({ quarter: z.string() }),
  execute: async (input) => `${calls.push(input) && "12 deals"}`,
});
const send = tool({
  name: "send",
  description: "d",
  parameters: z.object({}),
  execute: async () => expect.unreachable("the mail was sent"),
});

type Call = readonly [name: string, args: Record<string, unknown> | string];

/** A model that makes the scripted calls, one step each, and then says "done". */
function scripted(...steps: readonly (readonly Call[])[]): ScriptedModel {
  const step = (made: readonly Call[], turn: number) =>
    made.map(([name, args], index) => functionCall(name, args, { callId: `call-${turn}-${index}` }));
  return new ScriptedModel([...steps.map(step), [assistantMessage("done")]]);
}

/** What the model was told of all its calls, in the order in which it was. */
function answers(model: ScriptedModel): unknown[] {
  const input = model.lastCall?.request.input ?? [];
  if (typeof input === "string") return [];
  return input.flatMap((item) => {
    if (item.type !== "function_call_result") return [];
    const { output } = item;
    return [typeof output === "object" && "text" in output ? output.text : output];
  });
}

type Run = (agent: Agent, context?: unknown) => Promise<unknown>;

const runner = new Runner({ tracingDisabled: true });
const ways: Record<string, Run> = {
  run: async (agent, application) => (await runner.run(agent, "go", { context: application })).finalOutput,
  "run, streamed": async (agent, application) => {
    const stream = await runner.run(agent, "go", { context: application, stream: true });
    for await (const event of stream) void event;
    await stream.completed;
    return stream.finalOutput;
  },
};

function agentOf(model: ScriptedModel, tools: readonly AnyTool[]): Agent {
  return new Agent({ name: "assistant", model, tools: tools as FunctionTool[] }); // All of them are.
}

describe.each(Object.entries(ways))("%s", (_way, run) => {
  it("a permitted call runs once, with the judged arguments, and the model gets its result", async () => {
    const model = scripted([["read", { quarter: "Q1" }]]);
    expect(await run(agentOf(model, withAuthorization([read], options())))).toBe("done");
    expect(calls).toEqual([{ quarter: "Q1" }]);
    expect(answers(model)).toEqual(["12 deals"]);
    expect(outcomes()).toEqual(["succeeded"]);
  });

  it("a denied call does not run; the model reads why, in one line, and the run goes on", async () => {
    const model = scripted([["send", {}]], [["read", { quarter: "Q1" }]]);
    expect(await run(agentOf(model, withAuthorization([send, read], options())))).toBe("done");
    expect(answers(model)).toEqual([denial, "12 deals"]);
  });

  it("B1: of the parallel calls of one step only as many run as the budget covers", async () => {
    const model = scripted(Array.from({ length: 6 }, (_, n): Call => ["read", { quarter: `Q${n}` }]));
    await run(agentOf(model, withAuthorization([read], options())));
    expect(calls).toHaveLength(2);
    expect(answers(model).filter((text) => String(text).includes("budget_exhausted"))).toHaveLength(4);
  });

  it("each repetition of a call by the model is judged and charged", async () => {
    const again: Call = ["read", { quarter: "Q1" }];
    const model = scripted([again], [again], [again]);
    await run(agentOf(model, withAuthorization([read], options())));
    expect(calls).toHaveLength(2);
    expect(answers(model)[2]).toContain("budget_exhausted");
  });

  it("D9: a tool may be named like something that objects inherit", async () => {
    const inherited = tool({ ...definition("constructor"), execute: () => expect.unreachable() });
    const model = scripted([["constructor", {}]]);
    await run(agentOf(model, withAuthorization([inherited], { ...options(), actualCost: {} })));
    expect(answers(model)).toEqual([denial]);
  });

  it("an agent used as a tool is judged, and so are the calls of its own tools", async () => {
    const settings = options();
    const inner = scripted([["send", {}]], [["read", { quarter: "Q1" }]]);
    const expert = agentOf(inner, withAuthorization([send, read], settings));
    const ask = expert.asTool({ toolName: "ask_expert", toolDescription: "d" });
    const model = scripted([["ask_expert", { input: "who?" }]]);
    expect(await run(agentOf(model, withAuthorization([ask], settings)))).toBe("done");
    expect(answers(inner)).toEqual([denial, "12 deals"]);
    expect(answers(model)).toEqual(["done"]);
    const tools = records.flatMap((record) => (record.type === "decision" ? [record.tool] : []));
    expect(tools).toEqual(["ask_expert", "send", "read"]);
  });

  it("a denied agent does not begin", async () => {
    const inner = scripted();
    const ask = agentOf(inner, []).asTool({ toolName: "send", toolDescription: "d" });
    const model = scripted([["send", { input: "who?" }]]);
    await run(agentOf(model, withAuthorization([ask], options())));
    expect({ answers: answers(model), asked: inner.calls.length }).toEqual({ answers: [denial], asked: 0 });
  });

  it("after a handoff the calls of the other agent's tools are judged", async () => {
    const second = scripted([["send", {}]]);
    const expert = agentOf(second, withAuthorization([send], options()));
    const model = scripted([["take_over", {}]]);
    const first = new Agent({ name: "first", model, handoffs: [handoff(expert, { toolNameOverride: "take_over" })] });
    expect(await run(first)).toBe("done");
    expect(answers(second)).toContain(denial);
  });

  it("a tool that fails settles as failed, and the model reads what it would have read", async () => {
    const words = { errorFunction: () => "the author's words" };
    for (const more of [{}, words]) {
      const failing = tool({ ...definition("read"), ...more, execute: () => Promise.reject(new Error(secret)) });
      const [plain, wrapped] = [scripted([["read", {}]]), scripted([["read", {}]])];
      await run(agentOf(plain, [failing]));
      await run(agentOf(wrapped, withAuthorization([failing], options())));
      expect(answers(wrapped)).toEqual(answers(plain));
    }
    expect(outcomes()).toEqual(["failed", "failed"]);
  });

  it("of the parallel calls of one step each settles as it ended itself", async () => {
    const flaky = tool({
      ...definition("read"),
      parameters: z.object({ fails: z.boolean() }),
      execute: ({ fails }) => (fails ? Promise.reject(new Error("x")) : "12 deals"),
    });
    const model = scripted([
      ["read", { fails: false }],
      ["read", { fails: true }],
    ]);
    await run(agentOf(model, withAuthorization([flaky], options())));
    expect(outcomes().sort()).toEqual(["failed", "succeeded"]);
  });

  it("an agent used as a tool whose model fails settles as failed", async () => {
    const inner = agentOf(new ScriptedModel([modelError(new Error(secret))]), []);
    const ask = inner.asTool({ toolName: "ask_expert", toolDescription: "d" });
    const model = scripted([["ask_expert", { input: "who?" }]]);
    expect(await run(agentOf(model, withAuthorization([ask], options())))).toBe("done");
    expect(outcomes()).toEqual(["failed"]);
    expect(JSON.stringify(answers(model))).not.toContain(secret);
  });

  it("a tool that answers no errors rejects the run, as it does without a check", async () => {
    const failing = tool({ ...definition("read"), errorFunction: null, execute: () => Promise.reject(new Error("x")) });
    const model = scripted([["read", {}]]);
    await expect(run(agentOf(model, withAuthorization([failing], options())))).rejects.toThrow("x");
    expect(outcomes()).toEqual(["failed"]);
  });

  it("arguments that the schema refuses run nothing, and are answered as they are without a check", async () => {
    for (const args of ["{", "[]", '{"quarter":1}', ""]) {
      const [plain, wrapped] = [scripted([["read", args]]), scripted([["read", args]])];
      await run(agentOf(plain, [read]));
      await run(agentOf(wrapped, withAuthorization([read], options())));
      expect(answers(wrapped)).toEqual(answers(plain));
    }
    expect(calls).toEqual([]);
  });
});

function definition(name: string) {
  return { name, description: "d", parameters: z.object({}) };
}
