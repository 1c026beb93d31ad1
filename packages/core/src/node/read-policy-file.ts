import type { BigIntStats } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Diagnostic, renderDiagnostic } from "../policy/diagnostic.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { tooLarge } from "../policy/policy-limits.ts";
import { errorCode } from "./error-code.ts";
import { printOf } from "./file-print.ts";

/** The text of a policy file, and the file's print at that moment. */
export interface PolicyFile {
  readonly text: string;
  readonly print: string;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

/** How large a file may be, and what is said of one that cannot be read. */
export interface FileTerms {
  readonly maximumBytes: number;
  readonly tooLarge: Pick<Diagnostic, "message" | "help">;
  /** What to do where the file cannot be opened. */
  readonly help: string;
}

/** Reads a policy file whole, as {@link readFileWhole} does, of at most so many bytes. */
export function readPolicyFile(path: string, maximumBytes: number): Promise<PolicyFile> {
  const help = "check the path and its permissions; without a policy nothing is allowed";
  return readFileWhole(path, { maximumBytes, tooLarge: tooLarge(maximumBytes), help });
}

/**
 * Reads a file of text whole: one that is written to meanwhile is read again. Rejects with a `PolicyError` for what is
 * not a file, is larger than it may be, is not UTF-8, or does not stop changing.
 */
export async function readFileWhole(path: string, terms: FileTerms): Promise<PolicyFile> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { bytes, before, after } = await readOnce(path, terms);
    const print = printOf(before);
    if (print === printOf(after)) return { text: decode(path, bytes), print, changed: changedAt(before) };
    await delay(pause);
  }
  throw unreadable(path, "the file changes while it is read", "write it under another name, then rename it");
}

const attempts = 10;
const pause = 50;

interface Reading {
  readonly bytes: Uint8Array;
  readonly before: BigIntStats;
  readonly after: BigIntStats;
}

async function readOnce(path: string, terms: FileTerms): Promise<Reading> {
  let handle: FileHandle | undefined;
  try {
    // Without this flag a named pipe would be waited for until somebody writes to it. Windows has neither.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) {
      const why = before.isDirectory() ? "EISDIR" : "not a file";
      throw unreadable(path, `the file cannot be read (${why})`, "name a file of YAML text");
    }
    if (before.size > terms.maximumBytes) throw refusal(path, { code: "too_large", ...terms.tooLarge });
    const bytes = await readBytes(handle, Number(before.size));
    return { bytes, before, after: await handle.stat({ bigint: true }) };
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw unreadable(path, `the file cannot be read (${errorCode(error)})`, terms.help);
  } finally {
    await handle?.close();
  }
}

/** No more than the file had when it was opened: one that grows is read again. */
async function readBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function changedAt({ mtimeMs, ctimeMs }: BigIntStats): number {
  return Math.max(Number(mtimeMs), Number(ctimeMs));
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw unreadable(path, "the file is not UTF-8 text", "save it as UTF-8");
  }
}

/** The error of a file of which nothing can be read. */
export function unreadable(path: string, message: string, help: string): PolicyError {
  return refusal(path, { code: "unreadable_file", message, help });
}

function refusal(path: string, remark: Pick<Diagnostic, "code" | "message" | "help">): PolicyError {
  const diagnostic: Diagnostic = { severity: "error", file: path, line: 1, column: 1, length: 1, ...remark };
  return new PolicyError([diagnostic], { message: renderDiagnostic(diagnostic, "") });
}
