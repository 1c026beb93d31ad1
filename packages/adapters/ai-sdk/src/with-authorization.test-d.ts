import type { Authorizer, CallContext, ModelPrices } from "@ambit/core";
import {
  dynamicTool,
  generateText,
  type InferUITools,
  type LanguageModel,
  type ToolSet,
  type TypedToolCall,
  type TypedToolResult,
  tool,
  wrapLanguageModel,
} from "ai";
import { z } from "zod";
import { activeTools } from "./active-tools.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { modelAuthorization } from "./model-authorization.ts";
import { withAuthorization } from "./with-authorization.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
declare const model: LanguageModel;
const options = { authorizer, context };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

const tools = {
  pay: tool({
    inputSchema: z.object({ amount: z.number() }),
    execute: async ({ amount }) => ({ receipt: String(amount) }),
  }),
  watch: tool({
    inputSchema: z.object({}),
    async *execute() {
      yield { state: "busy" as const };
      yield { state: "done" as const };
    },
  }),
  ask: tool({ inputSchema: z.object({ question: z.string() }), outputSchema: z.string() }),
  weather: tool({
    inputSchema: z.object({}),
    contextSchema: z.object({ key: z.string() }),
    execute: async (_input, { context: { key } }) => key,
  }),
  other: dynamicTool({ inputSchema: z.object({}), execute: async () => 1 }),
};
const wrapped = withAuthorization(tools, options);

// A wrapped set has exactly the type that it had, so that everything that the SDK infers from it stays.
proves<Equal<typeof wrapped, typeof tools>>();
proves<Equal<TypedToolCall<typeof wrapped>, TypedToolCall<typeof tools>>>();
proves<Equal<TypedToolResult<typeof wrapped>, TypedToolResult<typeof tools>>>();
proves<Equal<InferUITools<typeof wrapped>, InferUITools<typeof tools>>>();

// Execute stays callable without a check, and keeps its input, options and output.
export const receipt: Promise<string> = (async () => {
  const result = await wrapped.pay.execute({ amount: 1 }, { toolCallId: "1", messages: [], context: {} });
  return Symbol.asyncIterator in result ? "" : result.receipt;
})();

// The context that a tool requires is still required.
void generateText({ model, tools: wrapped, toolsContext: { weather: { key: "k" } }, prompt: "" });
// @ts-expect-error toolsContext is missing
void generateText({ model, tools: wrapped, prompt: "" });

// Only names of the set can be listed.
withAuthorization(tools, { ...options, streaming: { pay: true }, ungoverned: ["ask"] });
// @ts-expect-error no tool has this name
withAuthorization(tools, { ...options, streaming: { nope: true } });
// @ts-expect-error no tool has this name
withAuthorization(tools, { ...options, ungoverned: ["nope"] });
// @ts-expect-error a number is not a tool
withAuthorization({ pay: 1 }, options);
// @ts-expect-error without a context nobody is known
withAuthorization(tools, { authorizer });

export const anySet: ToolSet = withAuthorization<ToolSet>(tools, options);

// The names of a set fit where the SDK wants names of that set, and so does what the SDK tells of a step.
export const active = activeTools(wrapped, options);
proves<Equal<typeof active, Promise<(keyof typeof tools)[]>>>();
void active.then((names) =>
  generateText({ model, tools: wrapped, prompt: "", activeTools: names, toolsContext: { weather: { key: "k" } } }),
);
void generateText({
  model,
  tools: wrapped,
  prompt: "",
  toolsContext: { weather: { key: "k" } },
  prepareStep: async (step) => ({ activeTools: await activeTools(wrapped, options, step) }),
});
// @ts-expect-error no tool has this name
void activeTools(wrapped, { ...options, ungoverned: ["nope"] });

// What tells the real cost may name the type of its tool's result, and only tools of the set have one.
proves<Equal<typeof priced, typeof tools>>();
export const priced = withAuthorization(tools, {
  ...options,
  actualCost: { pay: (result: { receipt: string }) => result.receipt },
});
// @ts-expect-error no tool has this name
void withAuthorization(tools, { ...options, actualCost: { nope: () => "1" } });

// A model is wrapped as the SDK wraps any, and one context function serves tools and models.
declare const prices: ModelPrices;
declare const bare: Parameters<typeof wrapLanguageModel>[0]["model"];
declare const source: AuthorizationOptions["context"];
export const judged: LanguageModel = wrapLanguageModel({
  model: bare,
  middleware: modelAuthorization({ authorizer, context: source, prices }),
});
