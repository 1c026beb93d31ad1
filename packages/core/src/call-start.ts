import { type Admission, type Admitted, isAdmitted } from "./admission.ts";
import type { KnownContext } from "./call-context.ts";
import type { CallEnd } from "./call-end.ts";
import type { CallGate } from "./call-gate.ts";
import { sessionOver } from "./judge-call.ts";
import type { LeaseRenewal } from "./lease-renewal.ts";
import { andThen, isLater, type NowOrLater } from "./now-or-later.ts";
import type { ObligationHandler } from "./obligation-handler.ts";
import { type OpenPermits, requestKey } from "./open-permits.ts";
import { isSessionOver } from "./plan/session-end.ts";
import { unavailable, withDeadline } from "./platform.ts";
import type { CallReading } from "./read-call.ts";
import type { Refusal } from "./refusal.ts";
import { type Suspensions, suspended } from "./suspension.ts";

/** What {@link CallStart} works with. */
export interface CallStartOptions {
  readonly gate: CallGate;
  readonly end: CallEnd;
  readonly open: OpenPermits;
  readonly leases: LeaseRenewal;
  readonly suspensions: Suspensions;
  /** By the type of the duty. */
  readonly handlers: ReadonlyMap<string, ObligationHandler>;
  /** Milliseconds. */
  readonly deadline: number;
  readonly onFault: (fault: unknown) => void;
}

/** From a call to the moment at which its tool may start, or never does. */
export class CallStart {
  readonly #options: CallStartOptions;

  constructor(options: CallStartOptions) {
    this.#options = options;
  }

  /** Decides a call that is not run yet, once for the same request. Never rejects. */
  async permit(reading: CallReading): Promise<Admission> {
    const { gate, open } = this.#options;
    this.#expireAbandoned();
    const key = requestKey(reading, gate.policyDigest(reading));
    const asked = open.asked(key);
    if (asked !== undefined) return this.#again(await asked, reading);
    const tenant = reading.context?.tenant ?? "";
    if (open.isFull(tenant)) return gate.deny(reading, tooMany);
    const admission = Promise.resolve(gate.admit(reading));
    open.add(key, tenant, admission);
    return admission;
  }

