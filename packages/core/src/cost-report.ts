import type { Execution } from "./execution.ts";
import { type MicroUnits, parseMoney } from "./money.ts";
import { SettleError } from "./settle-error.ts";

/** What {@link CostReport} works with. */
export interface CostReportOptions {
  readonly evaluationId: string;
  readonly reserved: MicroUnits;
  readonly onFault: (fault: unknown) => void;
}

/** What a running tool says of its cost. */
export class CostReport {
  /** What the tool is given. */
  readonly execution: Execution;
  readonly #options: CostReportOptions;
  #cost: MicroUnits;
  #ended = false;

  constructor(options: CostReportOptions) {
    this.#options = options;
    this.#cost = options.reserved;
    this.execution = Object.freeze({
      evaluationId: options.evaluationId,
      reportCost: (amount: string | number) => this.#report(amount),
      reportCostOf: (compute: () => string | number | undefined) => this.#reportOf(compute),
    });
  }

  /** Takes no more reports. Gives what the call cost: where nothing was reported, what was reserved. */
  end(): MicroUnits {
    this.#ended = true;
    return this.#cost;
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
    if (this.#cost < this.#options.reserved) this.#cost = this.#options.reserved;
  }
}
