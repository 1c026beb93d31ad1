import type { CallContext } from "./tool-call.ts";

/** The context of a call: known beforehand, or resolved for each call from what the framework tells. */
export type ContextSource<Information> =
  | CallContext
  | ((information: Information) => CallContext | undefined | Promise<CallContext | undefined>);

/** What {@link resolveContext} works with. */
export interface ContextRequest<Information> {
  readonly source: ContextSource<Information>;
  /** What the framework tells of the call. Must hold nothing that the model said, save the tool that it chose. */
  readonly information: Information;
  /** The framework's own signal for this call. */
  readonly signal: CallContext["signal"];
}

/**
 * Resolves the context of one call. Where that fails in any way there is none, so that the call is denied.
 *
 * INVARIANT (D11): what a context function throws is shown to nobody: it may quote tokens and addresses.
 */
export async function resolveContext<Information>(
  request: ContextRequest<Information>,
): Promise<CallContext | undefined> {
  const { source, information, signal } = request;
  try {
    const context = typeof source === "function" ? await source(information) : source;
    if (typeof context !== "object" || context === null) return undefined;
    // INVARIANT (D4): every member is passed on. Leaving out one that narrows, such as `grant`, would widen the call.
    const { subject, actor, session, grant } = context;
    const known: Required<Record<keyof CallContext, unknown>> & CallContext = {
      subject,
      actor,
      session,
      grant,
      signal: eitherSignal(context.signal, signal),
    };
    return known;
  } catch {
    return undefined;
  }
}

function eitherSignal(first: CallContext["signal"], second: CallContext["signal"]): CallContext["signal"] {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    get aborted() {
      return first.aborted || second.aborted;
    },
  };
}
