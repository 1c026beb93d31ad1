import type { AuditClient } from "./audit-client.ts";
import type { AuthorizerOptions } from "./authorizer.ts";
import { readContext } from "./call-context.ts";
import { declassificationRecord, suspensionRecord } from "./decision-record.ts";
import {
  type Declassification,
  type DeclassificationAnswer,
  judgeDeclassification,
  readDeclassification,
} from "./declassification.ts";
import { planStopQuestion, planSwitch } from "./plan/plan-suspension.ts";
import { endOfOwner } from "./plan/session-end.ts";
import { type PolicyChoice, policyFor } from "./policy-choice.ts";
import type { StateClient } from "./state-client.ts";
import { listedTarget, type Suspended, type Suspensions } from "./suspension.ts";
import type { CallContext, Subject } from "./tool-call.ts";

/** What {@link Interventions} works with. */
export interface InterventionsOptions {
  readonly policy: PolicyChoice;
  readonly client: StateClient;
  readonly audit: AuditClient;
  readonly suspensions: Suspensions;
  readonly sessions: AuthorizerOptions["sessions"];
  /** Epoch milliseconds. Throws where the clock does not give a time. */
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
}

/** What people do about calls from outside: stop them, let them go on, lift a rule for them. All of it is recorded. */
export class Interventions {
  readonly #options: InterventionsOptions;

  constructor(options: InterventionsOptions) {
    this.#options = options;
  }

  async suspend(target: Suspended, end: number = Number.MAX_SAFE_INTEGER, reason?: string): Promise<void> {
    // INVARIANT (R7): what is no moment, such as NaN, would compare as past and stop nothing.
    const until = this.#lastsUntil(target, end <= latestTime ? end : Number.MAX_SAFE_INTEGER);
    // Here first: what must stop stops at once, whatever becomes of the rest.
    this.#options.suspensions.stop(target, until);
    const now = this.#options.now();
    const facts = { until, now, by: "application", reason } as const;
    const record = async () => this.#options.audit.append(suspensionRecord(listedTarget(target), facts));
    if (target.kind === "everything") return record();
    const tell = async () => {
      await this.#options.client.write(planSwitch(target, until, now));
      this.#options.suspensions.told(target);
    };
    await allDone(record(), tell());
  }

  /** A session that ends is stopped until its end at most: nobody asks after that, so that the store need not keep it. */
  #lastsUntil(target: Suspended, until: number): number {
    if (target.kind !== "session" || this.#options.sessions === undefined) return until;
    try {
      const { id, user, issuer, tenant } = target;
      const ends = endOfOwner("session", {
        sessionEnds: this.#options.sessions.endOf(id, { id: user, issuer, tenant }),
      });
      return ends !== undefined && ends < until ? ends : until;
    } catch (fault) {
      this.#options.onFault(fault);
      return until;
    }
  }

  async resume(target: Suspended): Promise<void> {
    const now = this.#options.now();
    await this.#options.audit.append(
      suspensionRecord(listedTarget(target), { until: undefined, now, by: "application" }),
    );
    if (target.kind !== "everything") await this.#options.client.write(planSwitch(target, undefined, now));
    this.#options.suspensions.resume(target);
  }

  /**
   * Whether people have stopped calls of a context. Never fails.
   *
   * INVARIANT (R7): where the store does not answer, what it last said of anybody holds; where nothing can be said, they have.
   */
  async isSuspended(source: CallContext | undefined): Promise<boolean> {
    const { suspensions, client, onFault } = this.#options;
    try {
      const now = this.#options.now();
      const { context } = readContext(source);
      if (suspensions.stoppedByPeople(context, now)) return true;
      if (context === undefined) return false;
      try {
        return (await client.apply(planStopQuestion(context, now))).held !== true;
      } catch (fault) {
        onFault(fault);
        return suspensions.remembers(context, now);
      }
    } catch (fault) {
      onFault(fault);
      return true;
    }
  }

  async declassify(asked: Declassification, approver: Subject): Promise<DeclassificationAnswer> {
    const reading = readDeclassification(asked, approver);
    const policy = policyFor(this.#options.policy, reading.session?.tenant);
    const now = this.#options.now();
    const answer = judgeDeclassification(reading, policy, now);
    // INVARIANT (S5): nothing is lifted before the record of who lifted it is durable.
    await this.#options.audit.append(declassificationRecord({ reading, answer, policy: policy?.digest ?? "", now }));
    const logged = this.#options.audit.writes;
    if ("refusal" in answer)
      return { allowed: false, code: answer.refusal.code, reason: answer.refusal.reason, logged };
    await this.#options.client.write(answer.plan);
    return { allowed: true, until: answer.until, logged };
  }
}

/** Epoch milliseconds: no date is later than this. */
const latestTime = 8_640_000_000_000_000;

/** Waits for all, and rejects with what the first of them rejected with. */
async function allDone(...promises: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(promises)) if (settled.status === "rejected") throw settled.reason;
}
