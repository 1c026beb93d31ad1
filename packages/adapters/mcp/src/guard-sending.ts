import { ToolCallDeniedError, undecided } from "@ambit/core";

/** The part of a transport that is used. */
export interface SendingTransport {
  send: (message: never, ...more: never[]) => Promise<void>;
}

/** The arguments of the calls that may leave just now, each by its identity, and the tool that each is for. */
export type Leaving = Pick<WeakMap<object, unknown>, "get">;

/**
 * Lets a transport send only those calls of tools that were judged.
 *
 * INVARIANT (E4): whatever way a call took through the SDK, it ends here.
 */
export function guardSending(transport: SendingTransport, leaving: Leaving): void {
  const send = transport.send.bind(transport);
  const guarded = async (...given: Parameters<SendingTransport["send"]>): Promise<void> => {
    const messages: readonly unknown[] = Array.isArray(given[0]) ? given[0] : [given[0]];
    for (const message of messages) assertJudged(message, leaving);
    return send(...given);
  };
  // May be done again, where a client comes back to a transport.
  Object.defineProperty(transport, "send", { value: guarded, configurable: true });
}

interface Message {
  readonly method?: unknown;
  readonly params?: { readonly name?: unknown; readonly arguments?: unknown };
}

function assertJudged(message: unknown, leaving: Leaving): void {
  const { method, params } = message as Message; // The SDK made it, or whoever holds the transport; each member is checked.
  if (method !== "tools/call") return;
  const { name, arguments: args } = params ?? {};
  if (typeof name === "string" && typeof args === "object" && args !== null && leaving.get(args) === name) return;
  throw new ToolCallDeniedError(typeof name === "string" ? name : "", undecided);
}
