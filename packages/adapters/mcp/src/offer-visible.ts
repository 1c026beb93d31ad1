import { offeredTools } from "@ambit/core";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { toolExecution } from "./tool-execution.ts";

/**
 * The same answer to `tools/list` without the tools that the caller could never be permitted. Never rejects: where it
 * cannot be told which these are, nothing is left out, for each call is judged all the same.
 */
export async function offerVisible(
  result: unknown,
  information: unknown,
  { authorizer, context, ungoverned = [] }: AuthorizationOptions,
): Promise<unknown> {
  if (!isListing(result)) return result;
  const offered = await offeredTools({
    authorizer,
    source: context,
    tools: result.tools.map(({ name }) => name),
    informationOf: (name) => toolExecution(name, information),
  });
  const tools = result.tools.filter(({ name }) => offered.includes(name) || ungoverned.includes(name));
  // Version 2 lets clients and proxies keep lists: this one is for nobody else.
  return { ...result, tools, ...(isVersion2(information) ? { cacheScope: "private" } : {}) };
}

interface Listing {
  readonly tools: readonly { readonly name: string }[];
}

function isListing(result: unknown): result is Listing {
  return typeof result === "object" && result !== null && "tools" in result && Array.isArray(result.tools);
}

function isVersion2(information: unknown): boolean {
  return typeof information === "object" && information !== null && "mcpReq" in information;
}
