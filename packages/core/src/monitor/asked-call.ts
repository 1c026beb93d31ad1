import { type CallReading, readCall } from "../read-call.ts";
import type { CallContext, ToolCall } from "../tool-call.ts";

/** A call as it came in, and as it is asked about. */
export interface AskedCall {
  readonly reading: CallReading;
  /** What is asked about: with the very copy of the arguments that will be executed, where there is one. */
  readonly call: ToolCall;
  readonly context: CallContext | undefined;
  /** Whether it belongs to a session in which everything is enforced. */
  readonly enforced: boolean;
}

/** Reads a call once, so that what is judged is what runs, whether it is permitted or only monitored. Never throws. */
export function readAskedCall(call: ToolCall, context: CallContext | undefined): Omit<AskedCall, "enforced"> {
  const reading = readCall(call, context);
  const { tool, callId, callFault, arguments: args } = reading;
  if (args === undefined) return { reading, call, context };
  const id = callFault === undefined ? callId : unusableId;
  return { reading, call: { tool, arguments: args, id }, context };
}

/** An id that is refused as the given one was: read once more, that could be another. */
const unusableId = "\ud800";

/** A signal that cannot be read has been given: whoever gave it may have aborted. */
export function isAborted({ reading: { signal } }: AskedCall): boolean {
  try {
    return signal?.aborted === true;
  } catch {
    return true;
  }
}
