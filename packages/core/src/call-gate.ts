import type { Admission, Admitted } from "./admission.ts";
import type { AuditLog, AuditRecord, OutcomeStatus } from "./audit/audit-record.ts";
import { type Calendar, createCalendar } from "./calendar.ts";
import type { Deny, Permit } from "./decision.ts";
import { decisionRecord, outcomeRecord } from "./decision-record.ts";
import { type Judgment, judgeCall, type Needs, type Occasion, type Refusal, type Ruling } from "./judge-call.ts";
import { formatMoney, type MicroUnits, noMoney } from "./money.ts";
import { type Closing, describeRefusal, planClosing } from "./plan-call.ts";
import { DeadlineError, UnavailableError, unavailable, withDeadline } from "./platform.ts";
import type { Policy } from "./policy/policy.ts";
import type { CallReading } from "./read-call.ts";
import type { ApplyResult, Plan, StateStore } from "./state/state-store.ts";

/** What a {@link CallGate} works with. */
export interface CallGateOptions {
  readonly policy: Policy | undefined;
  readonly store: StateStore;
  readonly audit: AuditLog | undefined;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Milliseconds. */
  readonly deadline: number;
  /** Milliseconds. */
  readonly lease: number;
  readonly onFault: (fault: unknown) => void;
}

type Granted = Extract<Judgment, { granted: true }>;

