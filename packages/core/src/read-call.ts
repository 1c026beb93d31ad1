import { type ContextReader, type KnownContext, readContext } from "./call-context.ts";
import { snapshotArguments } from "./json-snapshot.ts";
import type { CallContext, JsonObject, ToolCall } from "./tool-call.ts";

/** A call as it stood when it came in: copied once, so that what is judged, recorded and executed is one thing. */
export interface CallReading {
  /** The name as given: not yet known to be a tool's name. At most 256 characters of it. */
  readonly tool: string;
  readonly callId: string | undefined;
  readonly arguments: JsonObject | undefined;
  readonly context: KnownContext | undefined;
  readonly signal: CallContext["signal"];
  /** What was wrong with the call itself: its arguments or its id. */
  readonly callFault: string | undefined;
  /** What was missing from the context. */
  readonly contextFault: string | undefined;
}

const maximumText = 256;

/**
 * Reads a call and its context, each member once. Never throws: what cannot be read is a fault of the reading.
 * `contexts`: who knows the contexts that were read before.
 */
export function readCall(call: ToolCall, context: CallContext | undefined, contexts?: ContextReader): CallReading {
  try {
    return read(call, context, contexts);
  } catch {
    // A revoked proxy or a throwing accessor: nothing of it can be relied on.
    const fault = "the call could not be read";
    return { ...nothingRead, callFault: fault, contextFault: fault };
  }
}

const nothingRead = { tool: "", callId: undefined, arguments: undefined, context: undefined, signal: undefined };

function read(call: ToolCall, context: CallContext | undefined, contexts: ContextReader | undefined): CallReading {
  const { tool, id } = call;
  const snapshot = snapshotArguments(call.arguments);
  const reading = contexts === undefined ? readContext(context) : contexts.read(context);
  const knownId = id === undefined || (typeof id === "string" && id.length <= maximumText && id.isWellFormed());
  return {
    tool: typeof tool === "string" ? readName(tool) : "",
    callId: knownId ? id : undefined,
    arguments: snapshot.value,
    context: reading.context,
    signal: context?.signal,
    callFault: knownId ? snapshot.fault : "the call's id is not a well-formed text of at most 256 characters",
    contextFault: reading.fault,
  };
}

/** A lone surrogate has no canonical text, by which requests are named; nor does any tool's name hold one. */
function readName(tool: string): string {
  return tool.length <= maximumText && tool.isWellFormed() ? tool : tool.slice(0, maximumText).toWellFormed();
}
