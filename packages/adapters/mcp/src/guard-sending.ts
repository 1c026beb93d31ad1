import { ToolCallDeniedError, undecided } from "@ambit/core";

/** The part of a transport that is used. */
export interface SendingTransport {
  send: (message: never, ...more: never[]) => Promise<void>;
}

/** The arguments of the calls that may leave just now, each by its identity. */
export type Leaving = Pick<WeakSet<object>, "has">;

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
  Object.defineProperty(transport, "send", { value: guarded });
}

interface Message {
  readonly method?: unknown;
  readonly params?: { readonly name?: unknown; readonly arguments?: object };
}

function assertJudged(message: unknown, leaving: Leaving): void {
  const { method, params } = message as Message; // The SDK made it, or whoever holds the transport; each member is checked.
  if (method !== "tools/call") return;
  if (typeof params?.arguments === "object" && leaving.has(params.arguments)) return;
  throw new ToolCallDeniedError(typeof params?.name === "string" ? params.name : "", undecided);
}
