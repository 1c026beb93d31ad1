import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditRecord, type AuthorizerOptions, type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { Mastra } from "@mastra/core";
import { Agent, type ToolsInput } from "@mastra/core/agent";
import { createDurableAgent } from "@mastra/core/agent/durable";
import { RequestContext } from "@mastra/core/request-context";
import { InMemoryStore } from "@mastra/core/storage";
import { createCodeModeTool, createTool, type ToolHooks } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { createWorkspaceTools, LocalFilesystem, Workspace } from "@mastra/core/workspace";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Script, scripted } from "./scripted-model.test-support.ts";
import { type AuthorizationOptions, withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.02 }
  ask_expert: { scope: tool:crm:read, cost: 0.01 }
  code: { scope: tool:crm:read }
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

function decisions(): string[] {
  return records.flatMap((record) => (record.type === "decision" ? [record.tool] : []));
}

const quarter = z.object({ quarter: z.string() });
const read = createTool({
  id: "read",
  description: "d",
  inputSchema: quarter,
  execute: async (input) => `${calls.push(input) && "12 deals"}`,
});
const send = createTool({
  id: "send",
  description: "d",
  inputSchema: z.object({}),
  execute: async () => expect.unreachable("the mail was sent"),
});

interface More {
  readonly agents?: Record<string, Agent>;
  readonly hooks?: ToolHooks;
}

/** An agent of an application with storage, as approvals and suspensions need it. */
function agentOf({ model }: Script, tools: ToolsInput, more: More = {}): Agent {
  const agent = new Agent({ id: "assistant", name: "assistant", instructions: "x", model, tools, ...more });
  const mastra = new Mastra({ agents: { agent }, logger: false, storage: new InMemoryStore() });
  return mastra.getAgent("agent") as Agent; // The one that was given.
}

interface Given {
  readonly requestContext?: RequestContext;
  readonly abortSignal?: AbortSignal;
  readonly toolsets?: Record<string, ToolsInput>;
  readonly hooks?: ToolHooks;
}

type Run = (agent: Agent, given?: Given) => Promise<string>;

const ways: Record<string, Run> = {
  generate: async (agent, given) => (await agent.generate("go", { ...given })).text,
  stream: async (agent, given) => (await agent.stream("go", { ...given })).text,
  "stream, with tools that start before the model has finished": async (agent, given) =>
    (await agent.stream("go", { ...given, eagerToolExecution: true })).text,
};

