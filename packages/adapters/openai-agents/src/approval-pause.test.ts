import { type AuditRecord, type Authorizer, createAuthorizer, monitorAuthorizer, parsePolicy } from "@ambit/core";
import {
  Agent,
  defineToolInputGuardrail,
  type FunctionTool,
  Runner,
  RunState,
  type RunToolApprovalItem,
  setTracingDisabled,
  ToolGuardrailFunctionOutputFactory,
  tool,
} from "@openai/agents-core";
import { assistantMessage, functionCall, ScriptedModel } from "@openai/agents-core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { PausedCall } from "./approval-pause.ts";
import { type AnyTool, type AuthorizationOptions, withAuthorization } from "./with-authorization.ts";

setTracingDisabled(true);

const policy = parsePolicy(`
tools:
  refund: { scope: tool:refund, cost: 0.01 }
  read: { scope: tool:read, cost: 0.01 }
  send: { scope: tool:send }
  ask: { scope: tool:ask }
policies:
  - role: rep
    allow: [tool:read, tool:ask, { scope: tool:refund, approval: true, message: Refunds need a manager. }]
    deny: [tool:send]
  - { role: lead, allow: [] }
budgets: [{ per: user, limit: "0.03", window: day }]
runaway: { denials: 3 }
approvals: { approvers: [role:lead] }
`);
const lead = { id: "vera", roles: ["lead"], scopes: [] };
const context = { subject: { id: "u", roles: ["rep"], scopes: ["**"] }, actor: { id: "bot" }, session: "s" };

const calls: unknown[] = [];
const records: AuditRecord[] = [];
const paused: PausedCall[] = [];
let now = Date.UTC(2026, 0, 1);
let authorizer: Authorizer;
beforeEach(() => {
  for (const list of [calls, records, paused]) list.splice(0);
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  authorizer = createAuthorizer({ policy, audit, clock: () => now });
});

afterEach(() => void vi.useRealTimers());

function wrap<const Tools extends readonly AnyTool[]>(tools: Tools, more: Partial<AuthorizationOptions> = {}) {
  const onApproval = (call: PausedCall) => void paused.push(call);
  return withAuthorization(tools, { authorizer, context, approvals: "pause", onApproval, ...more });
}

const amount = z.object({ amount: z.number() });
const record = (name: string) => async (input: unknown) => `${calls.push([name, input]) && name} done`;
const refund = tool({ name: "refund", description: "d", parameters: amount, execute: record("refund") });
const read = tool({ name: "read", description: "d", parameters: z.object({}), execute: record("read") });
const send = tool({ name: "send", description: "d", parameters: z.object({}), execute: record("send") });

type Call = readonly [name: string, args: Record<string, unknown> | string];

function scripted(...steps: readonly (readonly Call[])[]): ScriptedModel {
  const step = (made: readonly Call[], turn: number) =>
    made.map(([name, args], index) => functionCall(name, args, { callId: `call-${turn}-${index}` }));
  return new ScriptedModel([...steps.map(step), [assistantMessage("done")]]);
}

function answers(model: ScriptedModel): unknown[] {
  const input = model.lastCall?.request.input ?? [];
  if (typeof input === "string") return [];
  return input.flatMap((item) => {
    if (item.type !== "function_call_result") return [];
    const { output } = item;
    return [typeof output === "object" && "text" in output ? output.text : output];
  });
}

function agentOf(model: ScriptedModel, tools: readonly AnyTool[]): Agent<unknown> {
  return new Agent({ name: "assistant", model, tools: tools as FunctionTool[] }); // All of them are.
}

const runner = new Runner({ tracingDisabled: true });
const decisions = () =>
  records.flatMap((entry) => (entry.type === "decision" ? [`${entry.tool} ${entry.code ?? "permitted"}`] : []));
