import type { AuditLog, AuditRecord, DecisionRecord } from "./audit/audit-record.ts";
import { outcomeRecord } from "./decision-record.ts";
import { noMoney } from "./money.ts";
import { unavailable, withDeadline } from "./platform.ts";

/** Writes to the audit log within a deadline. Without a log nothing is written. */
export class AuditClient {
  readonly #log: AuditLog | undefined;
  readonly #deadline: number;

  /** `deadline`: milliseconds. */
  constructor(log: AuditLog | undefined, deadline: number) {
    this.#log = log;
    this.#deadline = deadline;
  }

  /** Whether there is a log. */
  get writes(): boolean {
    return this.#log !== undefined;
  }

  /** Makes a record durable. Rejects where that fails or takes too long. */
  async append(record: AuditRecord): Promise<void> {
    if (this.#log !== undefined) await withDeadline(this.#write(record), this.#deadline, "the audit log");
  }

  /** Makes the record of a permit durable. Rejects with an `UnavailableError`, and the call must then not start. */
  async appendPermit(record: DecisionRecord, now: number): Promise<void> {
    if (this.#log === undefined) return;
    const { evaluationId } = record;
    const outcome = () =>
      this.append(outcomeRecord({ evaluationId, status: "not_started", cost: noMoney, reserved: noMoney, now }));
    const written = this.#write(record);
    try {
      await withDeadline(written, this.#deadline, "the audit log");
    } catch (error) {
      // A record that becomes durable too late says that the call was permitted: say also that it never started.
      written.then(outcome).catch(() => {});
      throw unavailable("the audit log", error);
    }
  }

  async #write(record: AuditRecord): Promise<void> {
    await this.#log?.append(record);
  }
}
