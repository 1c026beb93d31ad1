import { AuditLogError } from "./audit-log-error.ts";
import type { AuditLog, AuditRecord } from "./audit-record.ts";

/** How a memory log is made. */
export interface MemoryAuditLogOptions {
  /** How many records it keeps. Beyond them it refuses: a log that forgets is no proof. Default: 10,000. */
  readonly capacity?: number | undefined;
}

/** A log that is gone with its process. */
export interface MemoryAuditLog extends AuditLog {
  append(record: AuditRecord): Promise<void>;
  /** What was recorded, in order; deeply frozen copies. */
  readonly records: readonly AuditRecord[];
}

/** Makes a log in memory, for tests and for programs whose decisions need no proof later. */
export function createMemoryAuditLog({ capacity = 10_000 }: MemoryAuditLogOptions = {}): MemoryAuditLog {
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw new TypeError("capacity must be an integer above zero");
  const records: AuditRecord[] = [];
  return {
    records,
    async append(record) {
      if (records.length >= capacity) {
        throw new AuditLogError("full", `the audit log holds ${capacity} records, as many as it may`);
      }
      records.push(frozenCopy(record));
    },
  };
}

function frozenCopy<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  const copy: unknown = Array.isArray(value)
    ? value.map(frozenCopy)
    : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, frozenCopy(member)]));
  // A member by member copy of plain data has the type of what it was copied from.
  return Object.freeze(copy) as Value;
}
