import { offeredTools } from "@ambit/core";
import type { AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
import type { AuthorizableTools } from "./with-authorization.ts";

/** What a context function is told of the run. What versions 6 and 7 give to `prepareStep` fits; 5 tells it none of this. */
export interface StepInformation {
  /** In AI SDK 7, the contexts of the tools as they were given, before their schemas were applied. */
  readonly toolsContext?: unknown;
  /** In AI SDK 5 and 6. */
  readonly experimental_context?: unknown;
  readonly abortSignal?: AbortSignal | undefined;
}

/**
 * The names of those tools that the caller could ever be permitted, for `activeTools`, so that the model is not shown the
 * others. A courtesy to the model and no control: keep the tools wrapped by `withAuthorization`, which judges each call.
 *
 * Takes the same options. A context function is asked once for each tool. What is listed in `ungoverned` is active, and so
 * is each tool for which the context function or the authorizer fails. Never rejects.
 */
export async function activeTools<TOOLS extends AuthorizableTools>(
  tools: TOOLS,
  options: Pick<AuthorizationOptions<keyof TOOLS>, "authorizer" | "context" | "ungoverned">,
  step: StepInformation = {},
): Promise<(keyof TOOLS & string)[]> {
  const { authorizer, context, ungoverned = [] } = options;
  const names = Object.keys(tools);
  const offered = await offeredTools({
    authorizer,
    source: context,
    tools: names,
    informationOf: (tool) => executionOf(tool, step),
  });
  return names.filter((name) => offered.includes(name) || ungoverned.includes(name));
}

function executionOf(toolName: string, step: StepInformation): ToolExecution {
  const { toolsContext, experimental_context, abortSignal } = step;
  return { toolName, context: ownMember(toolsContext, toolName) ?? experimental_context, abortSignal };
}

/** INVARIANT: a tool named like something that objects inherit has no context by that. */
function ownMember(holder: unknown, name: string): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[name]; // It has it.
}