const refused = expect.stringContaining('"code":"approval_required"');
const answer = async (id: string | undefined, how: "approve" | "deny" = "approve") =>
  expect(await authorizer.approvals[how](id ?? "", lead)).toMatchObject({ allowed: true });

interface Ended {
  readonly state: RunState<unknown, Agent<unknown>>;
  readonly interruptions: RunToolApprovalItem[];
  readonly finalOutput?: unknown;
}

/** The SDK warns of a look at the output of a run that has none yet. */
function shown(result: Ended): Ended {
  const { state, interruptions } = result;
  return { state, interruptions, finalOutput: interruptions.length > 0 ? undefined : result.finalOutput };
}

const ways = {
  run: async (agent: Agent<unknown>, input: string | RunState<unknown, Agent<unknown>>) => {
    return shown(await runner.run(agent, input, { context: { desk: 4 } }));
  },
  "run, streamed": async (agent: Agent<unknown>, input: string | RunState<unknown, Agent<unknown>>) => {
    const stream = await runner.run(agent, input, { context: { desk: 4 }, stream: true });
    for await (const event of stream) void event;
    await stream.completed;
    return shown(stream);
  },
};

describe.each(Object.entries(ways))("%s", (_way, run) => {
  it("a call that a person must approve pauses the run; approved, it runs once, and its siblings are not repeated", async () => {
    const model = scripted([
      ["read", {}],
      ["refund", { amount: 300 }],
    ]);
    const agent = agentOf(model, wrap([read, refund]));
    const first = await run(agent, "go");
    expect(calls).toEqual([["read", {}]]);
    const [asked] = paused;
    expect(asked).toMatchObject({
      toolName: "refund",
      callId: "call-0-1",
      approval: { status: "pending" },
      reason: "Refunds need a manager.",
      context: { desk: 4 },
    });
    expect(first.interruptions.map(({ rawItem }) => "callId" in rawItem && rawItem.callId)).toEqual(["call-0-1"]);
    await answer(asked?.approval.id);
    const second = await run(agent, first.state);
    expect({ output: second.finalOutput, interruptions: second.interruptions }).toEqual({
      output: "done",
      interruptions: [],
    });
    expect({ calls: calls.slice(1), told: new Set(answers(model)) }).toEqual({
      calls: [["refund", { amount: 300 }]],
      told: new Set(["read done", "refund done"]),
    });
    // Each call is decided once, save that what waited is decided again.
    expect(decisions().toSorted()).toEqual(["read permitted", "refund approval_required", "refund permitted"]);
  });

  it("A1: what the state says of an approval runs nothing; the model reads the denial", async () => {
    const model = scripted([["refund", { amount: 300 }]]);
    const agent = agentOf(model, wrap([refund]));
    const { state, interruptions } = await run(agent, "go");
    for (const item of interruptions) state.approve(item, { alwaysApprove: true });
    expect((await run(agent, state)).finalOutput).toBe("done");
    expect({ calls, told: answers(model) }).toEqual({ calls: [], told: [refused] });
  });

  it("a call that a person has denied is answered with the denial, and the run goes on", async () => {
    const model = scripted([["refund", { amount: 300 }]]);
    const agent = agentOf(model, wrap([refund]));
    const { state } = await run(agent, "go");
    await answer(paused[0]?.approval.id, "deny");
    expect((await run(agent, state)).finalOutput).toBe("done");
    expect({ calls, told: answers(model) }).toEqual({
      calls: [],
      told: [expect.stringContaining("a person was asked to approve this call, and has refused")],
    });
  });

  it("a run that is resumed before anybody has answered pauses again, with the same request", async () => {
    const agent = agentOf(scripted([["refund", { amount: 300 }]]), wrap([refund]));
    const { state } = await run(agent, "go");
    const again = await run(agent, state);
    expect(again.interruptions).toHaveLength(1);
    expect(new Set(paused.map(({ approval }) => approval.id)).size).toBe(1);
    await answer(paused[0]?.approval.id);
    expect((await run(agent, again.state)).finalOutput).toBe("done");
    expect(calls).toEqual([["refund", { amount: 300 }]]);
  });

  it("other denials are given at once, and count once", async () => {
    const model = scripted([["send", {}]], [["send", {}]], [["read", {}]]);
    await run(agentOf(model, wrap([send, read])), "go");
    // With the third denial in a row the session would have been stopped.
    expect(decisions()).toEqual(["send forbidden", "send forbidden", "read permitted"]);
    expect({ calls, paused }).toEqual({ calls: [["read", {}]], paused: [] });
  });

  it("B1: a permitted call is charged once", async () => {
    const model = scripted([["read", {}]], [["read", {}]], [["read", {}]], [["read", {}]]);
    await run(agentOf(model, wrap([read])), "go");
    expect(calls).toHaveLength(3);
    expect(answers(model).at(-1)).toContain("budget_exhausted");
  });

  it("B2: what was reserved for calls that an input guardrail refuses is given back", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const guardrail = defineToolInputGuardrail({
      name: "no",
      run: async () => ToolGuardrailFunctionOutputFactory.rejectContent("no"),
    });
    const guarded = tool({
      name: "read",
      description: "d",
      parameters: z.object({}),
      inputGuardrails: [guardrail],
      execute: record("read"),
    });
    await run(
      agentOf(
        scripted([
          ["read", {}],
          ["read", {}],
          ["read", {}],
        ]),
        wrap([guarded]),
      ),
      "go",
    );
    await vi.advanceTimersByTimeAsync(30_000);
    const outcomes = records.flatMap((entry) => (entry.type === "outcome" ? [entry.status] : []));
    expect({ calls, outcomes }).toEqual({ calls: [], outcomes: ["not_started", "not_started", "not_started"] });
  });

  it("A2: of two equal calls of one step one runs under an approval, and the other waits for another one", async () => {
    const same: Call = ["refund", { amount: 300 }];
    const agent = agentOf(scripted([same, same]), wrap([refund]));
    const first = await run(agent, "go");
    expect({
      paused: first.interruptions.length,
      requests: new Set(paused.map(({ approval }) => approval.id)).size,
    }).toEqual({ paused: 2, requests: 1 });
    await answer(paused[0]?.approval.id);
    const second = await run(agent, first.state);
    expect({ calls: calls.length, paused: second.interruptions.length }).toEqual({ calls: 1, paused: 1 });
    await answer(paused.at(-1)?.approval.id);
    await run(agent, second.state);
    expect(calls).toHaveLength(2);
  });
});

