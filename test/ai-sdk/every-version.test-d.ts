// Compiled once for each version of the SDK, as if it were the installed one.
import { activeTools, type ModelParameters, modelAuthorization, withAuthorization } from "@ambit/ai-sdk";
import type { Authorizer, CallContext, ModelPrices } from "@ambit/core";
import {
  dynamicTool,
  generateText,
  type InferToolInput,
  type InferToolOutput,
  type InferUITools,
  type LanguageModel,
  streamText,
  type ToolSet,
  type TypedToolCall,
  type TypedToolResult,
  tool,
  wrapLanguageModel,
} from "ai";
import { z } from "zod";

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
  other: dynamicTool({ inputSchema: z.object({}), execute: async () => 1 }),
};
const wrapped = withAuthorization(tools, options);

// A wrapped set has exactly the type that it had, so that everything that the SDK infers from it stays.
proves<Equal<typeof wrapped, typeof tools>>();
proves<Equal<TypedToolCall<typeof wrapped>, TypedToolCall<typeof tools>>>();
proves<Equal<TypedToolResult<typeof wrapped>, TypedToolResult<typeof tools>>>();
proves<Equal<InferUITools<typeof wrapped>, InferUITools<typeof tools>>>();
proves<Equal<InferToolInput<typeof wrapped.pay>, { amount: number }>>();
proves<Equal<InferToolOutput<typeof wrapped.pay>, { receipt: string }>>();
// @ts-expect-error a tool has no type that all others have too
proves<Equal<typeof wrapped.pay, typeof wrapped.watch>>();

// What a body is called with, the application's context among it, is what the version gives it.
type Given<Called> = Called extends (input: never, given: infer Options) => unknown ? Options : never;
proves<Equal<Given<NonNullable<typeof wrapped.pay.execute>>, Given<NonNullable<typeof tools.pay.execute>>>>();
// @ts-expect-error it is not nothing
proves<Equal<Given<NonNullable<typeof wrapped.pay.execute>>, never>>();

void generateText({ model, tools: wrapped, prompt: "" });
void streamText({ model, tools: wrapped, prompt: "" });
export const anySet: ToolSet = withAuthorization<ToolSet>(tools, options);

// Only names of the set can be listed.
withAuthorization(tools, { ...options, streaming: { pay: true }, ungoverned: ["other"] });
// @ts-expect-error no tool has this name
withAuthorization(tools, { ...options, streaming: { nope: true } });
// @ts-expect-error a number is not a tool
withAuthorization({ pay: 1 }, options);

// The names of a set fit where the SDK wants names of that set.
void generateText({
  model,
  tools: wrapped,
  prompt: "",
  prepareStep: async () => ({ activeTools: await activeTools(wrapped, options, { experimental_context: 1 }) }),
});

// A model is wrapped as the SDK wraps any.
declare const prices: ModelPrices;
declare const bare: Parameters<typeof wrapLanguageModel>[0]["model"];
const middleware = modelAuthorization({ authorizer, context, prices });
export const judged: LanguageModel = wrapLanguageModel({ model: bare, middleware });
declare const parameters: ModelParameters;
export const bound: number | undefined = parameters.maxOutputTokens;
// @ts-expect-error a model's prompt is no number
export const prompt: number = parameters.prompt;
