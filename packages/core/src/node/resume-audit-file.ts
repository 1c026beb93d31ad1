import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type AuditCheckpoint, chainRecord } from "../audit/audit-chain.ts";
import { AuditLogError } from "../audit/audit-log-error.ts";
import { AppendFile } from "./append-file.ts";
import { nodeSha256 } from "./node-sha256.ts";
import { type AuditScan, scanAuditFile } from "./scan-audit-file.ts";

/** What a file must hold to be continued, and what time it is. */
export interface ResumeOptions {
  readonly checkpoint: AuditCheckpoint | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A file ready to be appended to, and how far its chain has come. */
export interface ResumedFile {
  readonly file: AppendFile;
  readonly head: AuditCheckpoint;
}

/** Opens a log's file, verifies it, and cuts off a torn end. Rejects with `invalid` for a file that does not verify. */
export async function resumeAuditFile(path: string, { checkpoint, now }: ResumeOptions): Promise<ResumedFile> {
  const file = await AppendFile.open(path);
  try {
    const scan = await scanAuditFile(file.handle, { checkpoint });
    const { verification, whole } = scan;
    if (verification.valid) return { file, head: whole };
    if (verification.fault === "torn_tail") return { file, head: await recover(file, scan, now()) };
    throw new AuditLogError("invalid", `${path} cannot be continued: ${verification.message}`);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function recover(file: AppendFile, { whole, bytes }: AuditScan, now: number): Promise<AuditCheckpoint> {
  const { line, checkpoint } = chainRecord(
    {
      type: "recovery",
      time: new Date(now).toISOString(),
      bytes: file.length - bytes,
      digest: `sha256:${await digestFrom(file.handle, bytes)}`,
    },
    whole,
    nodeSha256,
  );
  // The record takes the place of what it tells of: a crash at any moment leaves one or the other, and nothing vanishes.
  await file.replaceTail(bytes, Buffer.from(line));
  return checkpoint;
}

async function digestFrom(handle: FileHandle, offset: number): Promise<string> {
  const digest = createHash("sha256");
  const buffer = Buffer.alloc(64 * 1024);
  let position = offset;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return digest.digest("hex");
    digest.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
