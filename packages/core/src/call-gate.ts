import type { Admission, Admitted } from "./admission.ts";
import { type ApprovalGate, type RedeemedCall, usedApprovals } from "./approval/approval-gate.ts";
import { isDemanded, type UnapprovedCall } from "./approval/demanded-call.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
import type { AuditClient } from "./audit-client.ts";
import { createCalendar } from "./calendar.ts";
import type { CallState, TakenCall } from "./call-state.ts";
import type { CostFunctions } from "./cost-function.ts";
import type { AskedApproval, Deny, Permit } from "./decision.ts";
import { decisionRecord, outcomeRecord } from "./decision-record.ts";
import { faultRefusal } from "./fault-refusal.ts";
import {
  environmentOf,
  type Judgment,
  judgeCall,
  type Needs,
  noNeeds,
  type Occasion,
  type Refusal,
  type Ruling,
  sessionOver,
} from "./judge-call.ts";
import { formatMoney, type MicroUnits, noMoney } from "./money.ts";
import { andThen, type NowOrLater, orElse } from "./now-or-later.ts";
import { CallPlanner } from "./plan/call-planner.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import { planRelease } from "./plan/plan-release.ts";
import { isSessionForgotten } from "./plan/session-end.ts";
import type { Policy } from "./policy/policy.ts";
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
  readonly approvals: ApprovalGate;
  /** Whether there is a classifier of a name. */
  readonly classifies: (name: string) => boolean;
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

type Granted = Extract<Judgment, { granted: true }>;

/** What is known of one evaluation while it is under way: it becomes more, step by step. */
interface Evaluation {
  readonly reading: CallReading;
  evaluationId: string;
  /** The policy that the evaluation began with, and ends with (D7). */
  ruling: Ruling | undefined;
  needs: Needs;
  /** Epoch milliseconds; 0 where it began without a time. */
  now: number;
  /** What was taken for the call. */
  taken: CallPlan | undefined;
}

