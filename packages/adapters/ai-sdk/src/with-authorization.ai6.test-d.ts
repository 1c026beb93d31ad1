import type { Authorizer, CallContext } from "@ambit/core";
import {
  dynamicTool,
  generateText,
  type InferUITools,
  type LanguageModel,
  type ToolSet,
  type TypedToolCall,
  type TypedToolResult,
  tool,
} from "ai6";
import { z } from "zod";
import { activeTools } from "./active-tools.ts";
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
  other: dynamicTool({ inputSchema: z.object({}), execute: async () => 1 }),
  asked: tool({
    inputSchema: z.object({ n: z.number() }),
    needsApproval: ({ n }) => n > 1,
    toModelOutput: ({ output }) => ({ type: "text", value: output }),
    execute: async () => "x",
  }),
};
const wrapped = withAuthorization(tools, options);

// A set of version 6 keeps its type too, also beside an installed version 7.
proves<Equal<typeof wrapped, typeof tools>>();
proves<Equal<TypedToolCall<typeof wrapped>, TypedToolCall<typeof tools>>>();
proves<Equal<TypedToolResult<typeof wrapped>, TypedToolResult<typeof tools>>>();
proves<Equal<InferUITools<typeof wrapped>, InferUITools<typeof tools>>>();
void generateText({ model, tools: wrapped, prompt: "" });
declare const anyTools: ToolSet;
export const anySet: ToolSet = withAuthorization(anyTools, options);

// The names of a set fit where the SDK wants names of that set, and so does what the SDK tells of a step.
export const active = activeTools(wrapped, options);
proves<Equal<typeof active, Promise<(keyof typeof tools)[]>>>();
void active.then((names) => generateText({ model, tools: wrapped, prompt: "", activeTools: names }));
void generateText({
  model,
  tools: wrapped,
  prompt: "",
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
