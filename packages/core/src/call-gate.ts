import type { Admission, Admitted } from "./admission.ts";
import type { AuditLog, AuditRecord, OutcomeStatus } from "./audit/audit-record.ts";
import { createCalendar } from "./calendar.ts";
import type { Deny, Permit } from "./decision.ts";
import { decisionRecord, outcomeRecord } from "./decision-record.ts";
import { faultRefusal } from "./fault-refusal.ts";
import { type Judgment, judgeCall, type Needs, type Occasion, type Refusal, type Ruling } from "./judge-call.ts";
import { formatMoney, type MicroUnits, noMoney } from "./money.ts";
import { type Closing, describeRefusal, planClosing } from "./plan-call.ts";
import { DeadlineError, UnavailableError, unavailable, withDeadline } from "./platform.ts";
import type { Policy, PolicyReference } from "./policy/policy.ts";
import type { CallReading } from "./read-call.ts";
import type { ApplyResult, Plan, StateStore } from "./state/state-store.ts";

/** What a {@link CallGate} works with. */
export interface CallGateOptions {
  readonly policy: Policy | PolicyReference | undefined;
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

/** What is known of one evaluation while it is under way. */
interface Evaluation {
  readonly reading: CallReading;
  readonly evaluationId: string;
  /** The policy that the evaluation began with, and ends with (D7). */
  readonly ruling: Ruling | undefined;
  readonly needs: Needs;
}

const noNeeds: Needs = { scopes: [], cost: noMoney };

/** The deciding half of a call's path, from judgment to a durable record, and the closing of what it let through. */
export class CallGate {
  readonly #options: CallGateOptions;
  #latest: Ruling | undefined;

  constructor(options: CallGateOptions) {
    this.#options = options;
    this.#ruling();
  }

  /** The digest of the policy that decides at this moment; empty where there is none. */
  get policyDigest(): string {
    return policyOf(this.#options.policy)?.digest ?? "";
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
    let evaluation: Evaluation = { reading, evaluationId: "", ruling: undefined, needs: noNeeds };
    let applied: Plan | undefined;
    try {
      evaluation = { ...evaluation, evaluationId: this.#options.newId(), ruling: this.#ruling() };
      const now = this.now();
      const { evaluationId, ruling } = evaluation;
      const occasion: Occasion = { evaluationId, now, leaseUntil: now + this.#options.lease };
      const judgment = judgeCall(reading, ruling, occasion);
      evaluation = { ...evaluation, needs: judgment.needs };
      if (!judgment.granted) return await this.#deny(evaluation, judgment.refusal);
      const refusal = await this.#apply(judgment, ruling);
      if (refusal !== undefined) return await this.#deny(evaluation, refusal);
      applied = judgment.plan;
      return await this.#permit(evaluation, judgment, occasion);
    } catch (error) {
      if (applied !== undefined) void this.#giveBack(applied);
      return await this.#deny(evaluation, faultRefusal(error));
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
    let evaluationId = "";
    try {
      evaluationId = this.#options.newId();
    } catch (fault) {
      this.#options.onFault(fault);
    }
    return (await this.#deny({ reading, evaluationId, ruling: this.#latest, needs: noNeeds }, refusal)).decision;
  }

  /** The policy of this moment, with its calendar, which is made once a policy. */
  #ruling(): Ruling | undefined {
    const policy = policyOf(this.#options.policy);
    if (policy !== this.#latest?.policy) {
      this.#latest = policy && { policy, calendar: createCalendar(policy.timezone) };
    }
    return this.#latest;
  }

  async #apply({ plan, needs }: Granted, ruling: Ruling | undefined): Promise<Refusal | undefined> {
    if (plan.keys.length === 0) return undefined;
    const result = await this.#ask(plan);
    if (result.held === true) return undefined;
    const budget = ruling?.policy.budgets[result.failed];
    const observed = result.observed[result.failed];
    if (budget === undefined || observed === undefined) {
      throw new UnavailableError("the state store did not say which check failed");
    }
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
      } else void this.#giveBack(plan);
      throw unavailable("the state store", error);
    }
  }

  async #permit(evaluation: Evaluation, judgment: Granted, occasion: Occasion): Promise<Admission> {
    const { arguments: judged } = evaluation.reading;
    if (judged === undefined) throw new TypeError("a permit without arguments");
    const { needs, reason, rule, plan } = judgment;
    const { evaluationId, leaseUntil, now } = occasion;
    const logged = this.#options.audit !== undefined;
    const cost = formatMoney(needs.cost);
    const decision: Permit = Object.freeze({
      allowed: true,
      evaluationId,
      reason,
      rule,
      scopes: needs.scopes,
      cost,
      logged,
    });
    // INVARIANT (E1, L7): the permit's record is durable before anyone can start the tool.
    if (logged) await this.#recordPermit(evaluation, decision, now);
    return { decision, arguments: judged, plan, cost: needs.cost, leaseUntil };
  }

  async #recordPermit(evaluation: Evaluation, decision: Permit, now: number): Promise<void> {
    const { evaluationId } = decision;
    const outcome = () => this.#append(outcomeRecord({ evaluationId, status: "not_started", cost: noMoney, now }));
    const written = this.#write(decisionRecord({ ...evaluation, decision, policy: evaluation.ruling?.policy, now }));
    try {
      await withDeadline(written, this.#options.deadline, "the audit log");
    } catch (error) {
      // A record that becomes durable too late says that the call was permitted: say also that it never started.
      written.then(outcome).catch(() => {});
      throw unavailable("the audit log", error);
    }
  }

  async #deny(evaluation: Evaluation, refusal: Refusal): Promise<{ readonly decision: Deny }> {
    const { code, reason, rule, detail, retryable = false, alternatives } = refusal;
    const logged = this.#options.audit !== undefined;
    const { evaluationId, needs, ruling } = evaluation;
    const decision: Deny = Object.freeze({
      allowed: false,
      evaluationId,
      code,
      reason,
      rule,
      detail,
      retryable,
      ...(alternatives === undefined ? {} : { alternatives }),
      scopes: needs.scopes,
      logged,
    });
    if (!logged) return { decision };
    try {
      await this.#append(decisionRecord({ ...evaluation, decision, policy: ruling?.policy, now: this.now() }));
      return { decision };
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

function policyOf(source: CallGateOptions["policy"]): Policy | undefined {
  return source !== undefined && "current" in source ? source.current : source;
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
