import type { Admitted } from "./admission.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
import type { Execute } from "./authorizer.ts";
import type { GivenResult } from "./call-end.ts";
import type { Deny, UsedApproval } from "./decision.ts";
import type { Execution } from "./execution.ts";
import { thawArguments } from "./json-snapshot.ts";
import { type MicroUnits, parseMoney } from "./money.ts";
import type { NowOrLater } from "./now-or-later.ts";
import { SettleError } from "./settle-error.ts";
import type { JsonObject } from "./tool-call.ts";

/** What {@link RunningCall} works with. `Call`: whose tool runs. */
export interface RunningCallOptions<Call> {
  /** Why nothing that the tool gives may be released before it has ended. */
  readonly foresee: (call: Call) => NowOrLater<Deny | undefined>;
  readonly onFault: (fault: unknown) => void;
}

/** A call whose tool runs, and what was reserved for it. */
export type PermittedCall = Pick<Admitted, "decision" | "cost">;

const none: readonly UsedApproval[] = Object.freeze([]);

/** What a running tool says of its cost, and asks about its result. */
export class RunningCall<Call extends PermittedCall> {
  /** What the tool is given. */
  readonly execution: Execution;
  readonly #call: Call;
  readonly #options: RunningCallOptions<Call>;
  #cost: MicroUnits;
  #ended = false;
  #released = false;
  #aborted = false;

  constructor(call: Call, options: RunningCallOptions<Call>) {
    const { decision, cost } = call;
    this.#call = call;
    this.#options = options;
    this.#cost = cost;
    this.execution = Object.freeze({
      evaluationId: decision.evaluationId,
      approvals: decision.approvals ?? none,
      reportCost: (amount: string | number) => this.#report(amount),
      reportCostOf: (compute: () => string | number | undefined) => this.#reportOf(compute),
      reportAbort: () => {
        this.#aborted = true;
      },
      releaseEarly: () => this.#releaseEarly(),
    });
  }

  /** How the call ends if its tool throws. */
  get thrown(): "failed" | "aborted" {
    return this.#aborted ? "aborted" : "failed";
  }

  /** What the tool gave, or threw. Takes no more reports. */
  given(status: GivenResult["status"], content: unknown): GivenResult {
    return { status, content, cost: this.end(), released: this.#released };
  }

  /** What its tool yields piece by piece, run once somebody asks for the first. `end` is told how that ended. */
  async *chunks<Chunk>(
    args: JsonObject,
    execute: Execute<AsyncIterable<Chunk>>,
    end: (status: OutcomeStatus, cost: MicroUnits) => NowOrLater<void>,
  ): AsyncGenerator<Chunk, void, undefined> {
    // Given up by the consumer unless the end or an error is reached: `finally` runs on `return()` too.
    let status: OutcomeStatus = "aborted";
    try {
      yield* execute(thawArguments(args), this.execution);
      status = "succeeded";
    } catch (error) {
      status = this.thrown;
      throw error;
    } finally {
      await end(status, this.end());
    }
  }

  /** Takes no more reports. Gives what the call cost: where nothing was reported, what was reserved. */
  end(): MicroUnits {
    this.#ended = true;
    return this.#cost;
  }

  async #releaseEarly(): Promise<Deny | undefined> {
    const withheld = await this.#options.foresee(this.#call);
    this.#released ||= withheld === undefined;
    return withheld;
  }

  #report(amount: unknown): void {
    if (this.#ended) {
      const late = new SettleError("already_settled", "a cost was reported after its call had ended");
      return this.#options.onFault(late);
    }
    const cost = parseMoney(amount);
    if (cost === undefined) {
      this.#chargeReserved();
      throw new SettleError("invalid_cost", "the cost is not an amount of at most six decimals");
    }
    this.#cost = cost;
  }

  #reportOf(compute: () => unknown): void {
    try {
      const amount = compute();
      if (amount instanceof Promise) void amount.catch(() => {}); // Nobody waits for it.
      if (amount !== undefined) this.#report(amount);
    } catch (fault) {
      if (!this.#ended) this.#chargeReserved();
      this.#options.onFault(fault);
    }
  }

  /** INVARIANT (B4): a cost that is not known never lowers what is charged. */
  #chargeReserved(): void {
    if (this.#cost < this.#call.cost) this.#cost = this.#call.cost;
  }
}
