import type { Authorizer, CallContext } from "@ambit/core";
import { DynamicTool, StructuredTool, type StructuredToolInterface, tool } from "@langchain/core/tools";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { createAgent } from "langchain";
import { z } from "zod";
import { assertGoverned } from "./assert-governed.ts";
import { authorizationMiddleware } from "./authorization-middleware.ts";
import { authorizeTool, withAuthorization } from "./with-authorization.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
const options = { authorizer, context };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

class Reader extends StructuredTool {
  override name = "reader";
  override description = "";
  override schema = z.object({ quarter: z.string() });
  override async _call({ quarter }: { quarter: string }): Promise<string> {
    return quarter;
  }
}
const pay = tool(async ({ amount }) => ({ paid: amount }), {
  name: "pay",
  description: "",
  schema: z.object({ amount: z.number() }),
});
const text = new DynamicTool({ name: "text", description: "", func: async (input) => input });
const reader = new Reader();

// Each wrapped tool has exactly the type that it had, in its place.
const wrapped = withAuthorization([pay, text, reader], options);
proves<Equal<typeof wrapped, [typeof pay, typeof text, Reader]>>();
const one = authorizeTool(pay, options);
proves<Equal<typeof one, typeof pay>>();

// What LangChain infers from tools stays.
const agent = createAgent({ model: "m", tools: wrapped });
const plain = createAgent({ model: "m", tools: [pay, text, reader] });
proves<Equal<typeof agent, typeof plain>>();
export const governed = createAgent({ model: "m", tools: [pay], middleware: [authorizationMiddleware(options)] });
export const node = new ToolNode(withAuthorization([pay, text, reader], options));

// Input is still checked.
void one.invoke({ amount: 1 });
// @ts-expect-error the amount is a number
void one.invoke({ amount: "1" });

const some: StructuredToolInterface[] = [pay, reader];
export const list: StructuredToolInterface[] = withAuthorization(some, options);

// @ts-expect-error a number is not a tool
withAuthorization([1], options);
// @ts-expect-error without a context nobody is known
withAuthorization([pay], { authorizer });
export const search = withAuthorization([{ type: "web_search" }], { ...options, ungoverned: ["web_search"] });
authorizationMiddleware({ authorizer, context, ungoverned: ["web_search"] });
assertGoverned(agent);
authorizationMiddleware({ ...options, offer: "visible" });
// @ts-expect-error what to offer is all or visible
authorizationMiddleware({ ...options, offer: "some" });
