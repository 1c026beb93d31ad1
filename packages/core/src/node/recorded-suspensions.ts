import type { AuditLog } from "../audit/audit-record.ts";
import { AuditClient } from "../audit-client.ts";
import { canonicalJson } from "../canonical-json.ts";
import { suspensionRecord } from "../decision-record.ts";
import type { ListedSuspension, TargetMembers } from "../suspension-list.ts";
import type { FaultReporter } from "./fault-reporter.ts";

/** What {@link RecordedSuspensions} works with. */
export interface RecordedSuspensionsOptions {
  readonly audit: AuditLog | undefined;
  /** Told that a record could not be made durable, and of what `onChange` throws. */
  readonly reporter: FaultReporter;
  readonly onChange: (list: readonly ListedSuspension[]) => void;
}

interface Known {
  readonly entry: ListedSuspension;
  listed: boolean;
  recorded: boolean;
}

/**
 * Who is stopped, and that it is in the audit log. What is listed holds at once, and is recorded after; what is listed no
 * more is recorded first, and holds until it is.
 */
export class RecordedSuspensions {
  readonly #audit: AuditClient;
  readonly #reporter: FaultReporter;
  readonly #onChange: (list: readonly ListedSuspension[]) => void;
  readonly #known = new Map<string, Known>();
  #current: readonly ListedSuspension[] = [];
  #recording: Promise<void> | undefined;

  constructor({ audit, reporter, onChange }: RecordedSuspensionsOptions) {
    this.#audit = new AuditClient(audit, deadline);
    this.#reporter = reporter;
    this.#onChange = onChange;
  }

  /** Those who are stopped. A change is another list. */
  get current(): readonly ListedSuspension[] {
    return this.#current;
  }

  /** Takes a list in place of the one before. */
  replace(list: readonly ListedSuspension[]): void {
    const before = this.#known.size;
    const texts = new Map(list.map((entry) => [textOf(entry), entry]));
    for (const [text, entry] of texts) {
      if (!this.#known.has(text)) this.#known.set(text, { entry, listed: true, recorded: false });
    }
    let changed = this.#known.size !== before;
    for (const [text, known] of this.#known) {
      known.listed = texts.has(text);
      if (known.listed || this.#audit.writes) continue;
      this.#known.delete(text);
      changed = true;
    }
    if (changed) this.#publish();
  }

  /** Records what is not in the audit log yet, as far as that is possible. Never rejects. */
  record(): Promise<void> {
    if (!this.#audit.writes) return Promise.resolve();
    this.#recording ??= this.#recordAll().finally(() => {
      this.#recording = undefined;
    });
    return this.#recording;
  }

  async #recordAll(): Promise<void> {
    try {
      for (const [text, known] of this.#known) await this.#recordOne(text, known);
      this.#reporter.clear();
    } catch (fault) {
      this.#reporter.report(fault);
    }
  }

  async #recordOne(text: string, known: Known): Promise<void> {
    const { entry } = known;
    const { reason } = entry;
    const by = "file";
    if (!known.recorded) {
      const until = entry.until ?? Number.MAX_SAFE_INTEGER;
      await this.#audit.append(suspensionRecord(entry, { until, by, reason, now: Date.now() }));
      known.recorded = true;
    }
    if (known.listed) return;
    // INVARIANT (R7): whoever is stopped goes on only after the log says so.
    await this.#audit.append(suspensionRecord(entry, { until: undefined, by, reason, now: Date.now() }));
    known.recorded = false;
    // It may have been listed again meanwhile.
    if (known.listed) return this.#recordOne(text, known);
    this.#known.delete(text);
    this.#publish();
  }

  #publish(): void {
    this.#current = Object.freeze([...this.#known.values()].map(({ entry }) => entry));
    try {
      this.#onChange(this.#current);
    } catch (fault) {
      this.#reporter.tell(fault);
    }
  }
}

/** Milliseconds for each record. */
const deadline = 2_000;

function textOf(entry: ListedSuspension): string {
  const { kind, id, user, issuer, tenant }: TargetMembers = entry;
  const members = [kind, id, user, issuer, tenant, entry.until, entry.reason];
  return canonicalJson(members.map((member) => member ?? null));
}
