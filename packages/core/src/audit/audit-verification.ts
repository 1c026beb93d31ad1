import type { AuditCheckpoint } from "./audit-chain.ts";

/** What can be wrong with a log. */
export type AuditFault =
  /** The line is not JSON text in UTF-8. */
  | "not_json"
  /** The line is JSON, but not a chained record of a version that is known. */
  | "shape"
  /** The line says the same as a record, but not byte for byte as it is written. */
  | "not_canonical"
  /** A record is missing, added or out of its order. */
  | "sequence"
  /** The record was chained to another line than the one before it. */
  | "previous"
  /** The record was changed. */
  | "hash"
  /** The last line has no newline: its write did not end. */
  | "torn_tail"
  /** The line is longer than {@link auditLineLimit}. */
  | "too_long"
  /** The log ends before the checkpoint. */
  | "truncated"
  /** The log reaches the checkpoint, but with other records. */
  | "checkpoint";

/** The longest line that a log may hold: in bytes, with its newline. */
export const auditLineLimit = 1024 * 1024;

/** A log's first fault. */
export interface InvalidAudit {
  readonly valid: false;
  /** The line of the fault, counted from 1. */
  readonly line: number;
  readonly fault: AuditFault;
  /** For people. Holds nothing that the log says. */
  readonly message: string;
}

/** What is known of a log after every line of it was read. */
export type AuditVerification = ({ readonly valid: true } & AuditCheckpoint) | InvalidAudit;