const { run } = ways;

describe("the state of a run", () => {
  async function pause() {
    const model = scripted([["refund", { amount: 300 }]]);
    const agent = agentOf(model, wrap([refund]));
    const { state } = await run(agent, "go");
    return { model, agent, text: state.toString() };
  }

  it("stored as text, goes on in another process once the call is approved", async () => {
    const { agent, text } = await pause();
    await answer(paused[0]?.approval.id);
    const model = scripted();
    agent.model = model;
    await run(agent, await RunState.fromString(agent, text));
    expect({ calls, told: answers(model) }).toEqual({ calls: [["refund", { amount: 300 }]], told: ["refund done"] });
  });

  it("A6: resumed twice, runs an approved call once", async () => {
    const { agent, text } = await pause();
    await answer(paused[0]?.approval.id);
    const states = await Promise.all([1, 2].map(() => RunState.fromString(agent, text)));
    agent.model = scripted();
    for (const state of states) await run(agent, state).catch(() => {});
    expect(calls).toHaveLength(1);
  });

  it("A1: edited to say other arguments, runs nothing and asks for those", async () => {
    const { agent, text } = await pause();
    await answer(paused[0]?.approval.id);
    const edited = text.replaceAll('\\"amount\\":300', '\\"amount\\":9000');
    expect(edited).not.toBe(text);
    agent.model = scripted();
    const outcome = run(agent, await RunState.fromString(agent, edited)).catch(() => undefined);
    expect({ paused: (await outcome)?.interruptions.length, calls }).toEqual({ paused: 1, calls: [] });
    expect(await authorizer.approvals.list({ status: "pending" })).toMatchObject([{ arguments: { amount: 9000 } }]);
  });

  it("A5: after the request has expired the call asks anew", async () => {
    const { agent, text } = await pause();
    now += 600_001;
    const { interruptions } = await run(agent, await RunState.fromString(agent, text));
    const [first, second] = paused.map(({ approval }) => approval.id);
    expect({ paused: interruptions.length, calls, same: first === second }).toEqual({
      paused: 1,
      calls: [],
      same: false,
    });
  });

  it("in which the application has given the call up: the model reads that", async () => {
    const model = scripted([["refund", { amount: 300 }]]);
    const agent = agentOf(model, wrap([refund]));
    const { state, interruptions } = await run(agent, "go");
    for (const item of interruptions) state.reject(item, { message: "Nobody is here." });
    await run(agent, state);
    expect({ calls, told: answers(model) }).toEqual({ calls: [], told: ["Nobody is here."] });
  });
});