/** The deciding half of a call's path, from judgment to a durable record, and the closing of what it let through. */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #rulings = new WeakMap<Policy, Ruling>();
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
   * Steps 2 to 7: judge, apply, record. Never fails.
   *
   * INVARIANT (D3, D6): this is the one catch-all. Whatever goes wrong in here is a denial, and what was reserved for
   * the call is given back, for it certainly never started.
   */
  admit(reading: CallReading): NowOrLater<Admission> {
    const evaluation = newEvaluation(reading);
    return orElse(
      () => this.#decide(evaluation),
      (error) => {
        if (evaluation.taken !== undefined) void this.#options.state.giveBack(evaluation.taken);
        return this.#deny(evaluation, faultRefusal(error));
      },
    );
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
    const { context, ruling, needs, arguments: args } = admitted;
    const found = labels.filter((label) => !needs.labels.includes(label));
    if (found.length === 0) return undefined;
    return orElse(
      () => {
        const now = this.now();
        if (isSessionForgotten(context, now)) return sessionOver;
        const environment = environmentOf(context, args, now);
        const { policy, calendar } = ruling;
        const { evaluationId } = admitted.decision;
        const occasion = { calendar, arguments: args, environment, evaluationId, leaseUntil: admitted.leaseUntil, now };
        const plan = planRelease({ ...occasion, policy, context, labels: found, succeeded, released });
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
    return this.#options.state.close(admitted, { status, cost }, this.now());
  }

  /** Records how a permit ended. Fails where that cannot be done. */
  recordOutcome(admitted: Admitted, { status, cost, labels, withheld }: CallEnding): NowOrLater<void> {
    if (!this.#options.audit.writes) return;
    const charged = status === "not_started" ? noMoney : cost;
    const { evaluationId } = admitted.decision;
    const reserved = admitted.cost;
    const now = this.now();
    return this.#options.audit.append(
      outcomeRecord({ evaluationId, status, cost: charged, reserved, labels, withheld, now }),
    );
  }

  /** A denial that no policy made: the call was not executed for the reason given. Never fails. */
  deny(reading: CallReading, refusal: Refusal): NowOrLater<{ readonly decision: Deny }> {
    const evaluation = newEvaluation(reading);
    try {
      this.#begin(evaluation);
    } catch (fault) {
      this.#options.onFault(fault);
    }
    return this.#deny(evaluation, refusal);
  }

  /** In this order: what is known when the clock or the policy's reference throws is still recorded. */
  #begin(evaluation: Evaluation): Ruling | undefined {
    evaluation.evaluationId = readId(this.#options.newId());
    evaluation.ruling = this.#ruling(evaluation.reading);
    evaluation.now = this.now();
    return evaluation.ruling;
  }

  #decide(evaluation: Evaluation): NowOrLater<Admission> {
    const ruling = this.#begin(evaluation);
    const { evaluationId, now } = evaluation;
    const occasion: Occasion = { evaluationId, now, leaseUntil: now + this.#options.lease };
    const judgment = judgeCall(evaluation.reading, ruling, occasion);
    evaluation.needs = judgment.needs;
    if (!judgment.granted) return this.#refuse(evaluation, occasion, judgment.refusal);
    const refusal = this.#inability(judgment);
    if (refusal !== undefined) return this.#deny(evaluation, refusal);
    return andThen(this.#options.state.take(judgment, evaluation), (application) => {
      if (application.refusal !== undefined) return this.#refuse(evaluation, occasion, application.refusal);
      evaluation.taken = application.plan;
      return this.#permit(evaluation, judgment, application);
    });
  }

  /** A call of which nothing is wrong but that a person must approve it runs where one has. */
  #refuse(evaluation: Evaluation, occasion: Occasion, refusal: Refusal): NowOrLater<Admission> {
    if (!isDemanded(refusal)) return this.#deny(evaluation, refusal);
    return this.#redeem(evaluation, occasion, refusal);
  }

  async #redeem(evaluation: Evaluation, occasion: Occasion, refusal: Refusal): Promise<Admission> {
    const { reading, ruling, now } = evaluation;
    const judge: UnapprovedCall["judge"] = (approved) => judgeCall(reading, ruling, occasion, approved);
    const inability: UnapprovedCall["inability"] = (granted) => this.#inability(granted);
    const call = { reading, ruling, occasion, judge, inability };
    const redemption = await this.#options.approvals.redeem(call, refusal);
    if (redemption.refusal !== undefined)
      return this.#deny(evaluation, redemption.refusal, askedOf(redemption.refusal));
    const { judgment, taken } = redemption;
    evaluation.taken = taken.plan;
    evaluation.needs = judgment.needs;
    await this.#options.approvals.markSpent(redemption, now);
    return this.#permit(evaluation, judgment, taken, redemption);
  }

  /** The policy of this moment, with its calendar, which is made once a time zone, and what is known of its calls. */
  #ruling(reading: CallReading): Ruling | undefined {
    const policy = policyFor(this.#options.policy, reading.context?.tenant);
    if (policy === undefined) return undefined;
    return this.#rulings.get(policy) ?? this.#rule(policy);
  }

  #rule(policy: Policy): Ruling {
    const { timezone } = policy;
    const calendar = this.#calendars.get(timezone) ?? createCalendar(timezone);
    this.#calendars.set(timezone, calendar);
    const ruling = { policy, calendar, planner: new CallPlanner(), costs: this.#options.costs };
    this.#rulings.set(policy, ruling);
    return ruling;
  }

  /** INVARIANT: a permit whose duties nobody here understands, or whose result nobody can judge, is a denial. */
  #inability({ obligations, needs: { classifiers } }: Granted): Refusal | undefined {
    const duty =
      obligations.length === 0 ? undefined : obligations.find(({ type }) => !this.#options.understands(type));
    if (duty !== undefined) {
      const reason = "this call comes with a duty that cannot be performed here";
      const detail = `no handler for obligations of the type ${JSON.stringify(duty.type)}`;
      return { code: "indeterminate", reason, detail };
    }
    const unknown = classifiers.length === 0 ? undefined : classifiers.find(({ by }) => !this.#options.classifies(by));
    if (unknown === undefined) return undefined;
    const reason = "what this tool gives cannot be classified here";
    return { code: "indeterminate", reason, detail: `no classifier ${JSON.stringify(unknown.by)}` };
  }

  #permit(
    evaluation: Evaluation,
    judgment: Granted,
    { plan, degraded, lifted }: TakenCall,
    redeemed?: RedeemedCall,
  ): NowOrLater<Admission> {
    const { evaluationId, now, ruling } = evaluation;
    const { arguments: judged, tool, context } = evaluation.reading;
    if (judged === undefined || context === undefined) throw new TypeError("a permit without arguments or context");
    if (ruling === undefined) throw new TypeError("a permit without a policy");
    const { needs, reason, obligations } = judgment;
    const asked = lifted.length > 0 || redeemed !== undefined;
    const rule = asked
      ? [judgment.rule, ...lifted.map(declassified), ...approvedRules(redeemed)].join(", ")
      : judgment.rule;
    const logged = this.#options.audit.writes;
    const permit: Permit = {
      allowed: true,
      evaluationId,
      reason,
      rule,
      scopes: needs.scopes,
      cost: formatMoney(needs.cost),
      obligations,
      degraded,
      policy: ruling.policy.digest,
      logged,
    };
    const decision = Object.freeze(redeemed === undefined ? permit : { ...permit, approvals: usedApprovals(redeemed) });
    const leaseUntil = now + this.#options.lease;
    const { cost } = needs;
    const admitted: Admitted = { decision, tool, context, arguments: judged, needs, ruling, plan, cost, leaseUntil };
    if (!logged) return admitted;
    // INVARIANT (E1, L7): the permit's record is durable before anyone can start the tool.
    const written = this.#options.audit.appendPermit(decisionRecord(decision, evaluation, now), now);
    return andThen(written, () => admitted);
  }

  #deny(evaluation: Evaluation, refusal: Refusal, asked?: AskedApproval): NowOrLater<{ readonly decision: Deny }> {
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
      ...(asked === undefined ? {} : { approval: asked }),
      scopes: needs.scopes,
      policy: ruling?.policy.digest ?? "",
      logged,
    });
    return andThen(this.#options.state.rememberDenial(evaluation), () =>
      logged ? this.#record(evaluation, decision) : { decision },
    );
  }

  /** INVARIANT (D6): a denial that cannot be recorded is a denial all the same, and says so. */
  #record(evaluation: Evaluation, decision: Deny): NowOrLater<{ readonly decision: Deny }> {
    return orElse(
      () => andThen(this.#options.audit.append(decisionRecord(decision, evaluation, this.now())), () => ({ decision })),
      (fault) => {
        this.#options.onFault(fault);
        return { decision: Object.freeze({ ...decision, logged: false }) };
      },
    );
  }
}

/** INVARIANT (B3): what is no id would be that of several calls, of which one alone is charged. */
function readId(id: unknown): string {
  if (typeof id === "string" && id !== "") return id;
  throw new TypeError("newId gave no id");
}

function newEvaluation(reading: CallReading): Evaluation {
  return { reading, evaluationId: "", ruling: undefined, needs: noNeeds, now: 0, taken: undefined };
}

function declassified(id: string): string {
  return `${id} declassified`;
}

/** INVARIANT (D9): what all objects inherit was asked of nobody. */
function askedOf(refusal: Refusal): AskedApproval | undefined {
  return Object.hasOwn(refusal, "approval") ? refusal.approval : undefined;
}

function approvedRules(redeemed: RedeemedCall | undefined): readonly string[] {
  return redeemed === undefined ? [] : redeemed.used.map(({ refusal: { rule } }) => `${rule} approved`);
}