/** The deciding half of a call's path, from judgment to a durable record, and the closing of what it let through. */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #ruling: Ruling | undefined;

  constructor(options: CallGateOptions) {
    this.#options = options;
    const { policy } = options;
    const calendar: Calendar | undefined = policy && createCalendar(policy.timezone);
    this.#ruling = policy && calendar && { policy, calendar };
  }

  /** Epoch milliseconds. Throws where the clock does not give a time. */
  now(): number {
    const now = this.#options.clock();
    if (!Number.isFinite(now)) throw new TypeError("the clock gave no time");
    return now;
  }

  /**
   * Steps 2 to 7: judge, apply, record. Never rejects.
   *
   * INVARIANT (D3, D6): this is the one catch-all. Whatever goes wrong in here is a denial, and what was reserved for
   * the call is given back, for it certainly never started.
   */
  async admit(reading: CallReading): Promise<Admission> {
    let evaluationId = "";
    let needs: Needs = { scopes: [], cost: noMoney };
    let applied: Plan | undefined;
    try {
      evaluationId = this.#options.newId();
      const now = this.now();
      const occasion: Occasion = { evaluationId, now, leaseUntil: now + this.#options.lease };
      const judgment = judgeCall(reading, this.#ruling, occasion);
      needs = judgment.needs;
      if (!judgment.granted) return await this.#deny(reading, evaluationId, { needs, refusal: judgment.refusal });
      const refusal = await this.#apply(judgment);
      if (refusal !== undefined) return await this.#deny(reading, evaluationId, { needs, refusal });
      applied = judgment.plan;
      return await this.#permit(reading, judgment, occasion);
    } catch (error) {
      if (applied !== undefined) await this.#giveBack(applied);
      return await this.#deny(reading, evaluationId, { needs, refusal: faultRefusal(error) });
    }
  }

  /** Ends a permit: closes its reservations, then records the outcome. Rejects where either cannot be done. */
  async close(admitted: Admitted, status: OutcomeStatus, cost: MicroUnits): Promise<void> {
    const now = this.now();
    await this.#closeReservations(admitted.plan, closingOf(status, cost), now);
    if (this.#options.audit === undefined) return;
    const charged = status === "not_started" ? noMoney : cost;
    const { evaluationId } = admitted.decision;
    await this.#append(outcomeRecord({ evaluationId, status, cost: charged, now }));
  }

  /** A denial that no policy made: the call was not executed for the reason given. */
  async deny(reading: CallReading, refusal: Refusal): Promise<Deny> {
    const needs: Needs = { scopes: [], cost: noMoney };
    let evaluationId = "";
    try {
      evaluationId = this.#options.newId();
    } catch (fault) {
      this.#options.onFault(fault);
    }
    return (await this.#deny(reading, evaluationId, { needs, refusal })).decision;
  }

  async #apply(judgment: Granted): Promise<Refusal | undefined> {
    const { plan, needs } = judgment;
    if (plan.keys.length === 0) return undefined;
    const result = await this.#ask(plan);
    if (result.held === true) return undefined;
    const budget = this.#ruling?.policy.budgets[result.failed];
    const observed = result.observed[result.failed];
    if (budget === undefined || observed === undefined)
      throw new UnavailableError("the state store did not say which check failed");
    return describeRefusal(budget, needs.cost, observed);
  }

  async #ask(plan: Plan): Promise<ApplyResult> {
    let answer: ApplyResult | Promise<ApplyResult> | undefined;
    try {
      answer = this.#options.store.apply(plan);
      return isPromise(answer) ? await withDeadline(answer, this.#options.deadline, "the state store") : answer;
    } catch (error) {
      // The store may have reserved all the same: give it back, once there is an answer if there may yet be one.
      if (error instanceof DeadlineError && isPromise(answer)) {
        answer.then(() => this.#giveBack(plan)).catch(this.#options.onFault);
      } else await this.#giveBack(plan);
      throw unavailable("the state store", error);
    }
  }

  async #permit(reading: CallReading, judgment: Granted, occasion: Occasion): Promise<Admission> {
    const { arguments: judged } = reading;
    if (judged === undefined) throw new TypeError("a permit without arguments");
    const { needs, reason, rule, plan } = judgment;
    const logged = this.#options.audit !== undefined;
    const cost = formatMoney(needs.cost);
    const decision: Permit = Object.freeze({
      allowed: true,
      evaluationId: occasion.evaluationId,
      reason,
      rule,
      scopes: needs.scopes,
      cost,
      logged,
    });
    // INVARIANT (E1, L7): the permit's record is durable before anyone can start the tool.
    if (logged) await this.#recordPermit(reading, decision, needs, occasion.now);
    return { decision, arguments: judged, plan, cost: needs.cost, leaseUntil: occasion.leaseUntil };
  }

  async #recordPermit(reading: CallReading, decision: Permit, needs: Needs, now: number): Promise<void> {
    const record = decisionRecord({ decision, reading, needs, policy: this.#options.policy, now });
    const { evaluationId } = decision;
    const outcome = () => this.#append(outcomeRecord({ evaluationId, status: "not_started", cost: noMoney, now }));
    const written = this.#write(record);
    try {
      await withDeadline(written, this.#options.deadline, "the audit log");
    } catch (error) {
      // A record that becomes durable too late says that the call was permitted: say also that it never started.
      written.then(outcome).catch(() => {});
      throw unavailable("the audit log", error);
    }
  }

  async #deny(
    reading: CallReading,
    evaluationId: string,
    { needs, refusal }: { readonly needs: Needs; readonly refusal: Refusal },
  ): Promise<{ readonly decision: Deny }> {
    const decision: Deny = {
      allowed: false,
      evaluationId,
      code: refusal.code,
      reason: refusal.reason,
      rule: refusal.rule,
      detail: refusal.detail,
      retryable: refusal.retryable ?? false,
      ...(refusal.alternatives === undefined ? {} : { alternatives: refusal.alternatives }),
      scopes: needs.scopes,
      logged: this.#options.audit !== undefined,
    };
    if (this.#options.audit === undefined) return { decision: Object.freeze(decision) };
    try {
      const now = this.now();
      await this.#append(decisionRecord({ decision, reading, needs, policy: this.#options.policy, now }));
      return { decision: Object.freeze(decision) };
    } catch (fault) {
      this.#options.onFault(fault);
      return { decision: Object.freeze({ ...decision, logged: false }) };
    }
  }

  async #giveBack(plan: Plan): Promise<void> {
    try {
      await this.#closeReservations(plan, { kind: "release" }, plan.now);
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }

  async #closeReservations(plan: Plan, closing: Closing, now: number): Promise<void> {
    if (plan.keys.length === 0) return;
    const answer = this.#options.store.apply(planClosing(plan, closing, now));
    if (isPromise(answer)) await withDeadline(answer, this.#options.deadline, "the state store");
  }

  async #append(record: AuditRecord): Promise<void> {
    if (this.#options.audit === undefined) return;
    await withDeadline(this.#write(record), this.#options.deadline, "the audit log");
  }

  async #write(record: AuditRecord): Promise<void> {
    await this.#options.audit?.append(record);
  }
}

function isPromise<T>(answer: T | Promise<T> | undefined): answer is Promise<T> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}

function closingOf(status: OutcomeStatus, cost: MicroUnits): Closing {
  switch (status) {
    case "not_started":
      return { kind: "release" };
    case "expired":
      return { kind: "expire" };
    case "succeeded":
    case "failed":
    case "aborted":
      return { kind: "settle", amount: cost };
  }
}

/** INVARIANT (D11): an error's own text goes to `detail`; the reason is ours. */
function faultRefusal(error: unknown): Refusal {
  const detail =
    error instanceof Error ? `${error.name}: ${error.message}` : "something that is not an error was thrown";
  if (error instanceof UnavailableError)
    return { code: "unavailable", reason: "authorization is not available right now", detail, retryable: true };
  return { code: "indeterminate", reason: "authorization could not be decided", detail };
}
