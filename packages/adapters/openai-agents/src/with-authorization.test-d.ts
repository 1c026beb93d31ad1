import type { Authorizer, CallContext } from "@ambit/core";
import { Agent, type FunctionTool, getAllMcpTools, type Tool, tool, webSearchTool } from "@openai/agents";
import { z } from "zod";
import { authorizeTool, withAuthorization } from "./with-authorization.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
const options = { authorizer, context };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

interface Application {
  readonly user: string;
}

const parameters = z.object({ amount: z.number() });
const pay = tool({ name: "pay", description: "", parameters, execute: async ({ amount }) => ({ paid: amount }) });
const greet = tool<typeof parameters, Application>({
  name: "greet",
  description: "",
  parameters,
  execute: async (_input, run) => run?.context.user ?? "",
});
const expert = new Agent({ name: "expert" }).asTool({ toolName: "expert" });

// Each wrapped tool has exactly the type that it had, in its place.
const wrapped = withAuthorization([pay, greet, expert], options);
proves<Equal<typeof wrapped, [typeof pay, typeof greet, typeof expert]>>();
const one = authorizeTool(pay, options);
proves<Equal<typeof one, typeof pay>>();

// An agent takes them as it takes the tools themselves, and its context is still checked.
export const agent = new Agent<Application>({ name: "a", tools: [authorizeTool(greet, options)] });
// @ts-expect-error the tool needs the application's context
export const other = new Agent<{ readonly team: string }>({ name: "a", tools: [authorizeTool(greet, options)] });
export const plain = new Agent({ name: "a", tools: withAuthorization([pay, webSearchTool()], options) });

const some: Tool[] = [pay as FunctionTool<unknown, typeof parameters>];
export const list: Tool[] = withAuthorization(some, options);
export const remote: Promise<Tool[]> = getAllMcpTools([]).then((tools) => withAuthorization(tools, options));

withAuthorization([pay], {
  authorizer,
  context: ({ toolName, signal }) => (signal?.aborted || toolName ? context : undefined),
});
withAuthorization([pay], { ...options, actualCost: { pay: (result: { paid: number }) => result.paid } });
// @ts-expect-error a number is not a tool
withAuthorization([1], options);
// @ts-expect-error an agent is not a tool
withAuthorization([new Agent({ name: "a" })], options);
// @ts-expect-error without a context nobody is known
withAuthorization([pay], { authorizer });