describe("beside the approval of a tool's own", () => {
  const own = tool({
    name: "refund",
    description: "d",
    parameters: amount,
    needsApproval: true,
    execute: record("refund"),
  });
  const gated = tool({
    name: "read",
    description: "d",
    parameters: z.object({}),
    needsApproval: async () => true,
    execute: record("read"),
  });

  it("a call needs both, and pauses once", async () => {
    const agent = agentOf(scripted([["refund", { amount: 300 }]]), wrap([own]));
    const first = await run(agent, "go");
    await answer(paused[0]?.approval.id);
    const second = await run(agent, first.state);
    expect({ calls, paused: second.interruptions.length }).toEqual({ calls: [], paused: 1 });
    for (const item of second.interruptions) second.state.approve(item);
    await run(agent, second.state);
    expect(calls).toEqual([["refund", { amount: 300 }]]);
  });

  it("B1: nothing is held for a call that only that pauses", async () => {
    const turn: readonly Call[] = [["read", {}]];
    const agent = agentOf(scripted(turn, turn, turn, turn), wrap([gated]));
    let result = await run(agent, "go");
    for (const how of ["reject", "reject", "reject", "approve"] as const) {
      for (const item of result.interruptions) result.state[how](item);
      result = await run(agent, result.state);
    }
    expect({ calls, paused, output: result.finalOutput }).toEqual({
      calls: [["read", {}]],
      paused: [],
      output: "done",
    });
  });

  it("a call that only that pauses is judged when it runs, by what holds then", async () => {
    const agent = agentOf(scripted([["read", {}]]), wrap([gated]));
    await authorizer.suspend({ kind: "user", id: "u" });
    const { state, interruptions } = await run(agent, "go");
    await authorizer.resume({ kind: "user", id: "u" });
    for (const item of interruptions) state.approve(item);
    await run(agent, state);
    expect(calls).toEqual([["read", {}]]);
  });
});

