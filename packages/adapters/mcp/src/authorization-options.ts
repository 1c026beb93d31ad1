import type { ActualCost, Authorizer, ContextSource } from "@ambit/core";

/** What the transport knows of the access token that came with a request, in both versions of the SDK. */
export interface AuthInfo {
  readonly token: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly resource?: URL | undefined;
  /** What the token's verifier added, such as the user. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** What a context function is told of a call. Nothing in it was said by the model, save which tool it chose. */
export interface ToolExecution {
  readonly toolName: string;
  /** Of this very request. `undefined` where the transport verifies no tokens. */
  readonly authInfo: AuthInfo | undefined;
  /** The transport's. The SDK does not bind it to anybody: another client that knows it may use it. */
  readonly sessionId: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Settings of `withAuthorization`. */
export interface AuthorizationOptions {
  /** Decides each call and runs those that it permits. */
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known beforehand, or resolved for each request. Where it is `undefined`, or
   * resolving it fails, the call is denied with code `unauthenticated`.
   */
  readonly context: ContextSource<ToolExecution>;
  /**
   * What a call really cost, by the tool's name, told from the tool's result; `undefined` where that is not known. It is
   * charged in place of what was reserved. Where the tool or the function fails, the reservation is charged.
   */
  readonly actualCost?: { readonly [tool: string]: ActualCost } | undefined;
  /**
   * Which tools are listed. `all` (default). `visible`: those only that the caller could ever be permitted; a courtesy to
   * the model and no control. The context function is then also asked for each listed tool.
   */
  readonly offer?: "all" | "visible" | undefined;
  /** Tools that may run without any check because no check can reach them. Default: none; such tools are refused. */
  readonly ungoverned?: readonly string[] | undefined;
}
