import type { Admission, Admitted } from "./admission.ts";
import type { ApprovalGate, RedeemedCall } from "./approval/approval-gate.ts";
import { isDemanded, type UnapprovedCall } from "./approval/demanded-call.ts";
import type { AuditClient } from "./audit-client.ts";
import { denialOf, permitOf } from "./call-decision.ts";
import type { Application, CallState, TakenCall } from "./call-state.ts";
import type { AskedApproval, Deny } from "./decision.ts";
import { decisionRecord } from "./decision-record.ts";
import { type Evaluation, newEvaluation } from "./evaluation.ts";
import { faultRefusal } from "./fault-refusal.ts";
import { type Granted, judgeCall, type Ruling } from "./judge-call.ts";
import { isLater, type NowOrLater } from "./now-or-later.ts";
import { type PolicyChoice, policyFor } from "./policy-choice.ts";
import type { CallReading } from "./read-call.ts";
import type { Refusal } from "./refusal.ts";
import type { Rulings } from "./rulings.ts";

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
  readonly rulings: Rulings;
  readonly approvals: ApprovalGate;
  /** Whether there is a classifier of a name. */
  readonly classifies: (name: string) => boolean;
}

/** The deciding half of a call's path, from judgment to a durable record. */
export class CallGate {
  readonly #options: CallGateOptions;

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
   * Steps 2 to 7: judge, apply, record. Never fails. What has to wait does so in a function of its own, here as in all that a
   * call passes: whatever is kept for a later step costs as much where nothing waits.
   *
   * INVARIANT (D3, D6): this is the one catch-all. Whatever goes wrong in here is a denial, and what was reserved for
   * the call is given back, for it certainly never started.
   */
  admit(reading: CallReading): NowOrLater<Admission> {
    const evaluation = newEvaluation(reading);
    try {
      const admission = this.#decide(evaluation);
      return isLater(admission) ? this.#admitLater(evaluation, admission) : admission;
    } catch (error) {
      return this.#fail(evaluation, error);
    }
  }