  /**
   * The answer that was given before, as long as it holds. The permit stays open: whoever got it first may be running the
   * tool, and settles it.
   */
  #again(admission: Admission, reading: CallReading): NowOrLater<Admission> {
    const refusal = isAdmitted(admission) ? this.#endOf(admission) : undefined;
    return refusal === undefined ? admission : this.#options.gate.deny(reading, refusal);
  }

  /** Takes the permit that `authorize` gave for this very call, or asks for one. Then the tool starts or never does. */
  start(reading: CallReading): NowOrLater<Admission> {
    const admission = this.#admit(reading);
    return isLater(admission) ? this.#beginLater(admission, reading) : this.#begin(admission, reading);
  }

  async #beginLater(admission: PromiseLike<Admission>, reading: CallReading): Promise<Admission> {
    return await this.#begin(await admission, reading);
  }

  #begin(admission: Admission, reading: CallReading): NowOrLater<Admission> {
    if (!isAdmitted(admission)) return admission;
    if (admission.decision.obligations.length > 0) return this.#beginWithDuties(admission, reading);
    const refusal = this.lateRefusal(admission, reading);
    return refusal === undefined ? admission : this.#giveUp(admission, reading, refusal);
  }

  /** INVARIANT: no tool starts before every duty of its permit was performed. */
  async #beginWithDuties(admitted: Admitted, reading: CallReading): Promise<Admission> {
    this.#options.leases.begin(admitted);
    const refusal = (await this.#perform(admitted)) ?? this.lateRefusal(admitted, reading);
    return refusal === undefined ? admitted : await this.#giveUp(admitted, reading, refusal);
  }

  async #giveUp(admitted: Admitted, reading: CallReading, refusal: Refusal): Promise<Admission> {
    const { end, gate } = this.#options;
    await end.finish(admitted, "not_started");
    return await gate.deny(reading, refusal);
  }

  async #perform({ decision, tool, arguments: judged }: Admitted): Promise<Refusal | undefined> {
    try {
      for (const obligation of decision.obligations) {
        const performed = this.#options.handlers.get(obligation.type)?.(obligation, {
          decision,
          tool,
          arguments: judged,
        });
        if (performed !== undefined)
          await withDeadline(Promise.resolve(performed), this.#options.deadline, "an obligation");
      }
      return undefined;
    } catch (error) {
      this.#options.onFault(error);
      const reason = "a duty that comes with this call could not be performed";
      return { code: "unavailable", reason, detail: unavailable("an obligation", error).message, retryable: true };
    }
  }

  #admit(reading: CallReading): NowOrLater<Admission> {
    this.#expireAbandoned();
    // INVARIANT (E3): taking a permit is synchronous, so two runs never share one.
    const taken = this.#options.open.empty
      ? undefined
      : this.#options.open.take(requestKey(reading, this.#options.gate.policyDigest(reading)));
    return taken === undefined ? this.#options.gate.admit(reading) : this.#retake(taken, reading);
  }

  async #retake(taken: Promise<Admission>, reading: CallReading): Promise<Admission> {
    const admission = await taken;
    if (!isAdmitted(admission)) return this.#options.gate.admit(reading);
    if (this.#endOf(admission) === undefined) {
      await this.#options.leases.resume(admission);
      return admission;
    }
    // What holds now is asked anew.
    await this.#options.end.finish(admission, "not_started");
    return this.#options.gate.admit(reading);
  }

  /** Why a tool does not start although its call was permitted a while ago. */
  lateRefusal(admitted: Admitted, { signal }: CallReading): Refusal | undefined {
    if (isAborted({ signal })) return aborted;
    return this.#endOf(admitted);
  }

  /**
   * Why a permit from before a suspension, as far as one is known here, or the session's end is good for nothing after it
   * (R7, S1).
   *
   * INVARIANT (D3), here and below: what keeps a call from starting does so unless it is known not to hold.
   */
  #endOf({ context }: Admitted): Refusal | undefined {
    const { gate, onFault } = this.#options;
    let doubt = suspended;
    try {
      if (this.#isStopped(context)) return suspended;
      doubt = sessionOver;
      return isSessionOver(context, gate.now()) ? sessionOver : undefined;
    } catch (fault) {
      onFault(fault);
      return doubt;
    }
  }

  #isStopped(context: KnownContext): boolean {
    const { gate, suspensions } = this.#options;
    if (suspensions.none) return false;
    const now = gate.now();
    return suspensions.holds(context, now) || suspensions.remembers(context, now);
  }

  /** INVARIANT (E3): what was held for the call is held no more, so that another may run in its place. */
  hasEnded({ leaseUntil }: Admitted): boolean {
    try {
      return leaseUntil <= this.#options.gate.now();
    } catch (fault) {
      this.#options.onFault(fault);
      return true;
    }
  }

  #expireAbandoned(): void {
    if (this.#options.open.empty) return;
    try {
      const { open, end, gate } = this.#options;
      for (const admitted of open.takeExpired(gate.now()))
        void andThen(end.expire(admitted), (ended) => ended || open.putBack(admitted));
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }
}

const tooMany: Refusal = { code: "unavailable", reason: "too many permits are open", retryable: true };

/** A signal that cannot be read has been given: whoever gave it may have aborted. */
function isAborted({ signal }: Pick<CallReading, "signal">): boolean {
  try {
    return signal?.aborted === true;
  } catch {
    return true;
  }
}

/** Why a call does not start whose permit has ended. */
export const expired: Refusal = {
  code: "indeterminate",
  reason: "the permit ended before the call had started",
  retryable: true,
};

const aborted: Refusal = { code: "indeterminate", reason: "the call was aborted before it started" };