describe.each(Object.entries(ways))("%s", (_way, run) => {
  it("a permitted call runs once, with the judged arguments, and the model gets its result", async () => {
    const script = scripted([{ name: "read", input: { quarter: "Q1", more: 1 } }]);
    expect(await run(agentOf(script, withAuthorization({ read }, options())))).toBe("done");
    expect({ calls, seen: script.seen() }).toEqual({ calls: [{ quarter: "Q1" }], seen: ["12 deals"] });
    expect(outcomes()).toEqual(["succeeded"]);
  });

  it("a denied call does not run; the model reads why, in one line, and the run goes on", async () => {
    const script = scripted([{ name: "send", input: {} }], [{ name: "read", input: { quarter: "Q1" } }]);
    expect(await run(agentOf(script, withAuthorization({ send, read }, options())))).toBe("done");
    expect(script.seen()).toEqual([denial, "12 deals"]);
  });

  it("B1: of the parallel calls of one step only as many run as the budget covers", async () => {
    const script = scripted(Array.from({ length: 6 }, (_, n) => ({ name: "read", input: { quarter: `Q${n}` } })));
    await run(agentOf(script, withAuthorization({ read }, options())));
    expect(calls).toHaveLength(2);
    expect(script.seen().filter((text) => JSON.stringify(text).includes("budget_exhausted"))).toHaveLength(4);
  });

  it("a tool that fails settles as failed, and the model reads what it would have read", async () => {
    const failing = createTool({
      id: "read",
      description: "d",
      execute: () => Promise.reject(new Error("no such quarter")),
    });
    const [plain, wrapped] = [scripted([{ name: "read", input: {} }]), scripted([{ name: "read", input: {} }])];
    await run(agentOf(plain, { read: failing }));
    await run(agentOf(wrapped, withAuthorization({ read: failing }, options())));
    expect(wrapped.seen()).toEqual(plain.seen());
    expect(plain.seen()).toEqual(["no such quarter"]);
    expect(outcomes()).toEqual(["failed"]);
  });

  it("a tool with an output schema may be denied, and its results keep their shape", async () => {
    const outputSchema = z.object({ deals: z.number() });
    const deals = createTool({ id: "deals", description: "d", outputSchema, execute: async () => ({ deals: 12 }) });
    const script = scripted([
      { name: "read", input: {} },
      { name: "send", input: {} },
    ]);
    await run(agentOf(script, withAuthorization({ read: deals, send: deals }, options())));
    expect(script.seen()).toEqual([{ deals: 12 }, denial]);
  });

  it("a result that is not of the tool's schema has failed, and the model reads what it would have read", async () => {
    const outputSchema = z.object({ deals: z.number() });
    const execute = async () => ({ deals: "many" }) as unknown as { deals: number }; // Not what its type says.
    const wrong = createTool({ id: "read", description: "d", outputSchema, execute });
    const [plain, wrapped] = [scripted([{ name: "read", input: {} }]), scripted([{ name: "read", input: {} }])];
    await run(agentOf(plain, { read: wrong }));
    await run(agentOf(wrapped, withAuthorization({ read: wrong }, options())));
    expect(wrapped.seen()).toEqual(plain.seen());
    expect(JSON.stringify(plain.seen())).toContain("Tool output validation failed");
    expect(outcomes()).toEqual(["failed"]);
  });

  it("toModelOutput is used for results and not for denials", async () => {
    const toModelOutput = () => ({ type: "text" as const, value: "for the model" });
    const shown = createTool({ id: "x", description: "d", execute: async () => "12 deals", toModelOutput });
    const script = scripted([
      { name: "read", input: {} },
      { name: "send", input: {} },
    ]);
    await run(agentOf(script, withAuthorization({ read: shown, send: shown }, options())));
    expect(script.seen()).toEqual(["for the model", denial]);
  });

  it.each<[string, unknown]>([
    ["of another type", { quarter: 1 }],
    ["no object", []],
    ["no JSON", "{"],
    ["nested too deeply", `{"quarter":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
  ])(
    "arguments that the schema refuses run nothing, and are answered as they are without a check: %s",
    async (_name, input) => {
      const [plain, wrapped] = [scripted([{ name: "read", input }]), scripted([{ name: "read", input }])];
      await run(agentOf(plain, { read }));
      await run(agentOf(wrapped, withAuthorization({ read }, options())));
      expect({ calls, seen: wrapped.seen() }).toEqual({ calls: [], seen: plain.seen() });
    },
  );

  it("D9: a tool may be named like something that objects inherit", async () => {
    const script = scripted([{ name: "constructor", input: {} }]);
    const tools = withAuthorization({ constructor: send }, { ...options(), actualCost: {} });
    await run(agentOf(script, tools as unknown as ToolsInput)); // A set may not declare this member.
    expect(script.seen()).toEqual([denial]);
  });

  it("a tool whose name no policy can hold is denied as unknown, by whichever name the model calls it", async () => {
    const script = scripted([{ name: "read_me_", input: { quarter: "Q1" } }]);
    await run(agentOf(script, withAuthorization({ "read me!": read }, options())));
    expect({ calls, seen: script.seen() }).toEqual({ calls: [], seen: [expect.stringContaining("unknown_tool")] });
  });

  it("E4: a tool that the model calls by its id is judged by its name", async () => {
    const renamed = createTool({ ...definition("read"), execute: async () => expect.unreachable() });
    const script = scripted([{ name: "read", input: {} }]);
    await run(agentOf(script, withAuthorization({ send: renamed }, options())));
    expect(script.seen()).toEqual([denial]);
  });

  it("tools of the same id are judged each by its own name", async () => {
    const same = createTool({ ...definition("same"), execute: async () => "ran" });
    const script = scripted([
      { name: "send", input: {} },
      { name: "read", input: {} },
    ]);
    await run(agentOf(script, withAuthorization({ read: same, send: same }, options())));
    expect(script.seen()).toEqual([denial, "ran"]);
  });

  it("a tool that asks another agent is judged, and so are the calls of that agent's tools", async () => {
    const settings = options();
    const inner = scripted([{ name: "send", input: {} }], [{ name: "read", input: { quarter: "Q1" } }]);
    const expert = agentOf(inner, withAuthorization({ send, read }, settings));
    const ask = createTool({ ...definition("ask"), execute: async () => run(expert) });
    const script = scripted([{ name: "ask_expert", input: {} }]);
    expect(await run(agentOf(script, withAuthorization({ ask_expert: ask }, settings)))).toBe("done");
    expect({ inner: inner.seen(), outer: script.seen() }).toEqual({ inner: [denial, "12 deals"], outer: ["done"] });
    expect(decisions()).toEqual(["ask_expert", "send", "read"]);
  });

  it("the tools of agents that Mastra itself makes into tools are judged", async () => {
    const inner = scripted([{ name: "send", input: {} }]);
    const expert = new Agent({
      id: "expert",
      name: "expert",
      description: "d",
      instructions: "x",
      model: inner.model,
      tools: withAuthorization({ send }, options()),
    });
    const script = scripted([{ name: "agent-expert", input: { prompt: "who?" } }]);
    expect(await run(agentOf(script, {}, { agents: { expert } }))).toBe("done");
    expect({ inner: inner.seen(), decisions: decisions() }).toEqual({ inner: [denial], decisions: ["send"] });
  });

  it("tools that are given to the call are judged", async () => {
    const script = scripted([{ name: "send", input: {} }]);
    await run(agentOf(script, {}), { toolsets: { more: withAuthorization({ send }, options()) } });
    expect(script.seen()).toEqual([denial]);
  });

  it("tools of a workspace, put among the tools, are judged", async () => {
    const basePath = await mkdtemp(join(tmpdir(), "workspace-"));
    try {
      await writeFile(join(basePath, "deals"), "12");
      const made = await createWorkspaceTools(new Workspace({ filesystem: new LocalFilesystem({ basePath }) }));
      const list = made["mastra_workspace_list_files"];
      const script = scripted([
        { name: "read", input: { path: "." } },
        { name: "send", input: { path: "." } },
      ]);
      await run(agentOf(script, withAuthorization({ read: list, send: list }, options())));
      expect(script.seen()).toEqual([expect.stringContaining("deals"), denial]);
    } finally {
      await rm(basePath, { recursive: true });
    }
  });

  it("hooks, and what replaces them for one call, change nothing in what is judged", async () => {
    const script = scripted([{ name: "send", input: {} }]);
    const hooks = { beforeToolCall: () => undefined };
    await run(agentOf(script, withAuthorization({ send }, options()), { hooks }), { hooks });
    expect(script.seen()).toEqual([denial]);
  });

  it("a run that is aborted while a call is decided starts nothing, and what was reserved is released", async () => {
    const controller = new AbortController();
    const append = async (record: AuditRecord) => {
      records.push(record);
      controller.abort();
    };
    const script = scripted([{ name: "read", input: { quarter: "Q1" } }]);
    const agent = agentOf(script, withAuthorization({ read }, options({ audit: { append } })));
    await run(agent, { abortSignal: controller.signal }).catch(() => {});
    await expect.poll(outcomes).toEqual(["not_started"]);
    expect(calls).toEqual([]);
  });

  describe("the context", () => {
    it("is resolved for each call from what the application gave, and from nothing that the model said", async () => {
      const told: unknown[] = [];
      const source: AuthorizationOptions["context"] = ({ toolName, requestContext, agentId }) => {
        told.push([toolName, requestContext?.getRaw("user"), agentId]);
        return context;
      };
      const requestContext = new RequestContext();
      requestContext.setRaw("user", "u1");
      const script = scripted([{ name: "read", input: { quarter: "Q1", user: "root", agentId: "root" } }]);
      const { authorizer } = options();
      await run(agentOf(script, withAuthorization({ read }, { authorizer, context: source })), { requestContext });
      expect({ told, calls }).toEqual({ told: [["read", "u1", "assistant"]], calls: [{ quarter: "Q1" }] });
    });

    it("may come from an AsyncLocalStorage that is open around the run", async () => {
      const current = new AsyncLocalStorage<CallContext>();
      const script = scripted([{ name: "read", input: { quarter: "Q1" } }]);
      const agent = agentOf(script, withAuthorization({ read }, { ...options(), context: () => current.getStore() }));
      await current.run(context, () => run(agent));
      expect(script.seen()).toEqual(["12 deals"]);
    });

    it.each<[string, () => CallContext | undefined | Promise<undefined>]>([
      ["is undefined", () => undefined],
      ["rejects", () => Promise.reject(new Error(secret))],
      ["gives rubbish", () => JSON.parse(`{"subject":"${secret}"}`)],
    ])("that %s denies, and the model learns nothing of why", async (_name, source) => {
      const script = scripted([{ name: "read", input: { quarter: "Q1" } }]);
      await run(agentOf(script, withAuthorization({ read }, { ...options(), context: source })));
      expect({ calls, seen: script.seen() }).toEqual({ calls: [], seen: [expect.stringContaining("unauthenticated")] });
      expect(JSON.stringify(script.seen())).not.toContain(secret);
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
      const script = scripted([{ name: "read", input: { quarter: "Q1" } }]);
      expect(await run(agentOf(script, withAuthorization({ read }, settings)))).toBe("done");
      expect({ calls, seen: script.seen() }).toEqual({ calls: [], seen: [expect.stringContaining(code)] });
      expect(JSON.stringify(script.seen())).not.toContain(secret);
    });
  });
});

describe("calls that wait for somebody", () => {
  it("an approval comes before the check and never replaces it", async () => {
    const asked: unknown[] = [];
    const requireApproval = async (input: unknown) => asked.push(input) > 0;
    const approved = createTool({
      ...definition("x"),
      inputSchema: quarter,
      requireApproval,
      execute: async () => "ran",
    });
    for (const [name, expected] of [
      ["read", "ran"],
      ["send", denial],
    ] as const) {
      const script = scripted([{ name, input: { quarter: "Q1" } }]);
      const agent = agentOf(script, withAuthorization({ [name]: approved }, options()));
      const { runId = "", finishReason } = await agent.generate("go");
      expect({ finishReason, decisions: decisions() }).toEqual({ finishReason: "suspended", decisions: [] });
      await agent.approveToolCallGenerate({ runId, toolCallId: "call-0" });
      expect(script.seen()).toEqual([expected]);
      records.splice(0);
    }
    expect(new Set(asked.map((input) => JSON.stringify(input)))).toEqual(new Set(['{"quarter":"Q1"}']));
  });

  const asking = createTool({
    ...definition("ask"),
    inputSchema: z.object({ quarter: z.string().default("Q1") }),
    suspendSchema: z.object({ question: z.string() }),
    resumeSchema: z.object({ approved: z.boolean() }),
    execute: async (input, { agent, resumeData, suspend }) => {
      const answer = agent?.resumeData ?? resumeData;
      calls.push([input, answer]);
      if (answer === undefined) return (agent?.suspend ?? suspend)?.({ question: "really?" });
      return answer.approved ? "12 deals" : "declined";
    },
  });

  it("a call that its tool suspends has not succeeded; resumed, it is judged and charged again", async () => {
    const script = scripted([{ name: "read", input: {} }]);
    const agent = agentOf(script, withAuthorization({ read: asking }, options()));
    const { runId = "", suspendPayload } = await agent.generate("go");
    expect({ suspendPayload, outcomes: outcomes() }).toMatchObject({
      suspendPayload: { suspendPayload: { question: "really?" } },
      outcomes: ["failed"],
    });
    await agent.resumeGenerate({ approved: true }, { runId });
    expect(script.seen()).toEqual(["12 deals"]);
    // What the tool is resumed with is what it was judged by: its schema's defaults included.
    expect(calls).toEqual([
      [{ quarter: "Q1" }, undefined],
      [{ quarter: "Q1" }, { approved: true }],
    ]);
    expect({ decisions: decisions(), outcomes: outcomes() }).toEqual({
      decisions: ["read", "read"],
      outcomes: ["failed", "succeeded"],
    });
  });

  it("a call that may not run any more when it is resumed does not run", async () => {
    const script = scripted([{ name: "read", input: {} }]);
    const settings = options();
    const agent = agentOf(script, withAuthorization({ read: asking }, settings));
    const { runId = "" } = await agent.generate("go");
    await settings.authorizer.suspend({ kind: "user", id: "u1" });
    await agent.resumeGenerate({ approved: true }, { runId });
    expect({ seen: script.seen(), calls }).toEqual({
      seen: [expect.stringContaining('"code":"suspended"')],
      calls: [[{ quarter: "Q1" }, undefined]],
    });
  });

  const answer = { approved: true };
  const byModel = { quarter: "Q1", resumeData: answer };

  it.each(["call-0", ""])("E4: a model does not answer what its tool asks somebody else (id %j)", async (id) => {
    const answered = [{ quarter: "Q1" }, answer];
    await agentOf(scripted([{ name: "read", input: byModel, id }]), { read: asking }).generate("go");
    expect(calls).toContainEqual(answered); // Without a check, it does.
    calls.splice(0);
    const script = scripted([{ name: "read", input: byModel, id }]);
    await agentOf(script, withAuthorization({ read: asking }, options())).generate("go");
    expect(calls).toEqual([[{ quarter: "Q1" }, undefined]]);
  });

  it("E4: what a model says in place of a person is not heard once the person said otherwise", async () => {
    const script = scripted([{ name: "read", input: byModel }]);
    const gated = Object.assign(createTool({ ...definition("x"), execute: async () => "" }), asking);
    const agent = agentOf(
      script,
      withAuthorization({ read: Object.assign(gated, { requireApproval: true }) }, options()),
    );
    const { runId = "" } = await agent.generate("go");
    const paused = await agent.approveToolCallGenerate({ runId, toolCallId: "call-0" });
    expect(paused.finishReason).toBe("suspended");
    await agent.resumeGenerate({ approved: false }, { runId });
    expect({ seen: script.seen(), last: calls.at(-1) }).toEqual({
      seen: ["declined"],
      last: [{ quarter: "Q1" }, { approved: false }],
    });
  });
});

it("a durable agent's calls are judged, and its model does not answer what its tool asks somebody else", async () => {
  const answers = createTool({
    ...definition("x"),
    execute: async (_input, { agent }) => `${calls.push(agent?.resumeData)}`,
  });
  const resumeData = { approved: true };
  const script = scripted([
    { name: "read", input: { resumeData } },
    { name: "read", input: {} },
    { name: "send", input: {} },
  ]);
  const tools = withAuthorization({ read: answers, send: answers }, options());
  const inner = new Agent({ id: "a", name: "a", instructions: "x", model: script.model, tools });
  const agent = createDurableAgent({ agent: inner });
  const mastra = new Mastra({ agents: { agent }, logger: false, storage: new InMemoryStore() });
  await mastra.getAgent("agent").generate("go");
  expect({ seen: script.seen(), calls }).toEqual({
    seen: [expect.stringContaining('"code":"invalid_arguments"'), "1", denial],
    calls: [undefined],
  });
});

describe("tools that are called by something else than an agent", () => {
  it("a step of a workflow is judged, and its workflow may be resumed", async () => {
    const waiting = createTool({
      ...definition("read"),
      inputSchema: quarter,
      outputSchema: z.object({ deals: z.number() }),
      suspendSchema: z.object({}),
      resumeSchema: z.object({ deals: z.number() }),
      execute: async (_input, { workflow }) => {
        if (workflow?.resumeData === undefined) await workflow?.suspend({});
        return { deals: workflow?.resumeData?.deals ?? 0 };
      },
    });
    const begin = async (tools: { step: typeof waiting }) => {
      const { inputSchema, outputSchema } = waiting;
      if (inputSchema === undefined || outputSchema === undefined) return expect.unreachable();
      const workflow = createWorkflow({ id: "w", inputSchema, outputSchema }).then(createStep(tools.step)).commit();
      const mastra = new Mastra({ workflows: { workflow }, logger: false, storage: new InMemoryStore() });
      const started = await mastra.getWorkflow("workflow").createRun();
      return { started, first: await started.start({ inputData: { quarter: "Q1" } }) };
    };
    const settings = options();
    const { read: permitted } = withAuthorization({ read: waiting }, settings);
    const { started, first } = await begin({ step: permitted });
    expect(first.status).toBe("suspended");
    expect(await started.resume({ step: "read", resumeData: { deals: 12 } })).toMatchObject({
      status: "success",
      result: { deals: 12 },
    });
    expect(decisions()).toEqual(["read", "read"]);
    const { send: refused } = withAuthorization({ send: waiting }, settings);
    expect((await begin({ step: refused })).first).toMatchObject({ status: "failed", error: { message: denial } });
  });

  it("code that the model wrote reaches wrapped tools only", async () => {
    const settings = options();
    const tools = withAuthorization({ read, send }, settings);
    const results: unknown[] = [];
    const transport = {
      run: async ({ dispatch }: { dispatch: (tool: string, args: unknown) => Promise<unknown> }) => {
        for (const tool of ["read", "send"]) {
          results.push(await dispatch(tool, { quarter: "Q1" }).catch((error: Error) => error.message));
        }
        return { success: true, result: null, logs: [] };
      },
    };
    const sandbox = {} as never; // The transport is a fake, which needs none.
    const code = createCodeModeTool({ tools, sandbox }, transport as never);
    const script = scripted([{ name: "code", input: { code: "1" } }]);
    await agentOf(script, withAuthorization({ code }, settings)).generate("go");
    expect(results).toEqual(["12 deals", denial]);
  });
});

describe("E7: what a tool gave is withheld where the session may not have it", () => {
  const labelled = parsePolicy(`
tools: { read: { scope: tool:read, classify: [{ by: private, labels: [private-data] }] } }
policies: [{ role: rep, allow: [tool:read] }]
rules: [{ id: stays, after: tool:read, deny: label:private-data }]
`);
  const found = { private: () => ["private-data"] };
  const settings = () => options({ policy: labelled, classifiers: found });
  const withheld = expect.stringContaining('"error":"tool_result_withheld"');

  it("as its result", async () => {
    const script = scripted([{ name: "read", input: { quarter: "Q1" } }]);
    await agentOf(script, withAuthorization({ read }, settings())).generate("go");
    expect({ seen: script.seen(), calls: calls.length }).toEqual({ seen: [withheld], calls: 1 });
  });

  it("as what it suspends with", async () => {
    const leaking = createTool({
      ...definition("read"),
      suspendSchema: z.object({ question: z.string() }),
      execute: async (_input, { agent }) => agent?.suspend({ question: secret }),
    });
    const script = scripted([{ name: "read", input: {} }]);
    const result = await agentOf(script, withAuthorization({ read: leaking }, settings())).generate("go");
    expect({ seen: script.seen(), reason: result.finishReason }).toEqual({ seen: [withheld], reason: "stop" });
  });
});

it("D11: a browser is told of a denial no more than the model", async () => {
  const script = scripted([{ name: "send", input: {} }]);
  const stream = await agentOf(script, withAuthorization({ send }, options())).stream("go");
  const chunks = await Array.fromAsync(stream.fullStream);
  expect(JSON.stringify(chunks)).toContain("tool_call_denied");
  expect(JSON.stringify(chunks)).not.toContain("required tool:email");
});

function definition(id: string) {
  return { id, description: "d" };
}
