import type { OutcomeStatus } from "../audit/audit-record.ts";
import type { Authorizer, Execute, RunResult } from "../authorizer.ts";
import type { Deny, Permit } from "../decision.ts";
import { thawArguments } from "../json-snapshot.ts";
import { type MicroUnits, noMoney } from "../money.ts";
import { type PermittedCall, RunningCall } from "../running-call.ts";
import type { JsonObject } from "../tool-call.ts";
import { ToolCallDeniedError } from "../tool-call-denied-error.ts";
import { type AskedCall, isAborted } from "./asked-call.ts";
import type { EnforcedPart } from "./enforced-part.ts";
import type { MonitorLog } from "./monitor-log.ts";

/** What {@link Passages} works with. */
export interface PassageParts {
  readonly authorizer: Authorizer;
  readonly enforced: EnforcedPart;
  readonly log: MonitorLog;
  readonly onFault: (fault: unknown) => void;
}

/** A call that is let through in spite of its denial, with the arguments that were judged. */
export interface Passage {
  readonly permit: Permit;
  readonly denial: Deny;
  readonly asked: AskedCall;
  readonly arguments: JsonObject;
}

/** Lets denied calls through that need not be stopped, and runs them. */
export class Passages {
  readonly #parts: PassageParts;

  constructor(parts: PassageParts) {
    this.#parts = parts;
  }

  /**
   * What lets a denied call through: nothing where its denial is enforced.
   *
   * INVARIANT (R7): whatever it was denied for, a call that people have stopped does not start; nor does one that was
   * aborted, and one whose arguments cannot be executed as they were judged.
   */
  async open(denial: Deny, asked: AskedCall): Promise<Passage | undefined> {
    const { arguments: args } = asked.reading;
    if (args === undefined || this.#isEnforced(denial, asked) || (await this.#isRefused(asked, "call")))
      return undefined;
    if (await this.#isStopped(asked)) return undefined;
    const permit = await this.#parts.log.permit(denial, asked, "call");
    return { permit, denial, asked, arguments: args };
  }

  /** What releases a result that should be withheld. */
  async release(denial: Deny, asked: AskedCall): Promise<Permit | undefined> {
    if (this.#isEnforced(denial, asked) || (await this.#isRefused(asked, "result"))) return undefined;
    return this.#parts.log.permit(denial, asked, "result");
  }

  async run<Result>(passage: Passage, execute: Execute<Result | PromiseLike<Result>>): Promise<RunResult<Result>> {
    const { permit, denial } = passage;
    if (await this.#isLate(passage)) return { executed: false, decision: denial };
    const running = this.#running(passage);
    let status: OutcomeStatus = "failed";
    try {
      const result = await execute(thawArguments(passage.arguments), running.execution);
      status = "succeeded";
      return { executed: true, decision: permit, result };
    } catch (error) {
      status = running.thrown;
      throw error;
    } finally {
      await this.#parts.log.end(permit.evaluationId, status, running.end());
    }
  }

  async *chunks<Chunk>(
    passage: Passage,
    execute: Execute<AsyncIterable<Chunk>>,
    begin: () => void,
  ): AsyncGenerator<Chunk, void, undefined> {
    begin();
    const { permit, denial, asked } = passage;
    if (await this.#isLate(passage)) throw new ToolCallDeniedError(asked.reading.tool, denial);
    const end = (status: OutcomeStatus, cost: MicroUnits) => this.#parts.log.end(permit.evaluationId, status, cost);
    yield* this.#running(passage).chunks(passage.arguments, execute, end);
  }

  /** INVARIANT (R7): what was stopped or aborted while its record was written does not start any more. */
  async #isLate({ permit, asked }: Passage): Promise<boolean> {
    if (!(await this.#isStopped(asked))) return false;
    await this.#parts.log.end(permit.evaluationId, "not_started");
    return true;
  }

  #running({ permit }: Passage): RunningCall<PermittedCall> {
    const { onFault } = this.#parts;
    return new RunningCall({ decision: permit, cost: noMoney }, { foresee: () => undefined, onFault });
  }

  #isEnforced(denial: Deny, { enforced }: AskedCall): boolean {
    return enforced || this.#parts.enforced.names(denial);
  }

  /** INVARIANT: a rule that is enforced is so whatever the call is denied for, unless it is known not to refuse it. */
  async #isRefused({ call, context }: AskedCall, part: "call" | "result"): Promise<boolean> {
    const { authorizer, enforced, onFault } = this.#parts;
    if (enforced.rules.size === 0) return false;
    try {
      return (await authorizer.isRefusedBy(enforced.rules, call, context, part)) !== false;
    } catch (fault) {
      onFault(fault);
      return true;
    }
  }

  /** INVARIANT (R7): it is not stopped only where that is known. */
  async #isStopped(asked: AskedCall): Promise<boolean> {
    if (isAborted(asked)) return true;
    try {
      return (await this.#parts.authorizer.isSuspended(asked.context)) !== false || isAborted(asked);
    } catch (fault) {
      this.#parts.onFault(fault);
      return true;
    }
  }
}
