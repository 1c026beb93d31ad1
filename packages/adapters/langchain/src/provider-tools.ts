import { UngovernableToolError } from "@ambit/core";
import { isLangChainTool } from "@langchain/core/utils/function_calling";
import { nameOf } from "./with-authorization.ts";

/**
 * Throws an `UngovernableToolError` for the first tool that a provider runs by itself, save those that are named.
 *
 * INVARIANT (E4): no call of such a tool comes back before it is made, so it is refused before the model is called.
 */
export function refuseProviderTools(tools: readonly unknown[], ungoverned: readonly string[] = []): void {
  for (const tool of tools) {
    if (comesBack(tool)) continue;
    const name = typeof tool === "object" && tool !== null ? nameOf(tool) : "";
    if (!ungoverned.includes(name)) throw new UngovernableToolError(name, "the provider runs it");
  }
}

/**
 * Whether the model's calls of a tool are given to the agent: those of tools with a body, and of bare definitions, which
 * providers take for the caller's. Any other type may be a service of the provider's.
 */
function comesBack(tool: unknown): boolean {
  if (typeof tool !== "object" || tool === null) return false;
  if ("invoke" in tool && typeof tool.invoke === "function") return true;
  if ("type" in tool && tool.type !== undefined) return tool.type === "function";
  return isLangChainTool(tool);
}
