import type { ContextSource } from "@ambit/core";
import type { AuthorizationOptions } from "./authorization-options.ts";
import type { ChangedTool, ToolPins } from "./tool-pins.ts";

/** What a context function is told of a call that a client makes. Nothing in it was said by the model, save which tool it chose. */
export interface ClientToolExecution {
  /** As in the policy: `mcp:` and the server's name, `/` and what the server calls the tool. */
  readonly toolName: string;
  /** The name that the application gave the server. */
  readonly server: string;
  readonly signal: AbortSignal | undefined;
}

/** Settings of `withClientAuthorization`. */
export interface ClientAuthorizationOptions
  extends Pick<AuthorizationOptions, "authorizer" | "actualCost" | "offer" | "ungoverned"> {
  /**
   * What the application calls the server: 1 to 64 characters of `[A-Za-z0-9_.-]`. Never what the server says of itself. The
   * tool `search` of the server `crm` is `mcp:crm/search` in the policy, and wherever these settings name tools.
   */
  readonly server: string;
  /**
   * Who asks, for whom, in which session: known beforehand, or resolved for each call. Where it is `undefined`, or
   * resolving it fails, the call is denied with code `unauthenticated`.
   */
  readonly context: ContextSource<ClientToolExecution>;
  /**
   * The definitions that were approved, such as a `Map`. A tool that is not listed with its approved definition is left
   * out of lists and its calls are denied. Default: any definition will do.
   */
  readonly pins?: ToolPins | undefined;
  /** Told of each tool that is listed otherwise than it was approved, before it is left out. */
  readonly onChange?: ((changed: ChangedTool) => void) | undefined;
}
