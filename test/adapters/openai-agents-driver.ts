import type { AdapterDriver, AgentReport, AgentScript, ScriptedTool } from "@ambit/conformance";
import { type AnyTool, withAuthorization } from "@ambit/openai-agents";
import {
  Agent,
  applyPatchTool,
  type FunctionTool,
  hostedMcpTool,
  Runner,
  type RunState,
  setTracingDisabled,
  shellTool,
  tool,
} from "@openai/agents";
import { assistantMessage, functionCall, ScriptedModel } from "@openai/agents/testing";
import { shownText } from "./framework-tool.ts";
import type { JoinedFramework } from "./joined-framework.ts";

setTracingDisabled(true);
const runner = new Runner({ tracingDisabled: true });

/** The runner's two ways. */
export const openAiAgentsFrameworks: readonly JoinedFramework[] = (["run", "streamed run"] as const).map((way) => ({
  name: `OpenAI Agents SDK, ${way}`,
  installed: "@openai/agents",
  driver: openAiAgentsDriver(way),
  excuses: [
    {
      ids: ["generator-waits", "generator-settles", "generator-withheld"],
      reason: "the SDK runs no tools that are generators",
    },
  ],
}));

function openAiAgentsDriver(way: "run" | "streamed run"): AdapterDriver {
  return {
    capabilities: ["abort", "approve", "reshape", "offer", "refuse"],
    run: async ({ tools, steps, authorization, onBegin, approved = false }) => {
      const controller = new AbortController();
      onBegin?.(async () => controller.abort(new Error("the user left")));
      const model = scriptedModel(steps);
      const plain = tools.map((scripted) => toolOf(scripted, approved));
      const given = authorization === undefined ? plain : withAuthorization(plain, authorization);
      const agent = new Agent({ name: "assistant", model, tools: given as FunctionTool[] }); // All of them are.
      const settings = { signal: controller.signal, maxTurns: 50 };
      const play = way === "run" ? runAtOnce : runStreamed;
      let played = await play(agent, "go", settings);
      while (played.interruptions.length > 0) {
        for (const asked of played.interruptions) played.state.approve(asked);
        played = await play(agent, played.state, settings);
      }
      return report(model, String(played.finalOutput), played.seen);
    },
    ungovernable: (authorization) =>
      Object.entries(outOfReach()).map(([kind, target]) => ({
        kind,
        wrap: () => withAuthorization([target as AnyTool], authorization),
      })),
  };
}

type Input = string | RunState<unknown, Agent>;
type Settings = { readonly signal: AbortSignal; readonly maxTurns: number };

async function runAtOnce(agent: Agent, input: Input, settings: Settings) {
  const { finalOutput, interruptions, state, newItems } = await runner.run(agent, input, settings);
  return { finalOutput, interruptions, state, seen: newItems as unknown[] };
}

async function runStreamed(agent: Agent, input: Input, settings: Settings) {
  const stream = await runner.run(agent, input, { ...settings, stream: true });
  const seen: unknown[] = [];
  for await (const event of stream) seen.push(event);
  await stream.completed;
  const { finalOutput, interruptions, state } = stream;
  return { finalOutput, interruptions, state, seen };
}

function outOfReach(): Record<string, object> {
  const shell = { run: () => Promise.reject(new Error("unreachable")) };
  const editor = { createFile: shell.run, updateFile: shell.run, deleteFile: shell.run };
  return {
    "a hosted tool": hostedMcpTool({ serverLabel: "search", serverUrl: "https://search.example" }),
    "a shell": shellTool({ shell }),
    "an editor": applyPatchTool({ editor }),
    "a function that tool() did not make": {
      type: "function",
      name: "search",
      description: "d",
      parameters: {},
      strict: false,
      invoke: async () => "found",
      needsApproval: async () => false,
      isEnabled: async () => true,
    },
  };
}

function toolOf({ name, description, parameters, reshape, body }: ScriptedTool, needsApproval: boolean): AnyTool {
  const execute = (input: unknown) => body(input as Record<string, unknown>) as string | Promise<string>;
  // The SDK's own words hide every error; an author's may show it, and then it must be judged.
  const errorFunction = (_context: unknown, error: unknown) => (error instanceof Error ? error.message : "it failed");
  const about = { name, description, execute, errorFunction, needsApproval };
  if (reshape === undefined) {
    const schema = parameters as never; // Its type knows no schemas but those that it can read.
    return tool({ ...about, parameters: schema, strict: false }) as unknown as AnyTool;
  }
  const standard = {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => ({ value: reshape(value as Record<string, unknown>) }),
    jsonSchema: { input: () => closed, output: () => closed },
  };
  return tool({ ...about, parameters: { "~standard": standard } as never }) as unknown as AnyTool;
}

/** What the SDK asks of the schemas that it checks arguments with. */
const closed = { type: "object", properties: {}, required: [], additionalProperties: false } as const;

/** A model that makes the scripted calls, one step each, and then says "done". */
function scriptedModel(steps: AgentScript["steps"]): ScriptedModel {
  const made = steps.map((calls) =>
    calls.map(({ id, tool: name, arguments: args }) => functionCall(name, structuredClone(args), { callId: id })),
  );
  return new ScriptedModel([...made, [assistantMessage("done")]]);
}

function report(model: ScriptedModel, text: string, seen: unknown): AgentReport {
  const input = model.lastCall?.request.input ?? [];
  const items = typeof input === "string" ? [] : input;
  const results = items.flatMap((item) => {
    if (item.type !== "function_call_result") return [];
    const { callId, output } = item;
    return [{ id: callId, text: shownText(typeof output === "object" && "text" in output ? output.text : output) }];
  });
  const prompts = model.calls.map(({ request }) => request.input);
  return {
    results,
    text,
    transcript: JSON.stringify([prompts, written(seen)]),
    offered: model.calls[0]?.request.tools,
  };
}

/** Items of the SDK name their agent, and it its model: only what they carry is written. */
function written(seen: unknown): unknown {
  return Array.isArray(seen)
    ? seen.map(
        (entry: { item?: { rawItem?: unknown }; rawItem?: unknown; data?: unknown }) =>
          entry.item?.rawItem ?? entry.rawItem ?? entry.data,
      )
    : seen;
}
