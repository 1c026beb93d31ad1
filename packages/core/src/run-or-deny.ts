import type { Authorizer, Execute, RunResult } from "./authorizer.ts";
import { undecided } from "./decision.ts";
import type { CallContext, ToolCall } from "./tool-call.ts";

/** A call, who makes it, and who decides it. */
export interface CallToRun {
  readonly authorizer: Pick<Authorizer, "run">;
  readonly call: ToolCall;
  readonly context: CallContext | undefined;
}

/**
 * `run` of an authorizer that may fail in place of answering, as one that asks another process may. For adapters. Rejects with
 * what `execute` threw, and not before it began.
 *
 * INVARIANT (D3, D11): an authorizer that fails before anything ran has denied, and its error is shown to nobody.
 */
export function runOrDeny<Result>(
  { authorizer, call, context }: CallToRun,
  execute: Execute<Result | PromiseLike<Result>>,
): Promise<RunResult<Result>> {
  let started = false;
  const deny = (error: unknown): RunResult<Result> => {
    if (started) throw error;
    return { executed: false, decision: undecided };
  };
  try {
    const running = authorizer.run(call, context, (args, execution) => {
      started = true;
      return execute(args, execution);
    });
    // Not awaited here: all calls of guarded functions pass, and that would cost each of them another turn.
    return running.catch(deny);
  } catch (error) {
    return Promise.reject(error).catch(deny);
  }
}