describe("A5, D3: without a request that somebody knows of, nothing pauses and nothing runs, where", () => {
  const fails = () => Promise.reject(new Error("hunter2"));
  const broken = (member: "authorize" | "run") =>
    new Proxy(createAuthorizer({ policy }), {
      get: (target, key) => {
        if (key === member) return fails;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  it.each<[string, () => Partial<AuthorizationOptions>, string]>([
    ["nobody could be told", () => ({ onApproval: fails }), "approval_required"],
    ["it is not known who asks", () => ({ context: fails }), "unauthenticated"],
    [
      "the store keeps no approvals",
      () => ({ authorizer: createAuthorizer({ policy, store: { apply: fails } }) }),
      "approval_required",
    ],
    ["the authorizer fails", () => ({ authorizer: broken("authorize") }), "approval_required"],
    ["approvals are denials", () => ({ approvals: "deny" }), "approval_required"],
  ])("%s", async (_name, more, code) => {
    const model = scripted([["refund", { amount: 300 }]]);
    const { interruptions, finalOutput } = await run(agentOf(model, wrap([refund], more())), "go");
    expect({ interruptions, finalOutput, calls }).toEqual({ interruptions: [], finalOutput: "done", calls: [] });
    expect(answers(model)).toEqual([expect.stringContaining(code)]);
    expect(JSON.stringify(answers(model))).not.toContain("hunter2");
  });
});

it("arguments that are no object pause the run without a request, as the SDK has it; approved, they run nothing", async () => {
  const model = scripted([["refund", "{"]]);
  const agent = agentOf(model, wrap([refund]));
  const { state, interruptions } = await run(agent, "go");
  expect({ interrupted: interruptions.length, paused }).toEqual({ interrupted: 1, paused: [] });
  for (const item of interruptions) state.approve(item);
  expect((await run(agent, state)).finalOutput).toBe("done");
  expect({ calls, told: answers(model) }).toEqual({ calls: [], told: [expect.stringContaining("parsing")] });
});

it("arguments that the schema refuses ask nobody, and are answered as they are without a check", async () => {
  const [plain, wrapped] = [scripted([["refund", {}]]), scripted([["refund", {}]])];
  await run(agentOf(plain, [refund]), "go");
  await run(agentOf(wrapped, wrap([refund])), "go");
  expect({ calls, paused, told: answers(wrapped) }).toEqual({ calls: [], paused: [], told: answers(plain) });
});

it("in monitor mode nothing pauses, and nothing stays open", async () => {
  const audit = { append: async (entry: AuditRecord) => void records.push(entry) };
  const onFault = (fault: unknown) => expect.unreachable(String(fault));
  const monitored = monitorAuthorizer(authorizer, { audit, onFault });
  const model = scripted([["refund", { amount: 300 }]]);
  const { interruptions } = await run(agentOf(model, wrap([refund], { authorizer: monitored })), "go");
  expect({ interruptions, calls }).toEqual({ interruptions: [], calls: [["refund", { amount: 300 }]] });
  const outcomes = records.flatMap((entry) => (entry.type === "outcome" ? [entry.status] : []));
  expect(outcomes).toEqual(["not_started", "succeeded"]);
});

it("a call of an agent that is a tool pauses the whole run, and runs once it is approved", async () => {
  const inner = scripted([["refund", { amount: 300 }]]);
  const expert = agentOf(inner, wrap([refund]));
  const ask = expert.asTool({ toolName: "ask", toolDescription: "d" });
  const model = scripted([["ask", { input: "x" }]]);
  const outer = agentOf(model, wrap([ask]));
  const first = await run(outer, "go");
  expect({ calls, interruptions: first.interruptions.length, paused: paused.length }).toEqual({
    calls: [],
    interruptions: 1,
    paused: 1,
  });
  await answer(paused[0]?.approval.id);
  const second = await run(outer, first.state);
  expect({ output: second.finalOutput, calls, told: answers(inner) }).toEqual({
    output: "done",
    calls: [["refund", { amount: 300 }]],
    told: ["refund done"],
  });
});

it("a call after a handoff pauses the run, and runs once it is approved", async () => {
  const expert = new Agent({
    name: "expert",
    model: scripted([["refund", { amount: 300 }]]),
    tools: wrap([refund]),
  });
  const first = new Agent({ name: "first", model: scripted([["transfer_to_expert", {}]]), handoffs: [expert] });
  const { state } = await run(first as Agent<unknown>, "go");
  expect(calls).toEqual([]);
  await answer(paused[0]?.approval.id);
  expect((await run(first as Agent<unknown>, state)).finalOutput).toBe("done");
  expect(calls).toEqual([["refund", { amount: 300 }]]);
});
