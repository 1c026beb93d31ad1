import { type BigIntStats, constants, fstatSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AuditLogError } from "../audit/audit-log-error.ts";
import { hasErrorCode } from "./error-code.ts";

/** A file that this process alone appends to, and that only grows by what is durable. */
export class AppendFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #identity: BigIntStats;
  /** How many bytes of the file are durable and ours. */
  #length: number;
  /** How many bytes a write that failed may have left behind {@link #length}. */
  #doubtful = 0;
  #changed: AuditLogError | undefined;

  private constructor(path: string, handle: FileHandle, identity: BigIntStats) {
    this.#path = path;
    this.#handle = handle;
    this.#identity = identity;
    this.#length = Number(identity.size);
  }

  /** Opens a file for appending; makes it, for its owner alone, if there is none. */
  static async open(path: string): Promise<AppendFile> {
    const handle = await openOrCreate(path);
    try {
      const identity = await identityOf(handle, path);
      await syncDirectory(dirname(path));
      return new AppendFile(path, handle, identity);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** For reading. */
  get handle(): FileHandle {
    return this.#handle;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Resolves when the bytes are durable. Rejects with `write_failed` when they are not: then none of them stay, and the
   * next call tries anew. Rejects with `changed`, from then on, when someone else wrote, cut or replaced the file.
   */
  async append(bytes: Uint8Array): Promise<void> {
    this.#requireUnchanged();
    // Asked for while the write is under way: that costs no time, and no one is told of a success before the answer.
    const naming = this.#naming();
    await this.#write(bytes);
    const { reason, error } = await naming;
    if (reason !== undefined) this.#stop(reason);
    if (error !== undefined) throw failure(error);
    this.#doubtful = 0;
    this.#length += bytes.length;
  }

  /** Replaces everything from `offset` on by these bytes. Wherever it stops, it leaves some of either: never nothing. */
  async replaceTail(offset: number, bytes: Uint8Array): Promise<void> {
    // A handle for appending would write at the end, whatever position it is given.
    const handle = await open(this.#path, "r+");
    try {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, offset);
      if (bytesWritten !== bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes were written`);
      await handle.datasync();
      await handle.truncate(offset + bytes.length);
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.#length = offset + bytes.length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #requireUnchanged(): void {
    if (this.#changed !== undefined) throw this.#changed;
    // The system answers this from memory, in less time than it takes to wake a thread that asks.
    const { size } = fstatSync(this.#handle.fd);
    if (size < this.#length) this.#stop("was cut short");
    if (size > this.#length + this.#doubtful) this.#stop("was written to by someone else");
  }

  // INVARIANT: not one line is written after someone else's: two lines would follow the same one (L3).
  #stop(reason: string): never {
    this.#changed = new AuditLogError("changed", `${this.#path} ${reason}: writing on would fork the audit log`);
    throw this.#changed;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#doubtful > 0) await this.#restore();
      this.#doubtful = bytes.length;
      const { bytesWritten } = await this.#handle.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes were written`);
      // After a failed flush the system may take the pages for clean, so that only writing them anew makes them durable.
      await this.#handle.datasync();
    } catch (error) {
      throw failure(error);
    }
  }

  /** Why the file's name leads to it no longer, or why that cannot be found out. Does not reject. */
  async #naming(): Promise<{ readonly reason?: string; readonly error?: unknown }> {
    try {
      const named = await stat(this.#path, { bigint: true });
      const same = named.ino === this.#identity.ino && named.dev === this.#identity.dev;
      return same ? {} : { reason: "was replaced by another file" };
    } catch (error) {
      return hasErrorCode(error, "ENOENT") ? { reason: "was removed" } : { error };
    }
  }

  /** Cuts off what a failed write may have left. */
  async #restore(): Promise<void> {
    await this.#handle.truncate(this.#length);
    const { size } = await this.#handle.stat();
    if (size !== this.#length) throw new Error(`the file has ${size} bytes after it was cut to ${this.#length}`);
    this.#doubtful = 0;
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL } = constants;
  try {
    return await open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL, 0o600);
  } catch (error) {
    if (hasErrorCode(error, "EEXIST")) return open(path, O_RDWR | O_APPEND);
    throw error;
  }
}

async function identityOf(handle: FileHandle, path: string): Promise<BigIntStats> {
  const identity = await handle.stat({ bigint: true });
  if (!identity.isFile()) throw new AuditLogError("invalid", `${path} is not a regular file`);
  return identity;
}

/** A file that was just made is lost with the power until its directory is durable too. */
async function syncDirectory(path: string): Promise<void> {
  // Windows opens no directories.
  if (process.platform === "win32") return;
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function failure(cause: unknown): AuditLogError {
  const reason = cause instanceof Error ? cause.message : "for no known reason";
  return new AuditLogError("write_failed", `the audit log could not be written: ${reason}`, { cause });
}
