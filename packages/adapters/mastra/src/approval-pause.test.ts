import { type AuditRecord, type Authorizer, createAuthorizer, parsePolicy } from "@ambit/core";
import { Mastra } from "@mastra/core";
import { Agent, type ToolsInput } from "@mastra/core/agent";
import { createDurableAgent } from "@mastra/core/agent/durable";
import { RequestContext } from "@mastra/core/request-context";
import { InMemoryStore } from "@mastra/core/storage";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { PausedCall } from "./approval-pause.ts";
import { type Script, scripted } from "./scripted-model.test-support.ts";
import { type AuthorizationOptions, withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools: { refund: { scope: tool:refund }, read: { scope: tool:read } }
policies:
  - role: rep
    allow: [tool:read, { scope: tool:refund, approval: true, message: Refunds need a manager. }]
  - { role: lead, allow: [] }
approvals: { approvers: [role:lead] }
`);
const lead = { id: "vera", roles: ["lead"], scopes: [] };
const subject = { id: "u", roles: ["rep"], scopes: ["**"] };
const context: AuthorizationOptions["context"] = ({ agentId = "program" }) => ({
  subject,
  actor: { id: agentId },
  session: "s",
});

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

function wrap<Tools extends ToolsInput>(tools: Tools, more: Partial<AuthorizationOptions> = {}): Tools {
  const onApproval = (call: PausedCall) => void paused.push(call);
  return withAuthorization(tools, { authorizer, context, approvals: "pause", onApproval, ...more });
}

const amount = z.object({ amount: z.number() });
const record = (name: string) => async (input: unknown) => `${calls.push([name, input]) && name} done`;
const refund = createTool({ id: "refund", description: "d", inputSchema: amount, execute: record("refund") });
const read = createTool({ id: "read", description: "d", execute: record("read") });

function agentOf({ model }: Script, tools: ToolsInput, agents: Record<string, Agent> = {}): Agent {
  const agent = new Agent({ id: "assistant", name: "assistant", instructions: "x", model, tools, agents });
  const mastra = new Mastra({ agents: { agent }, logger: false, storage: new InMemoryStore() });
  return mastra.getAgent("agent") as Agent; // The one that was given.
}

const large = { name: "refund", input: { amount: 300 } };
const requestContext = new RequestContext();
const decisions = () =>
  records.flatMap((entry) => (entry.type === "decision" ? [`${entry.tool} ${entry.code ?? "permitted"}`] : []));
const answer = async (id: string | undefined, how: "approve" | "deny" = "approve") =>
  expect(await authorizer.approvals[how](id ?? "", lead)).toMatchObject({ allowed: true });

interface Pause {
  readonly runId?: string | undefined;
  readonly finishReason: string | undefined;
  readonly text: string;
}

interface Way {
  readonly begin: (agent: Agent) => Promise<Pause>;
  readonly resume: (agent: Agent, of: Pause, toolCallId?: string) => Promise<Pause>;
}

async function streamed(stream: Awaited<ReturnType<Agent["stream"]>>): Promise<Pause> {
  for await (const chunk of stream.fullStream) void chunk;
  return { runId: stream.runId, finishReason: await stream.finishReason, text: await stream.text };
}

const generated: Way = {
  begin: async (agent) => agent.generate("go", { requestContext }),
  resume: async (agent, { runId = "" }, toolCallId = "call-0") => agent.approveToolCallGenerate({ runId, toolCallId }),
};
const resumeStream: Way["resume"] = async (agent, { runId = "" }, toolCallId = "call-0") =>
  streamed(await agent.approveToolCall({ runId, toolCallId }));
const ways: Record<string, Way> = {
  generate: generated,
  stream: { begin: async (agent) => streamed(await agent.stream("go", { requestContext })), resume: resumeStream },
  "stream, with tools that start before the model has finished": {
    begin: async (agent) => streamed(await agent.stream("go", { requestContext, eagerToolExecution: true })),
    resume: resumeStream,
  },
};

describe.each(Object.entries(ways))("%s", (_way, { begin, resume }) => {
  it("a call that a person must approve suspends the agent; approved, it runs once, and its siblings are not repeated", async () => {
    const script = scripted([{ name: "read", input: {} }, large]);
    const agent = agentOf(script, wrap({ read, refund }));
    const first = await begin(agent);
    expect({ reason: first.finishReason, calls }).toEqual({ reason: "suspended", calls: [["read", {}]] });
    expect(paused).toMatchObject([
      {
        toolName: "refund",
        toolCallId: "call-1",
        approval: { status: "pending" },
        reason: "Refunds need a manager.",
        agentId: "assistant",
      },
    ]);
    expect(paused[0]?.requestContext).toBeInstanceOf(RequestContext);
    await answer(paused[0]?.approval.id);
    expect((await resume(agent, first, "call-1")).text).toBe("done");
    expect({ calls: calls.slice(1), seen: new Set(script.seen()) }).toEqual({
      calls: [["refund", { amount: 300 }]],
      seen: new Set(["read done", "refund done"]),
    });
    expect(new Set(decisions())).toEqual(new Set(["read permitted", "refund approval_required", "refund permitted"]));
  });

  it("A1: an approval that was given in Mastra alone runs nothing: the agent is suspended again", async () => {
    const agent = agentOf(scripted([large]), wrap({ refund }));
    const again = await resume(agent, await begin(agent));
    expect({ reason: again.finishReason, calls }).toEqual({ reason: "suspended", calls: [] });
    expect(new Set(paused.map(({ approval }) => approval.id)).size).toBe(1);
    await answer(paused[0]?.approval.id);
    expect((await resume(agent, again)).text).toBe("done");
    expect(calls).toEqual([["refund", { amount: 300 }]]);
  });

  it("a call that a person has denied is answered with the denial", async () => {
    const script = scripted([large]);
    const agent = agentOf(script, wrap({ refund }));
    const first = await begin(agent);
    await answer(paused[0]?.approval.id, "deny");
    expect((await resume(agent, first)).text).toBe("done");
    expect({ calls, seen: script.seen() }).toEqual({
      calls: [],
      seen: [expect.stringContaining("a person was asked to approve this call, and has refused")],
    });
  });
});

const { begin, resume } = generated;

it("A2: of two equal calls of one step one runs under an approval, and the other waits for another one", async () => {
  const agent = agentOf(scripted([large, large]), wrap({ refund }));
  const first = await begin(agent);
  expect(new Set(paused.map(({ approval }) => approval.id)).size).toBe(1);
  await answer(paused[0]?.approval.id);
  const second = await resume(agent, first, "call-0");
  expect({ reason: second.finishReason, calls: calls.length }).toEqual({ reason: "suspended", calls: 1 });
  const third = await resume(agent, second, "call-1");
  expect({ reason: third.finishReason, calls: calls.length }).toEqual({ reason: "suspended", calls: 1 });
  await answer(paused.at(-1)?.approval.id);
  expect((await resume(agent, third, "call-1")).text).toBe("done");
  expect(calls).toHaveLength(2);
});

it("A6: a run that is resumed twice runs an approved call once", async () => {
  const agent = agentOf(scripted([large]), wrap({ refund }));
  const first = await begin(agent);
  await answer(paused[0]?.approval.id);
  await Promise.allSettled([resume(agent, first), resume(agent, first)]);
  expect(calls).toHaveLength(1);
});

it("A5: after the request has expired the call asks anew", async () => {
  const agent = agentOf(scripted([large]), wrap({ refund }));
  const first = await begin(agent);
  now += 600_001;
  expect((await resume(agent, first)).finishReason).toBe("suspended");
  expect({ requests: new Set(paused.map(({ approval }) => approval.id)).size, calls }).toEqual({
    requests: 2,
    calls: [],
  });
});

it("a call that the application has given up does not run, and the model reads why", async () => {
  const script = scripted([large]);
  const agent = agentOf(script, wrap({ refund }));
  const { runId = "" } = await begin(agent);
  await answer(paused[0]?.approval.id);
  await agent.declineToolCallGenerate({ runId, toolCallId: "call-0", reason: "Nobody is here." });
  expect({ calls, seen: JSON.stringify(script.seen()) }).toEqual({
    calls: [],
    seen: expect.stringContaining("Nobody is here."),
  });
});

it("a tool's own approval stays: a call may need both", async () => {
  const own = createTool({
    id: "x",
    description: "d",
    inputSchema: amount,
    requireApproval: true,
    execute: record("refund"),
  });
  const agent = agentOf(scripted([large]), wrap({ refund: own }));
  const first = await begin(agent);
  expect({ reason: first.finishReason, paused }).toEqual({ reason: "suspended", paused: [] });
  const second = await resume(agent, first);
  expect({ reason: second.finishReason, calls }).toEqual({ reason: "suspended", calls: [] });
  await answer(paused[0]?.approval.id);
  expect((await resume(agent, second)).text).toBe("done");
  expect(calls).toEqual([["refund", { amount: 300 }]]);
});

it("a tool that asks questions of its own is paused, too, and is given no answer to them", async () => {
  const asking = createTool({
    id: "x",
    description: "d",
    inputSchema: amount,
    suspendSchema: z.object({ question: z.string() }),
    resumeSchema: z.object({ approved: z.boolean() }),
    execute: async (_input, { agent }) => `${calls.push(agent?.resumeData)}`,
  });
  const agent = agentOf(scripted([large]), wrap({ refund: asking }));
  const first = await begin(agent);
  expect({ reason: first.finishReason, calls }).toEqual({ reason: "suspended", calls: [] });
  await answer(paused[0]?.approval.id);
  expect((await resume(agent, first)).text).toBe("done");
  expect(calls).toEqual([undefined]);
});

it("a call of an agent that is a tool suspends the whole run, and runs once it is approved", async () => {
  const inner = scripted([large]);
  const expert = new Agent({
    id: "expert",
    name: "expert",
    description: "d",
    instructions: "x",
    model: inner.model,
    tools: wrap({ refund }),
  });
  const script = scripted([{ name: "agent-expert", input: { prompt: "x" } }]);
  const agent = agentOf(script, {}, { expert });
  const first = await begin(agent);
  expect({ reason: first.finishReason, calls, who: paused[0]?.agentId }).toEqual({
    reason: "suspended",
    calls: [],
    who: "expert",
  });
  await answer(paused[0]?.approval.id);
  expect((await resume(agent, first)).text).toBe("done");
  expect({ calls, seen: inner.seen() }).toEqual({ calls: [["refund", { amount: 300 }]], seen: ["refund done"] });
});

it("a durable agent is suspended and resumed in the same way", async () => {
  const script = scripted([large]);
  const inner = new Agent({ id: "a", name: "a", instructions: "x", model: script.model, tools: wrap({ refund }) });
  const mastra = new Mastra({
    agents: { agent: createDurableAgent({ agent: inner }) },
    logger: false,
    storage: new InMemoryStore(),
  });
  const agent = mastra.getAgent("agent") as unknown as Agent; // It has the same methods.
  const first = await agent.generate("go");
  expect({ reason: first.finishReason, calls, paused: paused.length }).toEqual({
    reason: "suspended",
    calls: [],
    paused: 1,
  });
  await answer(paused[0]?.approval.id);
  await resume(agent, first);
  expect({ calls, seen: script.seen() }).toEqual({ calls: [["refund", { amount: 300 }]], seen: ["refund done"] });
});

describe("A5, D3: without a request that somebody knows of, nothing is suspended and nothing runs, where", () => {
  const fails = () => Promise.reject(new Error("hunter2"));
  it.each<[string, () => Partial<AuthorizationOptions>, string]>([
    ["nobody could be told", () => ({ onApproval: fails }), "approval_required"],
    ["it is not known who asks", () => ({ context: fails }), "unauthenticated"],
    [
      "the store keeps no approvals",
      () => ({ authorizer: createAuthorizer({ policy, store: { apply: fails } }) }),
      "approval_required",
    ],
    ["approvals are denials", () => ({ approvals: "deny" }), "approval_required"],
    ["it is not said what becomes of them", () => ({ approvals: undefined }), "approval_required"],
  ])("%s", async (_name, more, code) => {
    const script = scripted([large]);
    const { finishReason, text } = await begin(agentOf(script, wrap({ refund }, more())));
    expect({ finishReason, text, calls }).toEqual({ finishReason: "stop", text: "done", calls: [] });
    expect(script.seen()).toEqual([expect.stringContaining(code)]);
    expect(JSON.stringify(script.seen())).not.toContain("hunter2");
  });
});

it("a step of a workflow fails with the denial: no agent is there to be suspended", async () => {
  const tools = wrap({
    refund: createTool({
      id: "refund",
      description: "d",
      inputSchema: amount,
      outputSchema: z.string(),
      execute: record("refund"),
    }),
  });
  const workflow = createWorkflow({ id: "w", inputSchema: amount, outputSchema: z.string() })
    .then(createStep(tools.refund))
    .commit();
  const mastra = new Mastra({ workflows: { workflow }, logger: false, storage: new InMemoryStore() });
  const started = await mastra.getWorkflow("workflow").createRun();
  expect(await started.start({ inputData: { amount: 300 } })).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining("approval_required") },
  });
  expect({ calls, paused }).toEqual({ calls: [], paused: [] });
});

it("outside of an agent's own loop, as in a network of agents, the denial is thrown", async () => {
  const { refund: wrapped } = wrap({ refund });
  const suspend = async () => expect.unreachable("Mastra would go on as if the tool had run");
  const occasion = { agent: { agentId: "assistant", toolCallId: "1", suspend } };
  const running = wrapped.execute?.({ amount: 300 }, occasion as never); // As a network calls it.
  await expect(running).rejects.toThrow("approval_required");
  expect({ calls, paused }).toEqual({ calls: [], paused: [] });
});

it("a tool that says nothing of what it suspends with may suspend with anything", async () => {
  const asking = createTool({
    id: "x",
    description: "d",
    execute: async (_input, { agent }) => (agent?.resumeData === undefined ? agent?.suspend({ sure: "?" }) : "sure"),
  });
  const script = scripted([{ name: "read", input: {} }]);
  const agent = agentOf(script, wrap({ read: asking }));
  const { runId = "", suspendPayload } = await agent.generate("go");
  expect(suspendPayload).toMatchObject({ suspendPayload: { sure: "?" } });
  await agent.resumeGenerate({ yes: true }, { runId });
  expect(script.seen()).toEqual(["sure"]);
});
