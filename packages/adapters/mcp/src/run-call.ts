import { type Authorizer, type CallContext, reportActualCost, type ToolCall, undecided } from "@ambit/core";
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
  let started = false;
  let failure: { readonly result: Result } | undefined;
  try {
    const outcome = await authorizer.run(call, context, async (judged, execution) => {
      started = true;
      const result = await body(judged);
      // INVARIANT (S5): what says that it is an error satisfies no prerequisite. Thrown as it is, so that classifiers see it.
      if (isFailure(result)) {
        failure = { result };
        throw result;
      }
      reportActualCost({ costs: actualCost, tool: call.tool, result }, execution);
      return result;
    });
    return outcome.executed ? outcome.result : denialResult(outcome.decision);
  } catch (error) {
    // INVARIANT (D3): an authorizer that fails before anything ran has denied, and its error is shown to nobody.
    if (!started) return denialResult(undecided);
    if (failure !== undefined && error === failure.result) return failure.result;
    throw error;
  }
}

/** Whether a result is how the protocol tells a model of an error. */
function isFailure(result: unknown): boolean {
  return typeof result === "object" && result !== null && "isError" in result && result.isError === true;
}
