import type { Admitted } from "./admission.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
import type { AuditClient } from "./audit-client.ts";
import type { CallState } from "./call-state.ts";
import { outcomeRecord } from "./decision-record.ts";
import { faultRefusal } from "./fault-refusal.ts";
import { environmentOf, sessionOver } from "./judge-call.ts";
import { type MicroUnits, noMoney } from "./money.ts";
import { andThen, type NowOrLater, orElse } from "./now-or-later.ts";
import { planRelease } from "./plan/plan-release.ts";
import { isSessionForgotten } from "./plan/session-end.ts";
import type { Refusal } from "./refusal.ts";

/** What a {@link CallClosing} works with. */
export interface CallClosingOptions {
  readonly state: CallState;
  readonly audit: AuditClient;
  /** Whole epoch milliseconds. Throws where the clock does not give a time. */
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
}

/** How a permitted call ended. */
export interface CallEnding {
  readonly status: OutcomeStatus;
  readonly cost: MicroUnits;
  /** What was found in its result. Default: none. */
  readonly labels?: readonly string[] | undefined;
  /** Why its result is withheld. */
  readonly withheld?: Refusal | undefined;
}

/** What is remembered, given back and recorded of a call that was let through. */
export class CallClosing {
  readonly #options: CallClosingOptions;

  constructor(options: CallClosingOptions) {
    this.#options = options;
  }

  /**
   * Step 10, first half: whether a result with these labels may be released, which is then remembered. Never fails.
   *
   * INVARIANT (E7): what cannot be remembered is not released.
   */
  release(
    admitted: Admitted,
    labels: readonly string[],
    { succeeded, released = false }: { readonly succeeded: boolean; readonly released?: boolean },
  ): NowOrLater<Refusal | undefined> {
    const { context, ruling, needs, tool, arguments: args } = admitted;
    const found = labels.filter((label) => !needs.labels.includes(label));
    if (found.length === 0) return undefined;
    return orElse(
      () => {
        const now = this.#options.now();
        if (isSessionForgotten(context, now)) return sessionOver;
        const environment = environmentOf(context, args, now);
        const { policy, calendar } = ruling;
        const { evaluationId } = admitted.decision;
        const occasion = { evaluationId, now, leaseUntil: admitted.leaseUntil };
        const call = { policy, calendar, context, tool, arguments: args, environment, occasion };
        const plan = planRelease({ ...call, labels: found, succeeded, released });
        return this.#options.state.release(plan, { reading: { context, arguments: args }, ruling, now });
      },
      (error) => {
        this.#options.onFault(error);
        return faultRefusal(error);
      },
    );
  }

  /** Ends a permit: closes its reservations, then records the outcome. Fails where either cannot be done. */
  close(admitted: Admitted, ending: CallEnding): NowOrLater<void> {
    return andThen(this.closeState(admitted, ending), () => this.recordOutcome(admitted, ending));
  }

  /** Closes the reservations of a permit. Fails where that cannot be done. */
  closeState(admitted: Admitted, { status, cost }: CallEnding): NowOrLater<void> {
    return this.#options.state.close(admitted, { status, cost }, this.#options.now());
  }

  /** Records how a permit ended. Fails where that cannot be done. */
  recordOutcome(admitted: Admitted, { status, cost, labels, withheld }: CallEnding): NowOrLater<void> {
    if (!this.#options.audit.writes) return;
    const charged = status === "not_started" ? noMoney : cost;
    const { evaluationId } = admitted.decision;
    const reserved = admitted.cost;
    const now = this.#options.now();
    return this.#options.audit.append(
      outcomeRecord({ evaluationId, status, cost: charged, reserved, labels, withheld, now }),
    );
  }
}
