import { isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import type { AuditCheckpoint } from "../audit/audit-chain.ts";
import { type AuditVerification, auditLineLimit, type InvalidAudit } from "../audit/audit-verification.ts";
import { AuditVerifier } from "../audit/verify-audit-lines.ts";
import { nodeSha256 } from "./node-sha256.ts";

/** What was found in a file, and how far it is whole. */
export interface AuditScan {
  readonly verification: AuditVerification;
  readonly whole: AuditCheckpoint;
  /** How many bytes the whole lines take. */
  readonly bytes: number;
}

/** How a file is scanned. */
export interface ScanOptions {
  readonly checkpoint?: AuditCheckpoint | undefined;
  /** Told of each line that is whole, with its newline, in order. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Verifies an open file from its beginning, in constant memory. */
export async function scanAuditFile(handle: FileHandle, { checkpoint, onLine }: ScanOptions): Promise<AuditScan> {
  const verifier = new AuditVerifier({ checkpoint, sha256: nodeSha256 });
  const buffer = Buffer.alloc(auditLineLimit + chunkSize);
  let bytes = 0;
  let filled = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, filled, chunkSize, bytes + filled);
    const read = buffer.subarray(0, filled + bytesRead);
    const { taken, fault } = takeLines({ verifier, onLine }, read);
    bytes += taken;
    filled = read.copy(buffer, 0, taken);
    const verification = fault ?? (bytesRead === 0 ? end(verifier, filled) : undefined);
    if (verification !== undefined) return { verification, whole: verifier.reached, bytes };
  }
}

// The event loop waits for the lines of one chunk: about a millisecond.
const chunkSize = 64 * 1024;

interface LinesTaken {
  /** How many bytes were whole lines. */
  readonly taken: number;
  readonly fault: InvalidAudit | undefined;
}

/** Who takes lines. */
interface LineTaker extends Pick<ScanOptions, "onLine"> {
  readonly verifier: AuditVerifier;
}

function takeLines(taker: LineTaker, read: Buffer): LinesTaken {
  let taken = 0;
  for (;;) {
    const end = read.indexOf("\n", taken) + 1;
    if ((end === 0 ? read.length : end) - taken > auditLineLimit)
      return { taken, fault: taker.verifier.fault("too_long") };
    if (end === 0) return { taken, fault: undefined };
    const fault = takeLine(taker, read.subarray(taken, end));
    if (fault !== undefined) return { taken, fault };
    taken = end;
  }
}

function takeLine({ verifier, onLine }: LineTaker, line: Buffer): InvalidAudit | undefined {
  // Decoding would replace bytes that are not UTF-8, and a line could then be changed without notice.
  if (!isUtf8(line)) return verifier.fault("not_json");
  const text = line.toString("utf8");
  const fault = verifier.take(text);
  if (fault === undefined) onLine?.(text);
  return fault;
}

function end(verifier: AuditVerifier, rest: number): AuditVerification {
  const verification = verifier.end();
  return verification.valid && rest > 0 ? verifier.fault("torn_tail") : verification;
}
