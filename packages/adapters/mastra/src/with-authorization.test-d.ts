import type { Authorizer, CallContext } from "@ambit/core";
import { Agent, type ToolsInput } from "@mastra/core/agent";
import { createTool, type Tool, webSearchTool } from "@mastra/core/tools";
import { z } from "zod";
import { type AuthorizationOptions, withAuthorization } from "./with-authorization.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
const options: AuthorizationOptions = { authorizer, context };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

const pay = createTool({
  id: "pay",
  description: "",
  inputSchema: z.object({ amount: z.number() }),
  outputSchema: z.object({ paid: z.number() }),
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ approved: z.boolean() }),
  requestContextSchema: z.object({ user: z.string() }),
  execute: async ({ amount }) => ({ paid: amount }),
});
const plain = createTool({ id: "plain", description: "", execute: async () => "" });

// Each wrapped tool has exactly the type that it had, under its name.
const tools = { pay, plain, search: webSearchTool };
const wrapped = withAuthorization(tools, { ...options, ungoverned: ["search"] });
proves<Equal<typeof wrapped, typeof tools>>();
export const id: "pay" = wrapped.pay.id;

// An agent takes them as it takes the tools themselves.
export const agent = new Agent({ id: "a", name: "a", instructions: "", model: "openai/gpt-5", tools: wrapped });
export const resolved = new Agent({
  id: "a",
  name: "a",
  instructions: "",
  model: "openai/gpt-5",
  tools: ({ requestContext }) =>
    withAuthorization({ pay }, { authorizer, context: () => (requestContext.has("user") ? context : undefined) }),
});

const some: ToolsInput = { pay };
export const set: ToolsInput = withAuthorization(some, options);
declare const list: Record<string, Tool>;
export const listed: Record<string, Tool> = withAuthorization(list, options);

withAuthorization(
  { pay },
  {
    authorizer,
    context: ({ toolName, requestContext, agentId, abortSignal }) =>
      abortSignal?.aborted || requestContext?.get("user") === agentId || toolName ? context : undefined,
  },
);
withAuthorization({ pay }, { ...options, actualCost: { pay: (result: { paid: number }) => result.paid } });
// @ts-expect-error a number is not a tool
withAuthorization({ pay: 1 }, options);
// @ts-expect-error without a context nobody is known
withAuthorization({ pay }, { authorizer });
