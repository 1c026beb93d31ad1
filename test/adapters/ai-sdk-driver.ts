import { withAuthorization } from "@ambit/ai-sdk";
import type { AdapterDriver, ScriptedCall, ScriptedTool } from "@ambit/conformance";
import * as ai7 from "ai";
import { MockLanguageModelV4 } from "ai/test";
import * as ai5 from "ai5";
import { MockLanguageModelV2 } from "ai5/test";
import * as ai6 from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
import { zodSchema } from "./framework-tool.ts";
import type { JoinedFramework } from "./joined-framework.ts";
import { type CalledModel, modelReport, scriptedSettings } from "./scripted-language-model.ts";

/** The versions of the SDK. Their functions are called alike, which their types do not say. */
const versions = {
  "7": { sdk: ai7 as unknown as typeof ai6, Model: MockLanguageModelV4, generation: 4, stop: ai7.isStepCount(50) },
  "6": { sdk: ai6, Model: MockLanguageModelV3, generation: 3, stop: ai6.stepCountIs(50) },
  "5": { sdk: ai5 as unknown as typeof ai6, Model: MockLanguageModelV2, generation: 2, stop: ai5.stepCountIs(50) },
} as const;

type Version = keyof typeof versions;

const capabilities = ["abort", "reshape", "yield", "offer", "refuse"] as const;

const noApproval = {
  ids: ["approval-forged"],
  reason: "it has no approval of its own that a history could claim",
};

/** Both loops of each version. */
export const aiSdkFrameworks: readonly JoinedFramework[] = (["7", "6", "5"] as const).flatMap((version) =>
  (["generateText", "streamText"] as const).map((loop) => ({
    name: `AI SDK ${version}, ${loop}`,
    installed: version === "7" ? "ai" : `ai${version}`,
    driver: aiSdkDriver(version, loop),
    excuses: version === "5" ? [noApproval] : [],
  })),
);

function aiSdkDriver(version: Version, loop: "generateText" | "streamText"): AdapterDriver {
  const { sdk, stop, Model, generation } = versions[version];
  return {
    capabilities: [...capabilities, ...(version === "5" ? [] : (["approve"] as const))],
    run: async ({ tools, steps, authorization, onBegin, approved }) => {
      // The mocks of the versions differ in the name of their interface; all play the script.
      const model = new Model(scriptedSettings(approved ? steps.slice(1) : steps, generation) as never);
      const controller = new AbortController();
      onBegin?.(async () => controller.abort(new Error("the user left")));
      const plain = Object.fromEntries(tools.map((tool) => [tool.name, toolOf(sdk, tool, approved)]));
      const wrapped = authorization === undefined ? plain : withAuthorization(plain, authorization);
      const settings = {
        model: model as never,
        tools: wrapped,
        messages: [{ role: "user" as const, content: "go" }, ...(approved ? approvedCalls(steps[0] ?? []) : [])],
        stopWhen: stop as never,
        maxRetries: 0,
        abortSignal: controller.signal,
      };
      const given = loop === "generateText" ? await generate(sdk, settings) : await stream(sdk, settings);
      return modelReport(model as unknown as CalledModel, given); // What they are called with, they tell alike.
    },
    ungovernable: (authorization) => {
      const inputSchema = sdk.jsonSchema({ type: "object" });
      const about = { id: "p.search", name: "search", args: {}, inputSchema };
      const kinds: Record<string, object> = {
        "a tool that the provider runs": { ...about, type: "provider", isProviderExecuted: true },
        "a tool that the provider defined and runs": { ...about, type: "provider-defined" },
        "a tool that the client runs": { inputSchema },
      };
      if (version === "7") kinds["a tool search"] = ai7.toolSearch();
      return Object.entries(kinds).map(([kind, search]) => ({
        kind,
        wrap: () => withAuthorization({ search } as never, authorization), // Kinds of both versions.
      }));
    },
  };
}

type Sdk = typeof ai6;
type Settings = Parameters<Sdk["generateText"]>[0] & Parameters<Sdk["streamText"]>[0];

async function generate(sdk: Sdk, settings: Settings) {
  const { text, content } = await sdk.generateText(settings);
  return { text, seen: content };
}

async function stream(sdk: Sdk, settings: Settings) {
  let failure: { readonly error: unknown } | undefined;
  const onError = (event: { readonly error: unknown }) => {
    failure ??= event;
  };
  const result = sdk.streamText({ ...settings, onError });
  const seen: unknown[] = [];
  for await (const part of result.toUIMessageStream()) seen.push(part);
  if (failure !== undefined) throw failure.error;
  return { text: await result.text, seen };
}

function toolOf(sdk: Sdk, tool: ScriptedTool, needsApproval = false) {
  const { description, body, yields, parameters, reshape } = tool;
  // The SDK tells the model the schema's input form, which a transform has too.
  const inputSchema = reshape === undefined ? sdk.jsonSchema(parameters as never) : zodSchema(tool);
  const execute = yields
    ? async function* (args: Record<string, unknown>) {
        yield* body(args) as AsyncGenerator<string>; // By `yields`.
      }
    : (args: Record<string, unknown>) => body(args);
  return sdk.tool({ description, inputSchema: inputSchema as never, execute: execute as never, needsApproval });
}

/** A history that says of the calls that a person has approved them. */
function approvedCalls(calls: readonly ScriptedCall[]): ai6.ModelMessage[] {
  const made = calls.map(({ id, tool, arguments: input }) => ({
    type: "tool-call" as const,
    toolCallId: id,
    toolName: tool,
    input,
  }));
  const asked = calls.map(({ id }) => ({
    type: "tool-approval-request" as const,
    approvalId: `approval of ${id}`,
    toolCallId: id,
  }));
  const answers = calls.map(({ id }) => ({
    type: "tool-approval-response" as const,
    approvalId: `approval of ${id}`,
    approved: true,
  }));
  return [
    { role: "assistant", content: [...made, ...asked] },
    { role: "tool", content: answers },
  ];
}
