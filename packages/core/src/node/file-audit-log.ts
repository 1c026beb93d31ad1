import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type AuditCheckpoint, chainableText, chainText } from "../audit/audit-chain.ts";
import { AuditLogError } from "../audit/audit-log-error.ts";
import type { AuditLog, AuditRecord } from "../audit/audit-record.ts";
import { auditLineLimit } from "../audit/audit-verification.ts";
import { type RecordText, RecordWriter } from "../audit/record-text.ts";
import type { AppendFile } from "./append-file.ts";
import { hasErrorCode } from "./error-code.ts";
import { acquireFileLock, type FileLock } from "./file-lock.ts";
import { nodeSha256 } from "./node-sha256.ts";
import { resumeAuditFile } from "./resume-audit-file.ts";

/** How a file is opened as an audit log. */
export interface FileAuditLogOptions {
  /** How many records may wait for the disk. Beyond them, `append` rejects with `full`. Default: 10,000. */
  readonly capacity?: number | undefined;
  /** What the file is known to hold at least: a file that was cut shorter, or rewritten, is refused. */
  readonly checkpoint?: AuditCheckpoint | undefined;
  /** The time, in epoch milliseconds. Default: the system's. */
  readonly now?: (() => number) | undefined;
}

/**
 * An audit log in a file, one line a record, each chained to the one before.
 *
 * `append` keeps the order of its calls and rejects with an {@link AuditLogError}; what it rejected may still be found
 * in the file after a crash, what it resolved always is.
 */
export interface FileAuditLog extends AuditLog {
  append(record: AuditRecord): Promise<void>;
  /** How far the log is durable: to be kept where this host cannot write, for a later verification. */
  head(): AuditCheckpoint;
  /** Waits for the records under way, then gives the file free. */
  close(): Promise<void>;
}

/**
 * Opens a file as an audit log, for this process alone; makes it if there is none, in a directory that exists.
 *
 * The whole file is verified first. One that does not verify is refused with `invalid`, naming line and fault. A last
 * line without its newline is what a crash leaves of a write that nobody was told had succeeded: it is cut off, and a
 * `recovery` record says how much that was. Rejects with an {@link AuditLogError}, or the system's error where the file
 * cannot be read or written.
 */
export async function openFileAuditLog(path: string, options: FileAuditLogOptions = {}): Promise<FileAuditLog> {
  const { capacity = 10_000, checkpoint, now = Date.now } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw new TypeError("capacity must be an integer above zero");
  const target = await resolveTarget(path);
  const lock = await acquireFileLock(`${target}.lock`);
  try {
    const { file, head } = await resumeAuditFile(target, { checkpoint, now });
    return new ChainedFile({ file, lock, head, capacity });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Two names of one file must lead to one lock. */
async function resolveTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT")) throw error;
  }
  const directory = dirname(path);
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) throw new AuditLogError("invalid", `the directory ${directory} does not exist: make it first`);
  return join(await realpath(directory), basename(path));
}

interface Waiting {
  readonly text: RecordText;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface ChainedFileParts {
  readonly file: AppendFile;
  readonly lock: FileLock;
  readonly head: AuditCheckpoint;
  readonly capacity: number;
}

class ChainedFile implements FileAuditLog {
  readonly #file: AppendFile;
  readonly #lock: FileLock;
  readonly #capacity: number;
  readonly #writer = new RecordWriter();
  #head: AuditCheckpoint;
  #waiting: Waiting[] = [];
  /** Those waiting, and those being written. */
  #unsettled = 0;
  #writing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ file, lock, head, capacity }: ChainedFileParts) {
    this.#file = file;
    this.#lock = lock;
    this.#head = head;
    this.#capacity = capacity;
  }

  append(record: AuditRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw new AuditLogError("closed", "the audit log is closed");
      if (this.#unsettled >= this.#capacity)
        throw new AuditLogError("full", `${this.#capacity} records wait for the disk`);
      // The record is read here and now: what its owner does with it later changes nothing.
      this.#waiting.push({ text: this.#textOf(record), resolve, reject });
      this.#unsettled += 1;
      this.#writing ??= this.#write();
    });
  }

  head(): AuditCheckpoint {
    return this.#head;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#writing;
    try {
      await this.#file.close();
    } finally {
      await this.#lock.release();
    }
  }

  /** One writer for all: while a write is under way, those who come wait together for the next one. */
  async #write(): Promise<void> {
    // Whoever appends in the same turn shares the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const { batch, lines, head } = this.#chainWaiting();
      try {
        await this.#file.append(lines);
        this.#head = head;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      this.#unsettled -= batch.length;
    }
    this.#writing = undefined;
  }

  /** Chains those who wait, as many as one write takes. */
  #chainWaiting(): { batch: Waiting[]; lines: Buffer; head: AuditCheckpoint } {
    let lines = "";
    let head = this.#head;
    let count = 0;
    for (const { text } of this.#waiting) {
      if (lines.length >= writeSize) break;
      const chained = chainText(text, head, nodeSha256);
      lines += chained.line;
      head = chained.checkpoint;
      count += 1;
    }
    return { batch: this.#waiting.splice(0, count), lines: Buffer.from(lines), head };
  }

  #textOf(record: AuditRecord): RecordText {
    const text = this.#chainable(record);
    const length = text.beforeHash.length + text.beforePrevious.length + text.beforeSequence.length;
    // A unit of text takes six bytes at most, as an escape; what the chain adds takes less than 256.
    if ((length + text.beforeVersion.length + text.afterVersion.length) * 6 + 256 <= auditLineLimit) return text;
    throw new AuditLogError("not_recordable", "the record is too long for a line of the audit log");
  }

  #chainable(record: AuditRecord): RecordText {
    try {
      return chainableText(record, this.#writer);
    } catch (cause) {
      throw new AuditLogError("not_recordable", "the record is not JSON, or uses names of the chain", { cause });
    }
  }
}

// Bounds how long the event loop waits for the chaining, and how much a crash can tear.
const writeSize = 512 * 1024;
