import { setTimeout as delay } from "node:timers/promises";
import type { Policy } from "../policy/policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { filePrint, isUnreadable } from "./file-print.ts";
import type { PolicyJob } from "./policy-job.ts";
import type { PolicyThread } from "./policy-thread.ts";
import { type PolicyFile, unreadable } from "./read-policy-file.ts";

/** What {@link FollowedFile} was told of a file when it was read first. */
export type KnownFile = Omit<PolicyFile, "text"> & { readonly policy: Policy };

/** A policy file that is read again whenever it has changed. */
export class FollowedFile {
  readonly path: string;
  #seen: string | undefined;
  #digest: string | undefined;

  constructor(path: string, known: KnownFile | undefined) {
    this.path = path;
    this.#digest = known?.policy.digest;
    // Within one tick of the file system's clock a file can change and keep its print: so what is young is read again.
    if (known !== undefined && Date.now() - known.changed > oneTick) this.#seen = known.print;
  }

  /** Forgets what the file looked like, so that it is read again. */
  forget(): void {
    this.#seen = undefined;
    this.#digest = undefined;
  }

  /**
   * The policy that the file holds now, or `undefined` if that is the one that it gave last. Rejects where it holds none;
   * then it is not read again before it changes.
   */
  async next(
    thread: PolicyThread,
    how: Pick<PolicyJob, "taken" | "options"> & { readonly settle: number },
  ): Promise<Policy | undefined> {
    const { settle, ...rest } = how;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const print = await filePrint(this.path);
      if (print === this.#seen) return undefined;
      // INVARIANT (D7): a file that is being written is not read, nor one that began to be written after this look.
      await delay(settle);
      if ((await filePrint(this.path)) !== print) continue;
      const result = await this.#read(thread, { ...rest, path: this.path, print, digest: this.#digest });
      if (result.status === "changed") continue;
      this.#seen = print;
      if (result.status === "same") return undefined;
      this.#digest = result.policy.digest;
      return result.policy;
    }
    throw unreadable(this.path, "the file does not stop changing", "write it under another name, then rename it");
  }

  async #read(thread: PolicyThread, job: PolicyJob): ReturnType<PolicyThread["read"]> {
    try {
      return await thread.read(job);
    } catch (error) {
      if (isFinal(error, job.print)) this.#seen = job.print;
      throw error;
    }
  }
}

/** Whether reading the file once more, as it is, would say the same: what failed but once may succeed the next time. */
function isFinal(error: unknown, print: string): boolean {
  if (!(error instanceof PolicyError)) return false;
  return isUnreadable(print) || error.diagnostics.every(({ code }) => code !== "unreadable_file");
}

const attempts = 20;
const oneTick = 2_000;
