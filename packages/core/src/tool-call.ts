/** A JSON value, as RFC 8259 has it: no `undefined`, no functions, no class instances. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** One call that an agent wants to make. All of it may have been chosen by a hostile model. */
export interface ToolCall {
  /** The tool's name, as the framework knows it: 1 to 128 characters of `[A-Za-z0-9_.:/-]`. */
  readonly tool: string;
  /** The arguments: a JSON object. Copied and frozen before anything is decided. */
  readonly arguments: unknown;
  /** The framework's id of this call, at most 256 characters. Never trusted alone: it comes from the model. */
  readonly id?: string | undefined;
}

/** The verified user for whom the agent acts. Never filled from anything that the model said. */
export interface Subject {
  /** The user's id within the issuer, such as a token's `sub`. Not empty. */
  readonly id: string;
  /** Who vouches for the id, such as a token's `iss`. Default: the empty issuer. */
  readonly issuer?: string | undefined;
  /** The customer to whom all state belongs. Default: the empty tenant. */
  readonly tenant?: string | undefined;
  /** The user's roles, as the policy file names them. */
  readonly roles: readonly string[];
  /** What the user's credential holds: scopes or patterns. `["tool:**"]` leaves the roles to decide alone. */
  readonly scopes: readonly string[];
}

/** What kind of agent calls: with a person watching, on behalf of another agent, on its own, or as a program. */
export type Tier = "interactive" | "subagent" | "background" | "api";

/** The agent that calls, on the subject's behalf (RFC 8693 §4.1). */
export interface Actor {
  /** The agent's id. Not empty. */
  readonly id: string;
  /** Default: none, and no ceiling of a tier then covers the agent. */
  readonly tier?: Tier | undefined;
  /** The ids of the agents that delegated to it, the nearest first. Recorded; never grants. At most 5. */
  readonly chain?: readonly string[] | undefined;
}

/** Who asks, for whom, in which session. Resolved by the application, never by the model. */
export interface CallContext {
  readonly subject: Subject;
  readonly actor: Actor;
  /** What one subject's agents do together: a conversation, a task. Not empty, at most 256 characters. */
  readonly session: string;
  /** Scopes or patterns that this task was given, where it was given less than its subject holds. Default: no less. */
  readonly grant?: readonly string[] | undefined;
  /** When it is aborted before the tool has started, the tool does not start. */
  readonly signal?: { readonly aborted: boolean } | undefined;
}
