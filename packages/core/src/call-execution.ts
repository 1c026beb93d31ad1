import { type Admission, type Admitted, isAdmitted } from "./admission.ts";
import type { Execute, RunResult } from "./authorizer.ts";
import type { CallEnd } from "./call-end.ts";
import type { Deny } from "./decision.ts";
import { thawArguments } from "./json-snapshot.ts";
import type { LeaseRenewal } from "./lease-renewal.ts";
import { isLater, type NowOrLater } from "./now-or-later.ts";
import { RunningCall, type RunningCallOptions } from "./running-call.ts";

/** What a {@link CallExecution} works with. */
export interface CallExecutionOptions {
  readonly end: CallEnd;
  readonly leases: LeaseRenewal;
  readonly onFault: (fault: unknown) => void;
}

/** Runs what was let through, and ends its call by what it gave. */
export class CallExecution {
  readonly #options: CallExecutionOptions;
  readonly #running: RunningCallOptions<Admitted>;

  constructor(options: CallExecutionOptions) {
    const { end, onFault } = options;
    this.#options = options;
    this.#running = { foresee: (admitted) => end.withholdEarly(admitted), onFault };
  }

  /** Runs a tool where it was let through, and ends its call. Rejects, or throws, what the tool does. */
  execute<Result>(admission: Admission, execute: Execute<Result | PromiseLike<Result>>): NowOrLater<RunResult<Result>> {
    if (!isAdmitted(admission)) return { executed: false, decision: admission.decision };
    const running = new RunningCall(admission, this.#running);
    let answer: Result | PromiseLike<Result>;
    try {
      answer = execute(thawArguments(admission.arguments), running.execution);
      // What is done at once needs no renewal.
      if (isLater(answer) || admission.needs.classifiers.length > 0) this.#options.leases.begin(admission);
    } catch (error) {
      return this.#endThrown(admission, running, error);
    }
    return isLater(answer)
      ? this.#executeLater(admission, running, answer)
      : this.#endGiven(admission, running, answer);
  }

  async #executeLater<Result>(
    admitted: Admitted,
    running: RunningCall<Admitted>,
    answer: PromiseLike<Result>,
  ): Promise<RunResult<Result>> {
    let result: Result;
    try {
      result = await answer;
    } catch (error) {
      return await this.#endThrown(admitted, running, error);
    }
    return await this.#endGiven(admitted, running, result);
  }

  #endGiven<Result>(admitted: Admitted, running: RunningCall<Admitted>, result: Result): NowOrLater<RunResult<Result>> {
    const withheld = this.#options.end.judge(admitted, running.given("succeeded", result));
    return isLater(withheld) ? resultAfter(admitted, withheld, result) : resultOf(admitted, withheld, result);
  }

  async #endThrown(admitted: Admitted, running: RunningCall<Admitted>, error: unknown): Promise<RunResult<never>> {
    const withheld = await this.#options.end.judge(admitted, running.given(running.thrown, error));
    // INVARIANT (E7): what an error says is as much of a result as what a tool returns.
    if (withheld !== undefined) return { executed: false, decision: withheld };
    throw error;
  }

  /** Runs a tool that yields what it gives piece by piece, once somebody asks for the first; ends its call with the last. */
  chunks<Chunk>(admitted: Admitted, execute: Execute<AsyncIterable<Chunk>>): AsyncGenerator<Chunk, void, undefined> {
    const { end } = this.#options;
    const running = new RunningCall(admitted, this.#running);
    return running.chunks(admitted.arguments, execute, (status, cost) => end.finish(admitted, status, cost));
  }
}

function resultOf<Result>(admitted: Admitted, withheld: Deny | undefined, result: Result): RunResult<Result> {
  if (withheld !== undefined) return { executed: false, decision: withheld };
  return { executed: true, decision: admitted.decision, result };
}

async function resultAfter<Result>(
  admitted: Admitted,
  withheld: PromiseLike<Deny | undefined>,
  result: Result,
): Promise<RunResult<Result>> {
  return resultOf(admitted, await withheld, result);
}
