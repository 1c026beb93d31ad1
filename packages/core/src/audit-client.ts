import type { AuditLog, AuditRecord, DecisionRecord } from "./audit/audit-record.ts";
import { outcomeRecord } from "./decision-record.ts";
import { noMoney } from "./money.ts";
import { isLater, type NowOrLater } from "./now-or-later.ts";
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

  /** Makes a record durable. Fails where that fails or takes too long. */
  append(record: AuditRecord): NowOrLater<void> {
    const written = this.#log?.append(record);
    return isLater(written) ? withDeadline(written, this.#deadline, "the audit log") : undefined;
  }

  /** Makes the record of a permit durable. Fails with an `UnavailableError`, and the call must then not start. */
  appendPermit(record: DecisionRecord, now: number): NowOrLater<void> {
    let written: NowOrLater<void>;
    try {
      written = this.#log?.append(record);
    } catch (error) {
      throw unavailable("the audit log", error);
    }
    return isLater(written) ? this.#permitWritten(written, record, now) : undefined;
  }

  async #permitWritten(written: PromiseLike<void>, { evaluationId }: DecisionRecord, now: number): Promise<void> {
    try {
      await withDeadline(written, this.#deadline, "the audit log");
    } catch (error) {
      // A record that becomes durable too late says that the call was permitted: say also that it never started.
      const neverStarted = { evaluationId, status: "not_started", cost: noMoney, reserved: noMoney, now } as const;
      Promise.resolve(written)
        .then(() => this.append(outcomeRecord(neverStarted)))
        .catch(() => {});
      throw unavailable("the audit log", error);
    }
  }
}
