import type { Admitted } from "./admission.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
import type { Settlement } from "./authorizer.ts";
import type { CallClosing, CallEnding } from "./call-closing.ts";
import type { Deny } from "./decision.ts";
import { sessionOver } from "./judge-call.ts";
import type { LeaseRenewal } from "./lease-renewal.ts";
import type { MicroUnits } from "./money.ts";
import { andThen, isLater, type NowOrLater } from "./now-or-later.ts";
import type { Ending } from "./open-permits.ts";
import type { Refusal } from "./refusal.ts";
import { possibleLabels, type ResultLabels } from "./result-labels.ts";

/** What {@link CallEnd} works with. */
export interface CallEndOptions {
  readonly closing: CallClosing;
  readonly leases: LeaseRenewal;
  readonly labels: ResultLabels;
  readonly onFault: (fault: unknown) => void;
}

/** What a tool gave, and what that cost. */
export interface GivenResult {
  readonly status: "succeeded" | "failed" | "aborted";
  /** What it returned or threw. */
  readonly content: unknown;
  readonly cost: MicroUnits;
  /** Whether it was released before the tool ended. */
  readonly released: boolean;
}

/** The last step of a call's path: what its result holds, whether that may be released, and what the call cost. */
export class CallEnd {
  readonly #options: CallEndOptions;

  constructor(options: CallEndOptions) {
    this.#options = options;
  }

  /** Ends a call whose tool gave something, or threw it. Never fails. The denial, if that has to be withheld. */
  judge(admitted: Admitted, given: GivenResult): NowOrLater<Deny | undefined> {
    if (admitted.needs.classifiers.length > 0 && !given.released) return this.#classify(admitted, given);
    const finished = this.finish(admitted, given.status, given.cost);
    return isLater(finished) ? finished.then(nothingWithheld) : undefined;
  }

  async #classify(admitted: Admitted, { status, content, cost }: GivenResult): Promise<Deny | undefined> {
    const { tool, arguments: args, needs } = admitted;
    const failed = status !== "succeeded";
    const labels = await this.#options.labels.of({ tool, arguments: args, content, failed }, needs.classifiers);
    const withheld = await this.#options.closing.release(admitted, labels, { succeeded: !failed });
    await this.#close(admitted, { status, cost, labels, withheld });
    return withheld === undefined ? undefined : denialOf(admitted, withheld);
  }

  /** Why nothing of what a tool will yield may be released: all that it could hold is taken to be in it. */
  foresee(admitted: Admitted): NowOrLater<Refusal | undefined> {
    return this.#options.closing.release(admitted, possibleLabels(admitted.needs.classifiers), { succeeded: true });
  }

  /** The same, for a tool that already runs. */
  withholdEarly(admitted: Admitted): NowOrLater<Deny | undefined> {
    return andThen(this.foresee(admitted), (refusal) => refusal && denialOf(admitted, refusal));
  }

  /** Ends a call of which nothing more will be released. Never fails. */
  finish(admitted: Admitted, status: OutcomeStatus, cost: MicroUnits = admitted.cost): NowOrLater<void> {
    const labels = labelsAfter(admitted, status);
    const ending: CallEnding = { status, cost, labels, withheld: undefined };
    const remembered = labels.length === 0 ? undefined : this.#remember(admitted, labels, status);
    return isLater(remembered) ? this.#closeAfter(remembered, admitted, ending) : this.#close(admitted, ending);
  }

  async #closeAfter(remembered: PromiseLike<unknown>, admitted: Admitted, ending: CallEnding): Promise<void> {
    await remembered;
    await this.#close(admitted, ending);
  }

  /**
   * Ends a call of which nobody has said what became of it. Never fails. Says whether it has ended: not where it cannot be
   * remembered yet what it may have given.
   */
  expire(admitted: Admitted): NowOrLater<boolean> {
    const status = "expired";
    const labels = labelsAfter(admitted, status);
    return andThen(this.#remember(admitted, labels, status), (fault) => {
      // Of a session that is forgotten nobody asks any more.
      if (fault !== undefined && fault !== sessionOver) return false;
      return andThen(this.#close(admitted, { status, cost: admitted.cost, labels }), () => true);
    });
  }

  #remember(admitted: Admitted, labels: readonly string[], status: OutcomeStatus): NowOrLater<Refusal | undefined> {
    return this.#options.closing.release(admitted, labels, { succeeded: status === "succeeded", released: true });
  }

  /** Ends a call that ran elsewhere. Rejects where that could not be written. */
  async settle(admitted: Admitted, { status, cost = admitted.cost, labels }: Ending): Promise<Settlement> {
    const { closing } = this.#options;
    const found = status === "not_started" ? none : (labels ?? possibleLabels(admitted.needs.classifiers));
    const withheld = await closing.release(admitted, found, { succeeded: status === "succeeded" });
    await closing.close(admitted, { status, cost, labels: found, withheld });
    return withheld === undefined ? { released: true } : { released: false, decision: denialOf(admitted, withheld) };
  }

  /** The tool has already run: what goes wrong here must not replace its result. */
  #close(admitted: Admitted, ending: CallEnding): NowOrLater<void> {
    const { closing, leases, onFault } = this.#options;
    leases.end(admitted);
    try {
      const closed = closing.closeState(admitted, ending);
      if (isLater(closed)) return this.#recordAfter(closed, admitted, ending);
    } catch (fault) {
      onFault(fault);
    }
    // INVARIANT (E5): also where the store cannot be told, so that what the call cost is known to somebody.
    return this.#record(admitted, ending);
  }

  async #recordAfter(closed: PromiseLike<void>, admitted: Admitted, ending: CallEnding): Promise<void> {
    try {
      await closed;
    } catch (fault) {
      this.#options.onFault(fault);
    }
    await this.#record(admitted, ending);
  }

  #record(admitted: Admitted, ending: CallEnding): NowOrLater<void> {
    const { closing, onFault } = this.#options;
    try {
      const recorded = closing.recordOutcome(admitted, ending);
      return isLater(recorded) ? recorded.then(undefined, onFault) : undefined;
    } catch (fault) {
      onFault(fault);
    }
  }
}

const none: readonly string[] = Object.freeze([]);
const nothingWithheld = () => undefined;

/** INVARIANT (S5): a call of which nobody knows what it gave has given all that it could, whatever the rules say. */
function labelsAfter({ needs }: Admitted, status: OutcomeStatus): readonly string[] {
  return status === "not_started" || needs.classifiers.length === 0 ? none : possibleLabels(needs.classifiers);
}

/** INVARIANT: the model is told that the tool ran, so that it does not ask for the same again. */
function denialOf({ decision, ruling }: Admitted, { code, reason, rule, detail, hint }: Refusal): Deny {
  return Object.freeze({
    allowed: false,
    evaluationId: decision.evaluationId,
    code,
    reason: `the tool ran, but what it gave is withheld: ${reason}`,
    rule,
    detail,
    retryable: false,
    withheld: true,
    ...(hint === undefined ? {} : { hint }),
    scopes: decision.scopes,
    policy: ruling.policy.digest,
    logged: decision.logged,
  });
}
