import { type CallContext, type ContextSource, resolveContext, type ToolCall } from "@ambit/core";
import type { ToolExecution } from "./authorization-options.ts";

/** How the SDK invokes a tool: its `execute` and, before, its `needsApproval`. Only these members are read. */
export interface ToolInvocation {
  readonly toolCallId?: string;
  readonly messages?: unknown;
  readonly abortSignal?: AbortSignal;
  /** In version 7. */
  readonly context?: unknown;
  /** In versions 5 and 6. */
  readonly experimental_context?: unknown;
}

/** The call that is judged. */
export function toolCall(tool: string, input: unknown, invocation: ToolInvocation | undefined): ToolCall {
  return { tool, arguments: input, id: invocation?.toolCallId };
}

/** Who makes the call. `undefined`: that is not known. */
export function callContext(
  source: ContextSource<ToolExecution>,
  toolName: string,
  invocation: ToolInvocation | undefined,
): Promise<CallContext | undefined> {
  const abortSignal = invocation?.abortSignal;
  const information = { toolName, context: applicationContext(invocation), abortSignal };
  return resolveContext({ source, information, signal: abortSignal });
}

/** The application's own. */
export function applicationContext(invocation: ToolInvocation | undefined): unknown {
  return invocation?.context ?? invocation?.experimental_context;
}
