import type { AskedApproval, Deny } from "@ambit/core";
import type { RequestContext } from "@mastra/core/request-context";
import type { ToolOccasion } from "./tool-occasion.ts";

/** A call that waits for a person. */
export interface PausedCall {
  readonly toolName: string;
  /** The same as that in the `suspendPayload` of what the agent generated. Chosen by the model. */
  readonly toolCallId: string | undefined;
  /** Names the request in `authorizer.approvals`. */
  readonly approval: AskedApproval;
  /** Why it must be approved, in the policy's words. */
  readonly reason: string;
  readonly requestContext: RequestContext | undefined;
  /** The id of the agent that makes the call. */
  readonly agentId: string | undefined;
}

/** What becomes of calls that a person must approve. */
export interface ApprovalOptions {
  readonly approvals?: "deny" | "pause" | undefined;
  readonly onApproval?: ((paused: PausedCall) => void | Promise<void>) | undefined;
}

/** A call that was denied. */
export interface DeniedCall {
  readonly toolName: string;
  readonly decision: Deny;
  readonly occasion: ToolOccasion | undefined;
}

/**
 * How the agent is to be suspended over a denied call, once whoever is to know of it was told; `undefined` where the call does
 * not wait. It suspends as for an approval of Mastra's own.
 *
 * INVARIANT (A1): this only delays the call. Resumed, it is judged again, whatever it is resumed with.
 */
export async function approvalPause(
  { toolName, decision, occasion }: DeniedCall,
  { approvals = "deny", onApproval }: ApprovalOptions,
): Promise<(() => Promise<unknown>) | undefined> {
  const { agent, requestContext } = occasion ?? {};
  const { approval, reason } = decision;
  if (approvals !== "pause" || approval?.status !== "pending" || agent?.suspend === undefined) return undefined;
  // A network gives none: it would go on as if the tool had run and given nothing.
  if (agent.messages === undefined) return undefined;
  const { agentId, toolCallId } = agent;
  try {
    await onApproval?.({
      toolName,
      toolCallId: toolCallId || undefined,
      approval,
      reason,
      requestContext,
      agentId: agentId || undefined,
    });
  } catch {
    // Nobody would ever resume it.
    return undefined;
  }
  // Without a payload: that would have to be of the tool's own `suspendSchema`.
  return async () => agent.suspend?.(undefined, { requireToolApproval: true });
}

/**
 * What a tool suspends with that says nothing of it: anything. Mastra makes the calls of one step one after another where a tool
 * says that it may suspend, and resumes a run in which several wait at once only with an error.
 */
export const anyPayload = {
  "~standard": {
    version: 1,
    vendor: "ambit",
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: () => ({}), output: () => ({}) },
  },
} as const;
