import {
  type Authorizer,
  type CallContext,
  FailedResult,
  reportActualCost,
  type ToolCall,
  undecided,
} from "@ambit/core";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { type DenialResult, denialResult } from "./denial-result.ts";

/** A call, who makes it, and who decides it. */
export interface RequestedCall {
  readonly call: ToolCall;
  readonly context: CallContext | undefined;
  readonly authorizer: Authorizer;
  readonly actualCost: AuthorizationOptions["actualCost"];
}

/**
 * Judges a call and, if it is permitted, runs its body with the judged arguments. Gives the body's result or, where it did
 * not run or its result is withheld, the denial as a result. Rejects only with what the body threw. A result with `isError`
 * ends the call as failed.
 */
export async function runCall<Result>(
  { call, context, authorizer, actualCost }: RequestedCall,
  body: (args: Record<string, unknown>) => Result | PromiseLike<Result>,
): Promise<Result | DenialResult> {
  const failed = new FailedResult();
  let started = false;
  try {
    const outcome = await authorizer.run(call, context, async (judged, execution) => {
      started = true;
      const result = await body(judged);
      failed.throwIfFailed(result);
      reportActualCost({ costs: actualCost, tool: call.tool, result }, execution);
      return result;
    });
    return outcome.executed ? outcome.result : denialResult(outcome.decision);
  } catch (error) {
    // INVARIANT (D3): an authorizer that fails before anything ran has denied, and its error is shown to nobody.
    if (!started) return denialResult(undecided);
    if (failed.is(error)) return error as Result; // The body gave it.
    throw error;
  }
}
