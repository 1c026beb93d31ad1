import type { ActualCost, AskedApproval, Authorizer, ContextSource } from "@ambit/core";

/** What a context function is told of the call. Nothing in it was said by the model, save which tool it chose. */
export interface ToolExecution {
  readonly toolName: string;
  /** The application's own: `toolsContext[toolName]` in AI SDK 7, `experimental_context` in 5 and 6. */
  readonly context: unknown;
  readonly abortSignal: AbortSignal | undefined;
}

/** A call that waits for a person. */
export interface PausedCall {
  readonly toolName: string;
  /** The same as that of the SDK's own request for approval. Chosen by the model. */
  readonly toolCallId: string;
  /** Names the request in `authorizer.approvals`. */
  readonly approval: AskedApproval;
  /** Why it must be approved, in the policy's words. */
  readonly reason: string;
  /** The application's own: `toolsContext[toolName]` in AI SDK 7, `experimental_context` in 6. */
  readonly context: unknown;
}

/** Settings of `withAuthorization`. */
export interface AuthorizationOptions<Name extends PropertyKey = string> {
  /** Decides each call and runs those that it permits. */
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known when the tools are wrapped, or resolved for each call. Where it is
   * `undefined`, or resolving it fails, the call is denied with code `unauthenticated`.
   */
  readonly context: ContextSource<ToolExecution>;
  /**
   * What a call really cost, by the tool's name, told from its (last) result; `undefined` where that is not known. It is
   * charged in place of what was reserved. Where the tool or the function fails, the reservation is charged.
   */
  readonly actualCost?: { readonly [Key in Name]?: ActualCost } | undefined;
  /**
   * What becomes of a call that a person must approve. `deny`: the model reads the denial, which names the request. `pause`:
   * the run ends with the SDK's own request for approval, and once the request is answered in `authorizer.approvals` it goes
   * on with the SDK's own response. Version 5 has none of these: there it is `deny` all the same. Default: `deny`.
   */
  readonly approvals?: "deny" | "pause" | undefined;
  /** Told of each call that pauses the run, before it does. Where it fails, the call does not pause: the model reads the denial. */
  readonly onApproval?: ((paused: PausedCall) => void | Promise<void>) | undefined;
  /** Tools whose ordinary `execute` returns an async iterable: their preliminary results are kept. */
  readonly streaming?: { readonly [Key in Name]?: boolean } | undefined;
  /** Tools that may run without any check because no check can reach them. Default: none; such tools are refused. */
  readonly ungoverned?: readonly Name[] | undefined;
}
