import type { RequestContext } from "@mastra/core/request-context";

/** What Mastra gives to a tool with its input. Passed on; only these members are read. */
export interface ToolOccasion {
  readonly requestContext?: RequestContext;
  readonly abortSignal?: AbortSignal;
  readonly suspend?: Suspend;
  readonly resumeData?: unknown;
  readonly suspendPayload?: unknown;
  /** There where an agent makes the call. */
  readonly agent?: AgentOccasion;
  /** There where the tool is a step of a workflow. */
  readonly workflow?: { readonly suspend?: Suspend };
}

interface AgentOccasion {
  readonly agentId?: string;
  readonly toolCallId?: string;
  /** There where the agent's own loop makes the call. */
  readonly messages?: unknown;
  readonly suspend?: Suspend;
  readonly resumeData?: unknown;
  readonly suspendPayload?: unknown;
}

type Suspend = (payload: unknown, options?: unknown) => Promise<unknown>;

/** The same occasion, in which each way to suspend the call goes through `before`, which may refuse by throwing. */
export function beforeSuspension(occasion: ToolOccasion, before: () => Promise<void>): ToolOccasion {
  const { agent, workflow } = occasion;
  return {
    ...withSuspend(occasion, before),
    ...(agent && { agent: withSuspend(agent, before) }),
    ...(workflow && { workflow: withSuspend(workflow, before) }),
  };
}

function withSuspend<Holder extends { readonly suspend?: Suspend }>(
  holder: Holder,
  before: () => Promise<void>,
): Holder {
  const { suspend } = holder;
  if (suspend === undefined) return holder;
  const guarded: Suspend = async (payload, options) => {
    await before();
    return suspend.call(holder, payload, options);
  };
  return { ...holder, suspend: guarded };
}
