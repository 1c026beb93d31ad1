import { open, realpath, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { formatSuspensions, type ListedSuspension, PolicyError, parseSuspensions } from "@ambit/core";
import { readTextFile } from "../read-text-file.ts";
import { writeFileAtomically } from "../write-file-atomically.ts";

/** Reads a file that lists who is stopped. Rejects with a `PolicyError` that shows what is wrong with it. */
export async function readSuspensions(file: string): Promise<readonly ListedSuspension[]> {
  const text = await readTextFile(file);
  try {
    return parseSuspensions(text, { file });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const message = `${error.message}\nProcesses that follow this file have stopped everything until it is valid.`;
    throw new PolicyError(error.diagnostics, { message });
  }
}

/**
 * Replaces what a file lists by what `edit` makes of it; a file that is not there lists nobody. Two at once do not undo
 * each other, and readers see the one list or the other. Where `edit` gives `undefined`, nothing is written.
 */
export async function editSuspensions(
  file: string,
  edit: (list: readonly ListedSuspension[]) => readonly ListedSuspension[] | undefined,
): Promise<void> {
  const path = (await resolved(file)) ?? file;
  const lock = `${path}.lock`;
  await acquire(lock);
  try {
    // Asked again: whoever held the lock before may have made the file.
    const exists = (await resolved(path)) !== undefined;
    const edited = edit(exists ? await readSuspensions(path) : []);
    if (edited === undefined) return;
    const text = formatSuspensions(edited);
    // INVARIANT: what is written is what was meant, and can be read by the processes that follow it.
    parseSuspensions(text, { file });
    await writeFileAtomically(path, text, exists ? "replace" : "keep");
  } finally {
    await rm(lock);
  }
}

/** The file itself and not a link to it, which renaming would replace; `undefined` where it is not there. */
async function resolved(file: string): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function acquire(lock: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      await (await open(lock, "wx")).close();
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      await delay(pause);
    }
  }
  throw new Error(`somebody else edits the file, says ${lock}; remove that if nobody does`);
}

const attempts = 40;
const pause = 50;
