/** Why an audit log refuses. */
export type AuditLogErrorCode =
  /** As many records wait, or are kept, as the log was configured for. */
  | "full"
  /** The log was closed. */
  | "closed"
  /** The record cannot be written as one line of JSON. */
  | "not_recordable"
  /** The disk did not take the records. Later records may succeed. */
  | "write_failed"
  /** Someone else changed the file: to go on would fork the chain. The log takes no more records. */
  | "changed"
  /** Another writer has the file open. */
  | "locked"
  /** The file is not a log that can be continued. */
  | "invalid";

/** An audit log could not do what it was asked to. Whoever waits for the record must take it as not recorded. */
export class AuditLogError extends Error {
  override readonly name = "AuditLogError";
  readonly code: AuditLogErrorCode;

  constructor(code: AuditLogErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
