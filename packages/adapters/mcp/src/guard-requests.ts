import { UngovernableToolError } from "@ambit/core";
import type { Judge } from "./guard-tool.ts";

/** The part of the SDK's `Server` that is used, in both versions. */
export interface RequestServer {
  setRequestHandler(...given: never[]): void;
  removeRequestHandler(method: string): void;
  assertCanSetRequestHandler(method: string): void;
  fallbackRequestHandler?: unknown;
  readonly transport?: object | undefined;
}

type Handler = (request: unknown, information: unknown) => unknown;

/** What {@link guardRequests} works with. */
export interface RequestGuard {
  readonly judge: Judge;
  /** Leaves out of an answer to `tools/list` what need not be shown. */
  readonly offer: (result: unknown, information: unknown) => Promise<unknown>;
  /** Whether the handler that is being set runs no tool itself, but looks it up in a guarded registry. */
  readonly looksUp: () => boolean;
}

/**
 * Guards every handler that is set from here on, and the one for methods that have none. Throws where a handler for
 * `tools/call` is set already: what is inside it is out of reach.
 */
export function guardRequests(server: RequestServer, guard: RequestGuard): void {
  try {
    server.assertCanSetRequestHandler("tools/call");
  } catch {
    throw new Error("set the handler of tools/call after the server was authorized: this one could not be guarded");
  }
  const set = server.setRequestHandler.bind(server);
  const setGuarded = (...given: unknown[]): void => {
    const [method] = given;
    // Version 2 also takes schemas before the handler.
    const place = typeof given[1] === "function" ? 1 : 2;
    const handler = given[place];
    if (place === 2 && method === "tools/call") {
      throw new UngovernableToolError("tools/call", "with schemas of its own nobody knows where the arguments are");
    }
    if (typeof handler === "function") {
      const named = typeof method === "string" ? method : undefined;
      // The SDK calls handlers of all methods alike.
      given[place] = guardHandler(handler as Handler, { ...guard, runsTools: !guard.looksUp(), method: named });
    }
    Reflect.apply(set, undefined, given);
  };
  Object.defineProperty(server, "setRequestHandler", { value: setGuarded });
  guardFallback(server, guard);
}

/** INVARIANT (E4): without a handler of its own, `tools/call` goes to the one for all other methods. */
function guardFallback(server: RequestServer, guard: RequestGuard): void {
  const wrap = (handler: unknown) =>
    typeof handler === "function"
      ? guardHandler(handler as Handler, { ...guard, runsTools: true, method: undefined })
      : handler;
  let fallback = wrap(server.fallbackRequestHandler);
  Object.defineProperty(server, "fallbackRequestHandler", {
    get: () => fallback,
    set: (handler: unknown) => {
      fallback = wrap(handler);
    },
    enumerable: true,
  });
}

interface HandlerGuard extends RequestGuard {
  readonly runsTools: boolean;
  /** `undefined` where only the request says it. */
  readonly method: string | undefined;
}

function guardHandler(handler: Handler, { judge, offer, runsTools, method }: HandlerGuard): Handler {
  return async (request, information) => {
    const asked = method ?? read(request)["method"];
    if (asked === "tools/list") return offer(await handler(request, information), information);
    if (asked !== "tools/call" || !runsTools) return handler(request, information);
    const params = read(read(request)["params"]);
    const { name, arguments: args } = params;
    const call = { tool: typeof name === "string" ? name : "", arguments: args ?? {}, information };
    return judge(call, (judged) =>
      handler({ ...read(request), params: { ...params, arguments: judged } }, information),
    );
  };
}

function read(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}; // Each member is checked.
}
