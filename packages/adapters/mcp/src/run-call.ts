import { type CallToRun, FailedResult, reportActualCost, runOrDeny } from "@ambit/core";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { type DenialResult, denialResult } from "./denial-result.ts";

/** A call, who makes it, and who decides it. */
export interface RequestedCall extends CallToRun {
  readonly actualCost: AuthorizationOptions["actualCost"];
}

/**
 * Judges a call and, if it is permitted, runs its body with the judged arguments. Gives the body's result or, where it did
 * not run or its result is withheld, the denial as a result. Rejects only with what the body threw. A result with `isError`
 * ends the call as failed.
 */
export async function runCall<Result>(
  { actualCost, ...requested }: RequestedCall,
  body: (args: Record<string, unknown>) => Result | PromiseLike<Result>,
): Promise<Result | DenialResult> {
  const failed = new FailedResult();
  try {
    const outcome = await runOrDeny(requested, async (judged, execution) => {
      const result = await body(judged);
      failed.throwIfFailed(result);
      reportActualCost({ costs: actualCost, tool: requested.call.tool, result }, execution);
      return result;
    });
    return outcome.executed ? outcome.result : denialResult(outcome.decision);
  } catch (error) {
    if (failed.is(error)) return error as Result; // The body gave it.
    throw error;
  }
}
