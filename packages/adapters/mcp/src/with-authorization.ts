import { resolveContext } from "@ambit/core";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { guardRegistry, type ToolRegistry } from "./guard-registry.ts";
import { guardRequests, type RequestServer } from "./guard-requests.ts";
import type { Judge } from "./guard-tool.ts";
import { offerVisible } from "./offer-visible.ts";
import { runCall } from "./run-call.ts";
import { requestId, toolExecution } from "./tool-execution.ts";

/** A server of the SDK: its `McpServer`, or its low-level `Server`. */
export type AuthorizableServer = RequestServer | { readonly server: RequestServer };

/**
 * Guards a server: from here on every call of its tools is authorized before it runs, and runs with the very arguments that
 * were judged, after their schema was applied. A denied call gives a result with `isError`, which the model reads.
 *
 * The server itself is changed and given back, before it is connected: nothing is left unguarded beside it. Of an
 * `McpServer` all tools are guarded, whenever they are registered, updated or renamed; of a `Server`, the handler of
 * `tools/call`, which must be set afterwards. Throws for servers whose calls cannot be intercepted, and lets registering a
 * tool throw an `UngovernableToolError` where that is so of the tool.
 */
export function withAuthorization<SERVER extends AuthorizableServer>(
  server: SERVER,
  options: AuthorizationOptions,
): SERVER {
  const protocol: RequestServer = "server" in server ? server.server : server;
  const before = guarded.get(protocol);
  if (before?.authorizer === options.authorizer && before.context === options.context) return server;
  if (before !== undefined) throw new Error("this server is authorized already, by another authorizer or context");
  if (protocol.transport !== undefined) throw new Error("authorize the server before it is connected");
  const judge = judgeOf(options);
  const offer = (result: unknown, information: unknown) =>
    options.offer === "visible" ? offerVisible(result, information, options) : Promise.resolve(result);
  if ("server" in server) {
    const toolServer: ToolServer = server;
    assertInstalls(toolServer);
    guardRegistry(toolServer, { judge, ungoverned: options.ungoverned ?? [] });
    const looksUp = watchInstallation(toolServer);
    reinstall(toolServer, () => guardRequests(protocol, { judge, offer, looksUp }));
  } else {
    guardRequests(protocol, { judge, offer, looksUp: () => false });
  }
  guarded.set(protocol, options);
  return server;
}

// INVARIANT (E4): what counts as guarded is known here only; a mark on the server could be set by anyone.
const guarded = new WeakMap<object, AuthorizationOptions>();

function judgeOf({ authorizer, context: source, actualCost }: AuthorizationOptions): Judge {
  return async ({ tool, arguments: args, information }, body) => {
    const execution = toolExecution(tool, information);
    const context = await resolveContext({ source, information: execution, signal: execution.signal });
    const call = { tool, arguments: args, id: requestId(information) };
    return runCall({ call, context, authorizer, actualCost }, body);
  };
}

/** What an `McpServer` does to have its tools called, as it names it to itself. */
interface ToolServer extends ToolRegistry {
  readonly server: RequestServer;
  setToolRequestHandlers?: unknown;
  _toolHandlersInitialized?: unknown;
}

function assertInstalls(server: ToolServer): void {
  if (typeof server.setToolRequestHandlers === "function") return;
  throw new Error("this server cannot be authorized: it does not answer calls as the SDK's McpServer does");
}

/** Tells whether the server is just now setting its own handlers, which look tools up in its registry. */
function watchInstallation(server: ToolServer): () => boolean {
  const install = server.setToolRequestHandlers;
  let installing = false;
  const value = () => {
    installing = true;
    try {
      if (typeof install === "function") Reflect.apply(install, server, []);
    } finally {
      installing = false;
    }
  };
  Object.defineProperty(server, "setToolRequestHandlers", { value });
  return () => installing;
}

/**
 * Sets a server's own handlers anew, if they are set, so that they are known to be its own.
 *
 * INVARIANT (E4): a handler of the application's that stood in their place would run tools that nobody judges.
 */
function reinstall(server: ToolServer, guardHandlers: () => void): void {
  const installed = server._toolHandlersInitialized === true;
  server.server.removeRequestHandler("tools/call");
  if (installed) server.server.removeRequestHandler("tools/list");
  guardHandlers();
  if (!installed) return;
  server._toolHandlersInitialized = false;
  if (typeof server.setToolRequestHandlers === "function") server.setToolRequestHandlers();
}
