import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AuditLogError } from "../audit/audit-log-error.ts";
import { hasErrorCode } from "./error-code.ts";

/** A file that this process alone appends to, and that only grows by what is durable. */
export class AppendFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** How many bytes of the file are durable and ours. */
  #length: number;
  /** How many bytes a write that failed may have left behind {@link #length}. */
  #doubtful = 0;
  #changed: AuditLogError | undefined;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
  }

  /** Opens a file for appending; makes it, for its owner alone, if there is none. */
  static async open(path: string): Promise<AppendFile> {
    const handle = await openOrCreate(path);
    try {
      const length = await sizeOf(handle, path);
      await syncDirectory(dirname(path));
      return new AppendFile(path, handle, length);
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
    await this.#requireUnchanged();
    try {
      if (this.#doubtful > 0) await this.#restore();
      this.#doubtful = bytes.length;
      const { bytesWritten } = await this.#handle.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes were written`);
      // After a failed flush the system may take the pages for clean, so that only writing them anew makes them durable.
      await this.#handle.datasync();
    } catch (cause) {
      throw new AuditLogError("write_failed", `the audit log could not be written: ${messageOf(cause)}`, { cause });
    }
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

  async #requireUnchanged(): Promise<void> {
    if (this.#changed !== undefined) throw this.#changed;
    const [own, named] = await this.#stats();
    const reason = this.#changeOf(own, named);
    if (reason === undefined) return;
    // INVARIANT: not one line is written after someone else's: two lines would follow the same one (L3).
    this.#changed = new AuditLogError("changed", `${this.#path} ${reason}: writing on would fork the audit log`);
    throw this.#changed;
  }

  /** The file that is open, and the one that has its name now. */
  async #stats(): Promise<[BigIntStats, BigIntStats | undefined]> {
    try {
      return await Promise.all([this.#handle.stat({ bigint: true }), statOf(this.#path)]);
    } catch (cause) {
      throw new AuditLogError("write_failed", `the audit log could not be examined: ${messageOf(cause)}`, { cause });
    }
  }

  #changeOf(own: BigIntStats, named: BigIntStats | undefined): string | undefined {
    if (named === undefined) return "was removed";
    if (named.ino !== own.ino || named.dev !== own.dev) return "was replaced by another file";
    if (own.size < this.#length) return "was cut short";
    return own.size > this.#length + this.#doubtful ? "was written to by someone else" : undefined;
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

async function sizeOf(handle: FileHandle, path: string): Promise<number> {
  const file = await handle.stat();
  if (!file.isFile()) throw new AuditLogError("invalid", `${path} is not a regular file`);
  return file.size;
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

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "for no known reason";
}
