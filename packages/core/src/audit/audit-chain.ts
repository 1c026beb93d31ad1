import { sha256 } from "../digest.ts";
import type { AuditRecord } from "./audit-record.ts";
import { escapeHidden } from "./hidden-characters.ts";
import { chainMembers, type RecordText, RecordWriter } from "./record-text.ts";

/**
 * How far a log has come. Kept where the log's host cannot rewrite it, it is what later proves that nothing up to here
 * was cut off or replaced.
 */
export interface AuditCheckpoint {
  /** How many records the log holds. */
  readonly records: number;
  /** The hash of the last of them: 64 lower-case hex digits, all zeros for an empty log. */
  readonly head: string;
}

/** Where every chain begins. */
export const emptyCheckpoint: AuditCheckpoint = Object.freeze({ records: 0, head: "0".repeat(64) });

/** One line of a log, and how far the log has come with it. */
export interface ChainedLine {
  /** The line with its newline. */
  readonly line: string;
  readonly checkpoint: AuditCheckpoint;
}

/** SHA-256 over the UTF-8 bytes of a text, as 64 lower-case hex digits. A platform may have a quicker one than ours. */
export type Sha256 = (text: string) => string;

/**
 * Chains one record to the log that `checkpoint` describes. The line is the canonical JSON (RFC 8785) of
 * `{ ...record, version: 1, sequence, previous, hash }`: `sequence` counts from 1, `previous` is the hash of the line
 * before (64 zeros for the first), and `hash` is the SHA-256 of the canonical JSON of all the other members. In the
 * line, and only there, characters that a viewer would hide or obey are written as `\uXXXX`. Lone surrogates in values
 * become U+FFFD. Throws a `TypeError` for a record that is not JSON, or that has members of those names itself.
 */
export function chainRecord(record: AuditRecord, checkpoint: AuditCheckpoint, hash: Sha256 = sha256): ChainedLine {
  return chainText(chainableText(record, new RecordWriter()), checkpoint, hash);
}

/** The first half of {@link chainRecord}, which needs no knowledge of the records before. */
export function chainableText(record: AuditRecord, writer: RecordWriter): RecordText {
  for (const name of chainMembers) {
    if (Object.hasOwn(record, name)) throw new TypeError(`a record cannot have a member "${name}": the chain adds it`);
  }
  return writer.write(record);
}

/** The second half of {@link chainRecord}. */
export function chainText(text: RecordText, checkpoint: AuditCheckpoint, hash: Sha256): ChainedLine {
  const records = checkpoint.records + 1;
  const tail =
    `${text.beforePrevious}"previous":"${checkpoint.head}",` +
    `${text.beforeSequence}"sequence":${records},${text.beforeVersion}"version":1${text.afterVersion}}`;
  // INVARIANT: what is hashed is the canonical JSON of every member but the hash, whatever the line escapes (L4).
  const head = hash(`{${text.beforeHash}${tail}`);
  const line = `{${text.beforeHash}"hash":"${head}",${tail}\n`;
  return { line: text.hidden ? escapeHidden(line) : line, checkpoint: { records, head } };
}
