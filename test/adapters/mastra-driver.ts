import type { AdapterDriver, ScriptedTool } from "@ambit/conformance";
import { withAuthorization } from "@ambit/mastra";
import { Mastra } from "@mastra/core";
import { Agent, type ToolsInput } from "@mastra/core/agent";
import { InMemoryStore } from "@mastra/core/storage";
import { createTool, webSearchTool } from "@mastra/core/tools";
import { createWorkflow } from "@mastra/core/workflows";
import { tool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { z } from "zod";
import { zodSchema } from "./framework-tool.ts";
import type { JoinedFramework } from "./joined-framework.ts";
import { modelReport, scriptedSettings } from "./scripted-language-model.ts";

/** An agent's two ways. */
export const mastraFrameworks: readonly JoinedFramework[] = (["generate", "stream"] as const).map((way) => ({
  name: `Mastra, ${way}`,
  installed: "@mastra/core",
  driver: mastraDriver(way),
  excuses: [
    {
      ids: ["generator-waits", "generator-settles", "generator-withheld"],
      reason: "Mastra runs no tools that are generators",
    },
    { ids: ["inherited-name-proto"], reason: "Mastra loses a tool of this name, and ends a run that calls it" },
  ],
}));

function mastraDriver(way: "generate" | "stream"): AdapterDriver {
  return {
    capabilities: ["abort", "approve", "reshape", "offer", "refuse"],
    run: async ({ tools, steps, authorization, onBegin, approved = false }) => {
      const controller = new AbortController();
      onBegin?.(async () => controller.abort(new Error("the user left")));
      const model = new MockLanguageModelV4(scriptedSettings(steps) as never); // It plays a script.
      const plain = Object.fromEntries(tools.map((scripted) => [scripted.name, toolOf(scripted, approved)]));
      const agent = agentOf(model, authorization === undefined ? plain : withAuthorization(plain, authorization));
      const settings = { abortSignal: controller.signal, maxSteps: 50 };
      let given = await play(agent, way, settings);
      for (const { id: toolCallId } of approved ? steps.flat() : []) {
        given = await approve(agent, way, { runId: given.runId ?? "", toolCallId });
      }
      return modelReport(model, { text: given.text, seen: given.seen });
    },
    ungovernable: (authorization) =>
      Object.entries(outOfReach).map(([kind, search]) => ({
        kind,
        wrap: () => withAuthorization({ search } as ToolsInput, authorization), // Some of them are no tools.
      })),
  };
}

interface Played {
  readonly text: string;
  readonly runId?: string | undefined;
  readonly seen?: unknown;
}

async function play(agent: Agent, way: "generate" | "stream", settings: object): Promise<Played> {
  return way === "generate" ? whole(await agent.generate("go", settings)) : read(await agent.stream("go", settings));
}

type Asked = { readonly runId: string; readonly toolCallId: string };

async function approve(agent: Agent, way: "generate" | "stream", asked: Asked): Promise<Played> {
  return way === "generate"
    ? whole(await agent.approveToolCallGenerate(asked))
    : read(await agent.approveToolCall(asked));
}

function whole({ text, runId, steps }: Awaited<ReturnType<Agent["generate"]>>): Played {
  return { text, runId, seen: steps.map(({ toolResults }) => toolResults) };
}

async function read(stream: Awaited<ReturnType<Agent["stream"]>>): Promise<Played> {
  const seen: unknown[] = [];
  for await (const part of stream.fullStream) seen.push(part);
  if (stream.error !== undefined) throw stream.error;
  return { text: await stream.text, runId: stream.runId, seen };
}

/** An agent of an application with storage, as approvals need it. */
function agentOf(model: MockLanguageModelV4, tools: ToolsInput): Agent {
  // Mastra takes a model of the AI SDK, and gives another type to what it generates.
  const agent = new Agent({ id: "assistant", name: "assistant", instructions: "x", model: model as never, tools });
  const mastra = new Mastra({ agents: { agent }, logger: false, storage: new InMemoryStore() });
  return mastra.getAgent("agent") as Agent; // The one that was given.
}

function toolOf(scripted: ScriptedTool, requireApproval: boolean) {
  const { name: id, description, body } = scripted;
  const execute = async (input: unknown) => body(input as Record<string, unknown>);
  return createTool({ id, description, inputSchema: zodSchema(scripted), requireApproval, execute });
}

const inputSchema = z.object({});
const outOfReach: Record<string, unknown> = {
  "a tool that the provider runs": { type: "provider", id: "openai.web_search", args: {}, inputSchema },
  "Mastra's web search": webSearchTool,
  "a tool that a client runs": createTool({ id: "search", description: "d" }),
  "a tool of the AI SDK": tool({ inputSchema, execute: async () => "found" }),
  "a workflow": createWorkflow({ id: "search", inputSchema, outputSchema: inputSchema }),
};
