import { setTimeout as delay } from "node:timers/promises";
import { parseSuspensions, suspensionLimits } from "../parse-suspensions.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { ListedSuspension } from "../suspension-list.ts";
import { filePrint, isUnreadable } from "./file-print.ts";
import { type FileTerms, readFileWhole, unreadable } from "./read-policy-file.ts";

/** What a look at a file found: what it lists, that it is gone, or that it is there and cannot be understood. */
export type SuspensionLook =
  | { readonly status: "same" }
  | { readonly status: "listed"; readonly list: readonly ListedSuspension[] }
  | { readonly status: "gone" | "unclear"; readonly error: unknown };

/** A file that lists who is stopped, and that is read again whenever it has changed. */
export class SuspensionFile {
  readonly path: string;
  #seen: string | undefined;
  #last: { readonly text: string; readonly list: readonly ListedSuspension[] } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Forgets what the file looked like, so that it is read again. */
  forget(): void {
    this.#seen = undefined;
  }

  /**
   * Reads the file if it has changed since it was last read. One that is being written is waited for, until it has stood
   * still for `settle` milliseconds, or for so long that somebody must know of it. Never rejects.
   */
  async next(settle: number): Promise<SuspensionLook> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const print = await filePrint(this.path);
      if (print === this.#seen) return { status: "same" };
      await delay(settle);
      if ((await filePrint(this.path)) === print) return this.#read(print);
    }
    const help = "write it under another name, then rename it";
    return { status: "unclear", error: unreadable(this.path, "the file does not stop changing", help) };
  }

  async #read(print: string): Promise<SuspensionLook> {
    this.#seen = undefined;
    try {
      const file = await readFileWhole(this.path, terms);
      const list = file.text === this.#last?.text ? this.#last.list : parseSuspensions(file.text, { file: this.path });
      this.#last = { text: file.text, list };
      this.#remember(file);
      return { status: "listed", list };
    } catch (error) {
      if (print === gone) return { status: "gone", error };
      if (isContent(error) && !isUnreadable(print)) this.#seen = print;
      return { status: "unclear", error };
    }
  }

  /** Within one tick of the file system's clock a file can change and keep its print: so what is young is read again. */
  #remember({ print, changed }: { readonly print: string; readonly changed: number }): void {
    if (Date.now() - changed > oneTick) this.#seen = print;
  }
}

/** Whether reading the file once more, as it is, would say the same. */
function isContent(error: unknown): boolean {
  return error instanceof PolicyError && error.diagnostics.every(({ code }) => code !== "unreadable_file");
}

const terms: FileTerms = {
  maximumBytes: suspensionLimits.bytes,
  tooLarge: {
    message: `a list of who is stopped has at most ${suspensionLimits.bytes / 1024} KiB`,
    help: "stop whole agents, tenants or everything, and remove entries that have ended",
  },
  help: 'check the path and its permissions; a file that stops nobody reads "suspended: []"',
};

const gone = "unreadable ENOENT";
const attempts = 4;
const oneTick = 2_000;
