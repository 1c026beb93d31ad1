import { offeredTools } from "@ambit/core";
import { type AuthorizationOptions, type RunInformation, toolExecution } from "./authorization-options.ts";
import { type AnyTool, nameOf } from "./with-authorization.ts";

/** The part of a model call that is read. */
export interface OfferingRequest {
  readonly tools: readonly AnyTool[];
  readonly toolChoice?: unknown;
  readonly runtime: RunInformation;
}

/**
 * The same model call without the tools that the caller could never be permitted. Never rejects: where it cannot be told
 * which these are, nothing is left out, for each call is judged all the same.
 *
 * A provider's tool, whose calls no check reaches, is looked up by its name, or by its type where it has none.
 */
export async function offerVisible<Request extends OfferingRequest>(
  request: Request,
  { authorizer, context }: AuthorizationOptions,
): Promise<Request> {
  try {
    const { toolChoice, runtime } = request;
    const named = request.tools.map((tool) => ({ tool, name: offeredName(tool) }));
    const offered = await offeredTools({
      authorizer,
      source: context,
      tools: named.map(({ name }) => name),
      informationOf: (name) => toolExecution(name, runtime),
    });
    const chosen = chosenName(toolChoice);
    const tools = named.filter(({ name }) => offered.includes(name) || name === chosen).map(({ tool }) => tool);
    // A provider rejects a request that demands a call and offers nothing to call.
    return tools.length === 0 && demandsCall(toolChoice) ? request : { ...request, tools };
  } catch {
    return request;
  }
}

/** The name by which a model would call the tool: that of a bare function definition stands a level deeper. */
function offeredName(tool: AnyTool): string {
  return innerName(tool) ?? nameOf(tool);
}

/** The tool that the application wants to be called. */
function chosenName(toolChoice: unknown): string | undefined {
  return typeof toolChoice === "string" ? toolChoice : innerName(toolChoice);
}

function demandsCall(toolChoice: unknown): boolean {
  return toolChoice !== undefined && toolChoice !== "auto" && toolChoice !== "none";
}

function innerName(holder: unknown): string | undefined {
  if (typeof holder !== "object" || holder === null || !("function" in holder)) return undefined;
  const { function: inner } = holder;
  const named = typeof inner === "object" && inner !== null && "name" in inner;
  return named && typeof inner.name === "string" ? inner.name : undefined;
}
