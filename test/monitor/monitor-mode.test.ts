import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelAuthorization, withAuthorization as withAiAuthorization } from "@ambit/ai-sdk";
import { type Authorizer, createAuthorizer, type MonitorOptions, monitorAuthorizer, parsePolicy } from "@ambit/core";
import { openFileAuditLog } from "@ambit/core/node";
import { authorizationMiddleware, withAuthorization as withLangChainAuthorization } from "@ambit/langchain";
import { createModelPrices } from "@ambit/prices";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { tool as langChainTool } from "@langchain/core/tools";
import { generateText, isStepCount, streamText, tool, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { createAgent } from "langchain";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

const program = join(import.meta.dirname, "../../packages/cli/bin/ambit.js");
const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read }
  send: { scope: tool:email:send }
  "model:house/small": { scope: tool:model:small, cost: { by: tokens } }
policies:
  - role: rep
    allow: [tool:crm:read]
    deny: [tool:email:send]
`);
const rule = "role:rep deny tool:email:send";
const subject = { id: "u1", roles: ["rep"], scopes: ["tool:**"] };
const context = { subject, actor: { id: "assistant" }, session: "s1" };
const prices = createModelPrices({ models: { "house/small": { input: "1", output: "10", maximumOutputTokens: 100 } } });
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** Runs an agent under monitor mode, and gives what `ambit report` says of its log. */
async function reportOf(enforce: MonitorOptions["enforce"], agent: (authorizer: Authorizer) => Promise<unknown>) {
  const folder = await mkdtemp(join(tmpdir(), "monitor-"));
  folders.push(folder);
  const file = join(folder, "audit.jsonl");
  const audit = await openFileAuditLog(file);
  const onFault = (fault: unknown) => expect.unreachable(String(fault));
  const inner = createAuthorizer({ policy, audit, costs: { tokens: prices.estimate } });
  await agent(monitorAuthorizer(inner, { audit, policy, onFault, enforce }));
  await audit.close();
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [program, "report", file, "--json"], (error, output) =>
      error === null ? resolve(output) : reject(error),
    );
  });
  return JSON.parse(stdout);
}

function scriptedAiModel(names: readonly string[]) {
  const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
  const steps = [names.map((toolName, n) => ({ type: "tool-call", toolCallId: `c${n}`, toolName, input: "{}" }))];
  const finishOf = (unified: string) => ({ finishReason: { unified, raw: unified }, usage });
  const settings = {
    provider: "house.chat",
    modelId: "small",
    doGenerate: async () => {
      const calls = steps.shift() ?? [];
      if (calls.length > 0) return { content: calls, ...finishOf("tool-calls"), warnings: [] };
      return { content: [{ type: "text", text: "done" }], ...finishOf("stop"), warnings: [] };
    },
    doStream: async () => ({
      stream: new ReadableStream({
        start(controller) {
          for (const type of ["text-start", "text-delta", "text-end"])
            controller.enqueue({ type, id: "t", delta: "done" });
          controller.enqueue({ type: "finish", ...finishOf("stop") });
          controller.close();
        },
      }),
    }),
  };
  return new MockLanguageModelV4(settings as never); // A script of the members that are used.
}

class ScriptedChatModel extends BaseChatModel {
  #turn = 0;

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(_messages: BaseMessage[]) {
    const call = { type: "tool_call" as const, id: "c1", name: "send", args: {} };
    const message = new AIMessage(this.#turn === 0 ? { content: "", tool_calls: [call] } : "done");
    this.#turn += 1;
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }
}

type Agent = (authorizer: Authorizer, body: () => string) => Promise<unknown>;

const aiTools = (authorizer: Authorizer, body: () => string) =>
  withAiAuthorization(
    { send: tool({ inputSchema: z.object({}), execute: async () => body() }) },
    { authorizer, context },
  );
const mail = (body: () => string) =>
  langChainTool(async () => body(), { name: "send", description: "d", schema: z.object({}) });
const invoke = (agent: unknown) =>
  (agent as { invoke(input: object): Promise<unknown> }).invoke({ messages: [new HumanMessage("go")] });

const agents: Record<string, Agent> = {
  "AI SDK": (authorizer, body) =>
    generateText({
      model: scriptedAiModel(["send"]),
      tools: aiTools(authorizer, body),
      prompt: "go",
      stopWhen: isStepCount(3),
    }),
  "LangChain with wrapped tools": (authorizer, body) =>
    invoke(
      createAgent({
        model: new ScriptedChatModel({}),
        tools: [...withLangChainAuthorization([mail(body)], { authorizer, context })],
      }),
    ),
  "LangChain with the middleware": (authorizer, body) =>
    invoke(
      createAgent({
        model: new ScriptedChatModel({}),
        tools: [mail(body)],
        middleware: [authorizationMiddleware({ authorizer, context })],
      }),
    ),
};

describe.each(Object.entries(agents))("an agent of %s on which a policy is rolled out", (_framework, agent) => {
  const outcome = async (enforce: MonitorOptions["enforce"]) => {
    let sent = 0;
    const send = () => {
      sent += 1;
      return "sent";
    };
    const report = await reportOf(enforce, (authorizer) => agent(authorizer, send));
    return { sent, report };
  };

  it("runs the tool that the policy denies, and the report names it", async () => {
    const { sent, report } = await outcome(undefined);
    expect(sent).toBe(1);
    expect(report).toMatchObject({
      files: [{ valid: true }],
      decisions: 1,
      permitted: 0,
      denied: 0,
      callsLetThrough: 1,
      share: 1,
      affectedSessions: { count: 1, exact: true },
      by: {
        rule: { rows: [{ name: rule, wouldDeny: 1, denied: 0, examples: [expect.any(String)] }] },
        code: { rows: [{ name: "forbidden" }] },
        tool: { rows: [{ name: "send", decisions: 1 }] },
        agent: { rows: [{ name: "assistant" }] },
        user: { rows: [{ name: "u1" }] },
      },
    });
  });

  it.each<[string, MonitorOptions["enforce"]]>([
    ["its rule", { rules: [rule] }],
    ["its code", { codes: ["forbidden"] }],
    ["its session", { share: 1 }],
  ])("does not run it once %s is enforced", async (_what, enforce) => {
    const { sent, report } = await outcome(enforce);
    expect(sent).toBe(0);
    expect(report).toMatchObject({
      denied: 1,
      callsLetThrough: 0,
      by: { rule: { rows: [{ name: rule, wouldDeny: 0, denied: 1 }] } },
    });
  });
});

describe("calls of a language model in monitor mode", () => {
  const wrap = (authorizer: Authorizer) =>
    wrapLanguageModel({
      model: scriptedAiModel([]),
      middleware: modelAuthorization({ authorizer, context, prices }),
    });

  it("are made although they are denied, whole and streamed, and the report names the model", async () => {
    const report = await reportOf(undefined, async (authorizer) => {
      expect((await generateText({ model: wrap(authorizer), prompt: "go" })).text).toBe("done");
      expect(await streamText({ model: wrap(authorizer), prompt: "go" }).text).toBe("done");
    });
    expect(report.by.tool.rows).toMatchObject([{ name: "model:house/small", wouldDeny: 2 }]);
  });

  it("are not made where that is enforced", async () => {
    await reportOf({ codes: ["not_granted"] }, async (authorizer) => {
      await expect(generateText({ model: wrap(authorizer), prompt: "go", maxRetries: 0 })).rejects.toThrow(
        "no rule of role:rep allows",
      );
    });
  });
});
