import type { Admission, Admitted } from "./admission.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
import type { AuditClient } from "./audit-client.ts";
import { createCalendar } from "./calendar.ts";
import type { CallState } from "./call-state.ts";
import type { CostFunctions } from "./cost-function.ts";
import type { Deny, Permit } from "./decision.ts";
import { decisionRecord, outcomeRecord } from "./decision-record.ts";
import { faultRefusal } from "./fault-refusal.ts";
import {
  type Judgment,
  judgeCall,
  type Needs,
  noNeeds,
  type Occasion,
  type Refusal,
  type Ruling,
} from "./judge-call.ts";
import { formatMoney, type MicroUnits, noMoney } from "./money.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import { type PolicyChoice, policyFor } from "./policy-choice.ts";
import type { CallReading } from "./read-call.ts";

/** What a {@link CallGate} works with. */
export interface CallGateOptions {
  readonly policy: PolicyChoice;
  readonly state: CallState;
  readonly audit: AuditClient;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Milliseconds. */
  readonly lease: number;
  readonly onFault: (fault: unknown) => void;
  /** Whether a duty of a type can be performed. */
  readonly understands: (type: string) => boolean;
  readonly costs: CostFunctions;
}

type Granted = Extract<Judgment, { granted: true }>;

/** What is known of one evaluation while it is under way. */
interface Evaluation {
  readonly reading: CallReading;
  readonly evaluationId: string;
  /** The policy that the evaluation began with, and ends with (D7). */
  readonly ruling: Ruling | undefined;
  readonly needs: Needs;
  /** Epoch milliseconds; 0 where it began without a time. */
  readonly now: number;
}

