import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../digest.ts";
import type { JsonObject, JsonValue } from "../tool-call.ts";
import { type AuditCheckpoint, type ChainedLine, chainText, emptyCheckpoint, type Sha256 } from "./audit-chain.ts";
import { type AuditFault, type AuditVerification, auditLineLimit, type InvalidAudit } from "./audit-verification.ts";
import { escapeHidden } from "./hidden-characters.ts";
import { RecordWriter } from "./record-text.ts";

/** How a log is verified. */
export interface VerifyAuditOptions {
  /** What the log is known to hold at least. Without it, a log that was cut short or rewritten as a whole is valid. */
  readonly checkpoint?: AuditCheckpoint | undefined;
  /** Default: a portable one. */
  readonly sha256?: Sha256 | undefined;
}

/**
 * Verifies a log line by line and names its first fault. Lines come in order, each with its newline.
 *
 * Any change, insertion, removal or reordering within the log is noticed. A removed end, or a log rewritten as a whole,
 * CANNOT be noticed from the log alone, because whoever writes it can compute the hashes: that takes a checkpoint, kept
 * where they cannot write. Throws a `TypeError` for a checkpoint that is not one.
 */
export async function verifyAuditLines(
  lines: Iterable<string> | AsyncIterable<string>,
  options: VerifyAuditOptions = {},
): Promise<AuditVerification> {
  const verifier = new AuditVerifier(options);
  for await (const line of lines) {
    const fault = verifier.take(line);
    if (fault !== undefined) return fault;
  }
  return verifier.end();
}

/** Verifies lines as they are handed to it. After a fault it takes no more. */
export class AuditVerifier {
  readonly #expected: AuditCheckpoint | undefined;
  readonly #sha256: Sha256;
  readonly #writer = new RecordWriter();
  #reached = emptyCheckpoint;

  constructor(options: VerifyAuditOptions) {
    this.#expected = options.checkpoint;
    this.#sha256 = options.sha256 ?? sha256;
    if (this.#expected !== undefined) requireCheckpoint(this.#expected);
  }

  /** How far the log was found to be whole. */
  get reached(): AuditCheckpoint {
    return this.#reached;
  }

  /** Takes the next line, with its newline. Answers what is wrong with it, if anything is. */
  take(line: string): InvalidAudit | undefined {
    if (!line.endsWith("\n")) return this.fault("torn_tail");
    if (line.length > auditLineLimit) return this.fault("too_long");
    const value = parse(line);
    if (value === undefined) return this.fault("not_json");
    if (!isChained(value)) return this.fault("shape");
    // INVARIANT: a line is valid only as the very text that a writer would write for this record in this place (L1).
    const chained = this.#chain(value);
    if (chained?.line !== line) return this.fault(difference(value, line, this.#reached));
    this.#reached = chained.checkpoint;
    return this.#differsFromCheckpoint() ? this.#describe("checkpoint", this.#reached.records) : undefined;
  }

  /** There are no more lines. */
  end(): AuditVerification {
    if (this.#differsFromCheckpoint()) return this.#describe("checkpoint", this.#reached.records);
    if (this.#expected !== undefined && this.#reached.records < this.#expected.records) return this.fault("truncated");
    return { valid: true, ...this.#reached };
  }

  /** What is said of a fault in the line that comes next. */
  fault(fault: AuditFault): InvalidAudit {
    return this.#describe(fault, this.#reached.records + 1);
  }

  #chain(value: ChainedRecord): ChainedLine | undefined {
    try {
      return chainText(this.#writer.write(value), this.#reached, this.#sha256);
    } catch {
      // Nested deeper than the stack: no writer writes such a line.
      return undefined;
    }
  }

  #differsFromCheckpoint(): boolean {
    return this.#reached.records === this.#expected?.records && this.#reached.head !== this.#expected.head;
  }

  #describe(fault: AuditFault, line: number): InvalidAudit {
    return { valid: false, line, fault, message: `line ${line} ${faultTexts[fault]}` };
  }
}

const faultTexts: Readonly<Record<AuditFault, string>> = {
  not_json: "is not JSON text",
  shape: "is not a chained audit record of version 1",
  not_canonical: "is not written as an audit log writes it",
  sequence: "is not the next record: one was removed, added or moved",
  previous: "does not follow the line before it",
  hash: "was changed: its hash is that of other content",
  torn_tail: "has no newline: its write did not end, or its end was cut off",
  too_long: `is longer than ${auditLineLimit} bytes`,
  truncated: "is missing: the log ends before the checkpoint",
  checkpoint: "is not the record of the checkpoint: the log was rewritten",
};

interface ChainedRecord extends JsonObject {
  readonly version: 1;
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
}

function requireCheckpoint({ records, head }: AuditCheckpoint): void {
  // A count that is not one would compare as "not fewer" with any log, and a cut log would pass.
  if (!Number.isSafeInteger(records) || records < 0) throw new TypeError("a checkpoint's records must be a count");
  if (!isHash(head)) throw new TypeError("a checkpoint's head must be 64 lower-case hex digits");
}

function parse(line: string): JsonValue | undefined {
  try {
    // JSON.parse gives JSON values.
    return JSON.parse(line) as JsonValue;
  } catch {
    return undefined;
  }
}

function isChained(value: JsonValue): value is ChainedRecord {
  if (typeof value !== "object" || value === null || isList(value)) return false;
  return (
    value["version"] === 1 &&
    typeof value["sequence"] === "number" &&
    isHash(value["previous"]) &&
    isHash(value["hash"])
  );
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function difference(record: ChainedRecord, line: string, reached: AuditCheckpoint): AuditFault {
  if (!isCanonical(record, line)) return "not_canonical";
  if (record.sequence !== reached.records + 1) return "sequence";
  return record.previous === reached.head ? "hash" : "previous";
}

function isCanonical(record: ChainedRecord, line: string): boolean {
  try {
    return `${escapeHidden(canonicalJson(record))}\n` === line;
  } catch {
    return false;
  }
}
