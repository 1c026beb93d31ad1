import type { AuthInfo, ToolExecution } from "./authorization-options.ts";

/** What a handler is given beside a request: `extra` in version 1 of the SDK, `ctx` in 2. Only these members are read. */
interface RequestInformation {
  readonly sessionId?: string;
  /** In version 1. */
  readonly signal?: AbortSignal;
  readonly authInfo?: AuthInfo;
  readonly requestId?: string | number;
  /** In version 2. */
  readonly mcpReq?: { readonly id?: string | number; readonly signal?: AbortSignal };
  readonly http?: { readonly authInfo?: AuthInfo };
}

/**
 * What a context function is told of a request.
 *
 * INVARIANT (D11): only what the transport made of it. The request's own parameters, `_meta` among them, are the client's.
 */
export function toolExecution(toolName: string, information: unknown): ToolExecution {
  const { sessionId, signal, authInfo, mcpReq, http } = read(information);
  return {
    toolName,
    authInfo: authInfo ?? http?.authInfo,
    sessionId,
    signal: signal ?? mcpReq?.signal,
  };
}

/** The request's id, which the client chose. */
export function requestId(information: unknown): string | undefined {
  const { requestId: id, mcpReq } = read(information);
  const known = id ?? mcpReq?.id;
  return known === undefined ? undefined : String(known);
}

/**
 * INVARIANT (S2): whoever calls a body directly may give a client's words in this place. What came as JSON holds no signal,
 * and without one it tells nothing.
 */
function read(information: unknown): RequestInformation {
  if (typeof information !== "object" || information === null) return {};
  const known = information as RequestInformation; // With a signal, the SDK made it.
  return isSignal(known.signal) || isSignal(known.mcpReq?.signal) ? known : {};
}

function isSignal(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object AbortSignal]";
}
