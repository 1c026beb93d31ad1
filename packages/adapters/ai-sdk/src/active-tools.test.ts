import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import * as ai6 from "ai6";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { activeTools, type StepInformation } from "./active-tools.ts";
import type { ToolExecution } from "./authorization-options.ts";
import { scripted, versions } from "./sdk-versions.test-support.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
policies:
  - role: rep
    allow: [tool:read, { scope: tool:write, when: args.n > 1 }]
    deny: [tool:erase]`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const options = { authorizer: createAuthorizer({ policy }), context };

function toolSet() {
  const runs: string[] = [];
  const make = (name: string) =>
    ai6.tool({ inputSchema: z.object({ n: z.number().optional() }), execute: async () => runs.push(name) });
  return { runs, tools: { erase: make("erase"), read: make("read"), write: make("write") } };
}

describe.each(versions)("AI SDK $version", ({ version, sdk }) => {
  const modelThatCalls = (names: readonly string[]) =>
    scripted(
      version,
      names.map((name) => [{ name }]),
    );

  it("the model is not offered what the caller could never be permitted, and without it, everything", async () => {
    const tools = withAuthorization(toolSet().tools, options);
    const hiding = modelThatCalls([]);
    await sdk.generateText({
      model: hiding.model,
      tools,
      prompt: "go",
      activeTools: await activeTools(tools, options),
    });
    expect(hiding.offered()).toEqual([["read", "write"]]);

    const plain = modelThatCalls([]);
    await sdk.generateText({ model: plain.model, tools, prompt: "go" });
    expect(plain.offered()).toEqual([["erase", "read", "write"]]);
  });

  it("E4: a hidden tool that the model calls all the same does not run, and the run goes on", async () => {
    const { tools: given, runs } = toolSet();
    const tools = withAuthorization(given, options);
    const { model, prompts } = modelThatCalls(["erase", "read"]);
    const active = await activeTools(tools, options);
    const { text } = await sdk.generateText({
      model,
      tools,
      prompt: "go",
      activeTools: active,
      stopWhen: sdk.stepCountIs(4),
    });
    expect({ text, runs }).toEqual({ text: "done", runs: ["read"] });
    expect(JSON.stringify(prompts()[1])).toMatch(/unavailable tool 'erase'|tool_call_denied/);
  });

  it("a step is offered what holds at that moment", async () => {
    const current = { policy: policy as typeof policy | undefined };
    const reference = {
      get current() {
        return current.policy;
      },
    };
    const settings = { authorizer: createAuthorizer({ policy: reference }), context };
    const { tools: given, runs } = toolSet();
    const tools = withAuthorization(given, settings);
    const { model, offered } = modelThatCalls(["read", "read"]);
    await sdk.generateText({
      model,
      tools,
      prompt: "go",
      stopWhen: sdk.stepCountIs(3),
      prepareStep: async (step) => {
        if (step.stepNumber === 1) current.policy = undefined;
        return { activeTools: await activeTools(tools, settings, step) };
      },
    });
    expect({ offered: offered(), runs }).toEqual({ offered: [["read", "write"], [], []], runs: ["read"] });
  });

  it("where the context fails, every tool is offered, every call denied, and nobody reads why", async () => {
    const failing = { ...options, context: () => Promise.reject(new Error("hunter2")) };
    const { tools: given, runs } = toolSet();
    const tools = withAuthorization(given, failing);
    const { model, offered, prompts } = modelThatCalls(["read"]);
    await sdk.generateText({
      model,
      tools,
      prompt: "go",
      activeTools: await activeTools(tools, failing),
      stopWhen: sdk.stepCountIs(2),
    });
    expect({ offered: offered()[0], runs }).toEqual({ offered: ["erase", "read", "write"], runs: [] });
    expect(JSON.stringify(prompts())).toContain("unauthenticated");
    expect(JSON.stringify(prompts())).not.toContain("hunter2");
  });
});

it.each<[string, StepInformation | undefined, readonly unknown[]]>([
  ["nothing of no step", undefined, [undefined, undefined]],
  ["a tool's own context of AI SDK 7", { toolsContext: { read: { user: "u1" } } }, [undefined, { user: "u1" }]],
  ["the one context of AI SDK 6", { experimental_context: { user: "u1" } }, [{ user: "u1" }, { user: "u1" }]],
  ["nothing of a context that is none", { toolsContext: "u1" }, [undefined, undefined]],
])("the context function is told, for each tool, %s", async (_what, step, told) => {
  const seen: ToolExecution[] = [];
  const resolve = (execution: ToolExecution) => {
    seen.push(execution);
    return context;
  };
  const { erase, read } = toolSet().tools;
  const names = await activeTools({ constructor: erase, read }, { ...options, context: resolve }, step);
  expect(names).toEqual(["read"]);
  expect(seen).toEqual(
    ["constructor", "read"].map((toolName, n) => ({ toolName, context: told[n], abortSignal: undefined })),
  );
});

it("D11: the context function is told nothing else of a step, such as what the model said", async () => {
  const step = { messages: ["hunter2"], steps: ["hunter2"], abortSignal: new AbortController().signal };
  const seen: unknown[] = [];
  const resolve = (execution: ToolExecution) => void seen.push(execution);
  await activeTools({ read: toolSet().tools.read }, { ...options, context: resolve }, step);
  expect(seen).toEqual([{ toolName: "read", context: undefined, abortSignal: step.abortSignal }]);
});

it("what may run without a check is active, whatever the policy says", async () => {
  const { tools } = toolSet();
  expect(await activeTools(tools, { ...options, ungoverned: ["erase"] })).toEqual(["erase", "read", "write"]);
});
