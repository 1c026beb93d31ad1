import { open } from "node:fs/promises";
import type { AuditCheckpoint } from "../audit/audit-chain.ts";
import type { AuditVerification } from "../audit/audit-verification.ts";
import { scanAuditFile } from "./scan-audit-file.ts";

/** How a file is verified. */
export interface VerifyAuditFileOptions {
  /** What the file is known to hold at least, from where its host cannot write. */
  readonly checkpoint?: AuditCheckpoint | undefined;
  /** Told of each line before the first fault, with its newline, in order: what reads a log so reads what was verified. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Verifies the audit log in a file and names its first fault, reading it once in constant memory.
 *
 * Any change, insertion, removal or reordering within the log is noticed. A removed end, or a file rewritten as a whole,
 * CANNOT be noticed without a checkpoint that was kept elsewhere. A log that is being written may seem torn while a
 * write is under way. Rejects with the system's error for a file that cannot be read, and with a `TypeError` for a
 * checkpoint that is not one.
 */
export async function verifyAuditFile(path: string, options: VerifyAuditFileOptions = {}): Promise<AuditVerification> {
  const handle = await open(path, "r");
  try {
    const { verification } = await scanAuditFile(handle, options);
    return verification;
  } finally {
    await handle.close();
  }
}
