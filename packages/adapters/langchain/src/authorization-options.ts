import type { ActualCost, Authorizer, ContextSource } from "@ambit/core";

/** What a context function is told of the call. Nothing in it was said by the model, save which tool it chose. */
export interface ToolExecution {
  readonly toolName: string;
  /** The run's `configurable`, such as `thread_id`, without what LangGraph keeps there for itself. */
  readonly configurable: Readonly<Record<string, unknown>> | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  /** The application's own context, as given to `agent.invoke(input, { context })`. */
  readonly context: unknown;
  readonly signal: AbortSignal | undefined;
}

/** Settings of `withAuthorization` and `authorizationMiddleware`. */
export interface AuthorizationOptions {
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known beforehand, or resolved for each call. Where it is `undefined`, or
   * resolving it fails, the call is denied with code `unauthenticated`.
   */
  readonly context: ContextSource<ToolExecution>;
  /**
   * What a call really cost, by the tool's name, told from what the tool returned: decimal text, a number of at most six
   * decimals, or `undefined` where that is not known. It is charged in place of what was reserved; where the tool fails,
   * or the function does, the reservation is charged.
   */
  readonly actualCost?: { readonly [tool: string]: ActualCost } | undefined;
  /**
   * What becomes of a call that a person must approve first. `deny` (default): the model reads so, as of any denial.
   * `pause`: the graph pauses by LangGraph's own interrupt, whose value is a {@link PendingApproval}. However it is resumed,
   * the call then runs if it is approved in `authorizer.approvals`, and is denied otherwise. It is denied at once where the
   * graph cannot pause for it alone: it has no checkpointer, or other calls share the task.
   */
  readonly approvals?: "deny" | "pause" | undefined;
}

/** The value of the interrupt at which a graph waits for an approval. */
export interface PendingApproval {
  readonly type: "approval_required";
  /** Names the request in `authorizer.approvals`, which holds all that there is to see before it is approved. */
  readonly id: string;
  readonly tool: string;
  /** As the model gave them, and the tool's schema made of them: to be shown as data. */
  readonly arguments: unknown;
  /** Why it must be approved, in the policy's words. */
  readonly message: string;
  /** The policy rule that demands it. */
  readonly rule: string;
  /** Epoch milliseconds: from then on nobody can approve it. */
  readonly expiresAt: number;
}

/** The part of a run's configuration that is read: what tools are invoked with, or a middleware's runtime. */
export interface RunInformation {
  readonly configurable?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly context?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** LangGraph's own way to pause the run. */
  readonly interrupt?: ((value: unknown) => unknown) | undefined;
}

/**
 * What is told to a context function of a run.
 *
 * INVARIANT (D11): LangGraph keeps the input of a task, and with it the model's arguments, under names of its own.
 */
export function toolExecution(toolName: string, run: RunInformation | undefined): ToolExecution {
  const { configurable, metadata, context, signal } = run ?? {};
  const ours = Object.entries(configurable ?? {}).filter(([name]) => !name.startsWith("__pregel_"));
  return { toolName, configurable: configurable && Object.fromEntries(ours), metadata, context, signal };
}