  async #admitLater(evaluation: Evaluation, admission: PromiseLike<Admission>): Promise<Admission> {
    try {
      return await admission;
    } catch (error) {
      return await this.#fail(evaluation, error);
    }
  }

  #fail(evaluation: Evaluation, error: unknown): NowOrLater<Admission> {
    if (evaluation.taken !== undefined) void this.#options.state.giveBack(evaluation.taken);
    return this.#deny(evaluation, faultRefusal(error));
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
    const policy = policyFor(this.#options.policy, evaluation.reading.context?.tenant);
    evaluation.ruling = policy && this.#options.rulings.of(policy);
    evaluation.now = this.now();
    evaluation.leaseUntil = evaluation.now + this.#options.lease;
    return evaluation.ruling;
  }

  #decide(evaluation: Evaluation): NowOrLater<Admission> {
    const ruling = this.#begin(evaluation);
    const judgment = judgeCall(evaluation.reading, ruling, evaluation);
    evaluation.needs = judgment.needs;
    if (!judgment.granted) return this.#refuse(evaluation, judgment.refusal);
    const refusal = this.#inability(judgment);
    if (refusal !== undefined) return this.#deny(evaluation, refusal);
    const application = this.#options.state.take(judgment, evaluation);
    if (!isLater(application)) return this.#admitTaken(evaluation, judgment, application);
    return this.#admitTakenLater(evaluation, judgment, application);
  }

  async #admitTakenLater(
    evaluation: Evaluation,
    judgment: Granted,
    application: PromiseLike<Application>,
  ): Promise<Admission> {
    return await this.#admitTaken(evaluation, judgment, await application);
  }

  #admitTaken(evaluation: Evaluation, judgment: Granted, application: Application): NowOrLater<Admission> {
    if (application.refusal !== undefined) return this.#refuse(evaluation, application.refusal);
    evaluation.taken = application.plan;
    return this.#permit(evaluation, judgment, application);
  }

  /** A call of which nothing is wrong but that a person must approve it runs where one has. */
  #refuse(evaluation: Evaluation, refusal: Refusal): NowOrLater<Admission> {
    if (!isDemanded(refusal)) return this.#deny(evaluation, refusal);
    return this.#redeem(evaluation, refusal);
  }

  async #redeem(evaluation: Evaluation, refusal: Refusal): Promise<Admission> {
    const { reading, ruling, evaluationId, now, leaseUntil } = evaluation;
    const occasion = { evaluationId, now, leaseUntil };
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

  #permit(evaluation: Evaluation, judgment: Granted, taken: TakenCall, redeemed?: RedeemedCall): NowOrLater<Admission> {
    const { evaluationId, now, leaseUntil, ruling } = evaluation;
    const { arguments: judged, tool, context } = evaluation.reading;
    if (judged === undefined || context === undefined) throw new TypeError("a permit without arguments or context");
    if (ruling === undefined) throw new TypeError("a permit without a policy");
    const { needs } = judgment;
    const { cost } = needs;
    const { audit } = this.#options;
    const logged = audit.writes;
    const facts = { judgment, taken, redeemed, logged };
    const decision = permitOf(evaluationId, ruling.policy.digest, facts);
    const admitted: Admitted = {
      decision,
      tool,
      context,
      arguments: judged,
      needs,
      ruling,
      plan: taken.plan,
      cost,
      leaseUntil,
    };
    if (!logged) return admitted;
    // INVARIANT (E1, L7): the permit's record is durable before anyone can start the tool.
    const written = audit.appendPermit(decisionRecord(decision, evaluation, now), now);
    return isLater(written) ? after(written, admitted) : admitted;
  }

  #deny(evaluation: Evaluation, refusal: Refusal, asked?: AskedApproval): NowOrLater<{ readonly decision: Deny }> {
    const decision = denialOf(evaluation, refusal, { logged: this.#options.audit.writes, asked });
    const remembered = this.#options.state.rememberDenial(evaluation);
    if (!isLater(remembered)) return this.#record(evaluation, decision);
    return this.#recordLater(evaluation, decision, remembered);
  }

  async #recordLater(
    evaluation: Evaluation,
    decision: Deny,
    remembered: PromiseLike<void>,
  ): Promise<{ readonly decision: Deny }> {
    await remembered;
    return await this.#record(evaluation, decision);
  }

  /** INVARIANT (D6): a denial that cannot be recorded is a denial all the same, and says so. */
  #record(evaluation: Evaluation, decision: Deny): NowOrLater<{ readonly decision: Deny }> {
    const { audit } = this.#options;
    if (!audit.writes) return { decision };
    try {
      const written = audit.append(decisionRecord(decision, evaluation, this.now()));
      return isLater(written) ? this.#recorded(decision, written) : { decision };
    } catch (fault) {
      return this.#recordLost(decision, fault);
    }
  }

  async #recorded(decision: Deny, written: PromiseLike<void>): Promise<{ readonly decision: Deny }> {
    try {
      await written;
      return { decision };
    } catch (fault) {
      return this.#recordLost(decision, fault);
    }
  }

  #recordLost(decision: Deny, fault: unknown): { readonly decision: Deny } {
    this.#options.onFault(fault);
    return { decision: Object.freeze({ ...decision, logged: false }) };
  }
}

async function after(written: PromiseLike<void>, admitted: Admitted): Promise<Admitted> {
  await written;
  return admitted;
}

/** INVARIANT (B3): what is no id would be that of several calls, of which one alone is charged. */
function readId(id: unknown): string {
  if (typeof id === "string" && id !== "") return id;
  throw new TypeError("newId gave no id");
}

/** INVARIANT (D9): what all objects inherit was asked of nobody. */
function askedOf(refusal: Refusal): AskedApproval | undefined {
  return Object.hasOwn(refusal, "approval") ? refusal.approval : undefined;
}