/** The deciding half of a call's path, from judgment to a durable record, and the closing of what it let through. */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #calendars = new Map<string, Ruling["calendar"]>();

  constructor(options: CallGateOptions) {
    this.#options = options;
  }

  /** The digest of the policy that decides for a call at this moment; empty where there is none. Never throws. */
  policyDigest(reading: CallReading): string {
    try {
      return policyFor(this.#options.policy, reading.context?.tenant)?.digest ?? "";
    } catch {
      // INVARIANT (D6): a reference that throws is told where the call is decided, which denies it.
      return "";
    }
  }

  /** Whole epoch milliseconds. Throws where the clock does not give a time. */
  now(): number {
    const now = this.#options.clock();
    if (!Number.isFinite(now)) throw new TypeError("the clock gave no time");
    // Stores keep whole milliseconds.
    return Math.floor(now);
  }

  /**
   * Steps 2 to 7: judge, apply, record. Never rejects.
   *
   * INVARIANT (D3, D6): this is the one catch-all. Whatever goes wrong in here is a denial, and what was reserved for
   * the call is given back, for it certainly never started.
   */
  async admit(reading: CallReading): Promise<Admission> {
    let evaluation: Evaluation = { reading, evaluationId: "", ruling: undefined, needs: noNeeds, now: 0 };
    let applied: CallPlan | undefined;
    try {
      evaluation = { ...evaluation, evaluationId: this.#options.newId(), ruling: this.#ruling(reading) };
      const now = this.now();
      evaluation = { ...evaluation, now };
      const { evaluationId, ruling } = evaluation;
      const occasion: Occasion = { evaluationId, now, leaseUntil: now + this.#options.lease };
      const judgment = judgeCall(reading, ruling, occasion);
      evaluation = { ...evaluation, needs: judgment.needs };
      if (!judgment.granted) return await this.#deny(evaluation, judgment.refusal);
      const application = this.#dutyRefusal(judgment) ?? (await this.#options.state.take(judgment, evaluation));
      if (application.refusal !== undefined) return await this.#deny(evaluation, application.refusal);
      applied = application.plan;
      return await this.#permit(evaluation, { ...judgment, ...application }, occasion);
    } catch (error) {
      if (applied !== undefined) void this.#options.state.giveBack(applied);
      return await this.#deny(evaluation, faultRefusal(error));
    }
  }

  /** Ends a permit: closes its reservations, then records the outcome. Rejects where either cannot be done. */
  async close(admitted: Admitted, status: OutcomeStatus, cost: MicroUnits): Promise<void> {
    const now = this.now();
    await this.#options.state.close(admitted, { status, cost }, now);
    if (!this.#options.audit.writes) return;
    const charged = status === "not_started" ? noMoney : cost;
    const { evaluationId } = admitted.decision;
    const record = outcomeRecord({ evaluationId, status, cost: charged, reserved: admitted.cost, now });
    await this.#options.audit.append(record);
  }

  /** A denial that no policy made: the call was not executed for the reason given. */
  async deny(reading: CallReading, refusal: Refusal): Promise<Deny> {
    let evaluation: Evaluation = { reading, evaluationId: "", ruling: undefined, needs: noNeeds, now: 0 };
    try {
      evaluation = {
        ...evaluation,
        evaluationId: this.#options.newId(),
        ruling: this.#ruling(reading),
        now: this.now(),
      };
    } catch (fault) {
      this.#options.onFault(fault);
    }
    return (await this.#deny(evaluation, refusal)).decision;
  }

  /** The policy of this moment, with its calendar, which is made once a time zone. */
  #ruling(reading: CallReading): Ruling | undefined {
    const policy = policyFor(this.#options.policy, reading.context?.tenant);
    if (policy === undefined) return undefined;
    const { timezone } = policy;
    const calendar = this.#calendars.get(timezone) ?? createCalendar(timezone);
    this.#calendars.set(timezone, calendar);
    return { policy, calendar, costs: this.#options.costs };
  }

  /** INVARIANT: a permit whose duties nobody here understands is a denial. */
  #dutyRefusal({ obligations }: Granted): { readonly refusal: Refusal } | undefined {
    const unknown = obligations.find(({ type }) => !this.#options.understands(type));
    if (unknown === undefined) return undefined;
    const reason = "this call comes with a duty that cannot be performed here";
    const detail = `no handler for obligations of the type ${JSON.stringify(unknown.type)}`;
    return { refusal: { code: "indeterminate", reason, detail } };
  }

  async #permit(
    evaluation: Evaluation,
    judgment: Granted & { readonly degraded: readonly string[] },
    occasion: Occasion,
  ): Promise<Admission> {
    const { arguments: judged, tool, context } = evaluation.reading;
    if (judged === undefined || context === undefined) throw new TypeError("a permit without arguments or context");
    const { needs, reason, rule, plan, obligations, degraded } = judgment;
    const { evaluationId, leaseUntil, now } = occasion;
    const logged = this.#options.audit.writes;
    const cost = formatMoney(needs.cost);
    const decision: Permit = Object.freeze({
      allowed: true,
      evaluationId,
      reason,
      rule,
      scopes: needs.scopes,
      cost,
      obligations,
      degraded,
      policy: evaluation.ruling?.policy.digest ?? "",
      logged,
    });
    // INVARIANT (E1, L7): the permit's record is durable before anyone can start the tool.
    if (logged) {
      const record = decisionRecord({ ...evaluation, decision, now });
      await this.#options.audit.appendPermit(record, now);
    }
    return { decision, tool, context, arguments: judged, plan, cost: needs.cost, leaseUntil };
  }

  async #deny(evaluation: Evaluation, refusal: Refusal): Promise<{ readonly decision: Deny }> {
    const { code, reason, rule, detail, retryable = false, retryAfter, hint, alternatives } = refusal;
    const logged = this.#options.audit.writes;
    const { evaluationId, needs, ruling } = evaluation;
    const decision: Deny = Object.freeze({
      allowed: false,
      evaluationId,
      code,
      reason,
      rule,
      detail,
      retryable,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(hint === undefined ? {} : { hint }),
      ...(alternatives === undefined ? {} : { alternatives }),
      scopes: needs.scopes,
      policy: ruling?.policy.digest ?? "",
      logged,
    });
    await this.#options.state.rememberDenial(evaluation);
    if (!logged) return { decision };
    try {
      const record = decisionRecord({ ...evaluation, decision, now: this.now() });
      await this.#options.audit.append(record);
      return { decision };
    } catch (fault) {
      this.#options.onFault(fault);
      return { decision: Object.freeze({ ...decision, logged: false }) };
    }
  }
}
