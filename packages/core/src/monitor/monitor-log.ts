import type { AuditRecord, MonitorRecord, OutcomeStatus } from "../audit/audit-record.ts";
import type { AuditClient } from "../audit-client.ts";
import type { Deny, Monitored, Permit } from "../decision.ts";
import { outcomeRecord } from "../decision-record.ts";
import { type MicroUnits, noMoney } from "../money.ts";
import { randomId } from "../platform.ts";
import { timeText } from "../time-text.ts";
import type { AskedCall } from "./asked-call.ts";
import { MonitorError } from "./monitor-error.ts";

/** What {@link MonitorLog} works with. */
export interface MonitorLogOptions {
  readonly audit: AuditClient;
  readonly clock: () => number;
  readonly onFault: (fault: MonitorError) => void;
}

/** Records what monitor mode lets through. Never fails: what cannot be recorded is told, and stops nothing. */
export class MonitorLog {
  readonly #options: MonitorLogOptions;

  constructor(options: MonitorLogOptions) {
    this.#options = options;
  }

  /** Turns a denial into a permit once it is on record, or somebody was told that it is not. */
  async permit(denial: Deny, { reading }: AskedCall, denied: Monitored["denied"]): Promise<Permit> {
    const { code, reason, rule, scopes, policy } = denial;
    // What failed before it could name its evaluation has none.
    const evaluationId = denial.evaluationId === "" ? randomId() : denial.evaluationId;
    const { tool, context } = reading;
    const { tenant = "", issuer = "", subject = null, actor = null, session = null } = context ?? {};
    const what = { evaluationId, denied, code, reason, rule: rule ?? null };
    const who = { tenant, issuer, subject, actor, session, tool, policy };
    const recorded = await this.#append(
      evaluationId,
      (time): MonitorRecord => ({ type: "monitor", time, ...what, ...who }),
    );
    if (recorded && !denial.logged) this.#tell(evaluationId, "the decision", undefined);
    return Object.freeze({
      allowed: true,
      evaluationId,
      reason: "monitor mode enforces no denial of this call",
      rule: "monitor",
      scopes,
      cost: "0.00",
      obligations: [],
      degraded: [],
      policy,
      logged: recorded && denial.logged,
      monitored: Object.freeze({ denied, code, reason, rule }),
    });
  }

  /** Records how a call ended that was let through. `cost`: what it said that it cost. */
  async end(evaluationId: string, status: OutcomeStatus, cost: MicroUnits = noMoney): Promise<void> {
    await this.#append(evaluationId, (_time, now) =>
      outcomeRecord({ evaluationId, status, cost, reserved: cost, now }),
    );
  }

  async #append(evaluationId: string, recordOf: (time: string, now: number) => AuditRecord): Promise<boolean> {
    try {
      const now = Math.floor(this.#options.clock());
      await this.#options.audit.append(recordOf(timeText(now), now));
      return true;
    } catch (cause) {
      this.#tell(evaluationId, "what monitor mode let through", cause);
      return false;
    }
  }

  #tell(evaluationId: string, what: string, cause: unknown): void {
    const more = cause === undefined ? { evaluationId } : { evaluationId, cause };
    this.#options.onFault(new MonitorError("unrecorded", `${what} could not be recorded`, more));
  }
}
