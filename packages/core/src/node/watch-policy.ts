import { stat } from "node:fs/promises";
import type { Policy, PolicyReference } from "../policy/policy.ts";
import { loadPolicy } from "./load-policy.ts";

/** Settings of {@link watchPolicy}. */
export interface WatchPolicyOptions {
  /** How often the file is looked at, in milliseconds. Default: 1,000. */
  readonly interval?: number | undefined;
  /** Told of each policy that takes effect after the first. */
  readonly onReload?: ((policy: Policy) => void) | undefined;
  /** Told of each file that could not be loaded; the policy stays as it was. Default: a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A policy that follows its file. */
export interface WatchedPolicy extends PolicyReference {
  readonly current: Policy;
  /** Looks at the file now, whatever the interval. Never rejects. */
  refresh(): Promise<void>;
  /** Stops following. */
  close(): void;
}

/**
 * Loads a policy file and follows it: what is written to it takes effect whole, or not at all. A file that becomes
 * unreadable or invalid changes nothing and is reported. Rejects with a `PolicyError` where the file is not valid to
 * begin with.
 *
 * The file is looked at by its path, so that renaming a new file into place, as editors and deployments do, is seen too.
 */
export async function watchPolicy(path: string, options: WatchPolicyOptions = {}): Promise<WatchedPolicy> {
  const { interval = 1_000, onReload = () => {}, onError = warn } = options;
  let seen = await fingerprint(path);
  let current = await loadPolicy(path);
  let looking: Promise<void> | undefined;
  const look = async () => {
    const found = await fingerprint(path);
    if (found === seen) return;
    try {
      const policy = await loadPolicy(path);
      const changed = policy.digest !== current.digest;
      // INVARIANT (D7): one reference is swapped, and only for a policy that was compiled whole.
      current = policy;
      if (changed) onReload(policy);
    } catch (error) {
      onError(error);
    }
    seen = found;
  };
  const refresh = () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const timer = setInterval(() => void refresh(), interval);
  timer.unref();
  return {
    get current() {
      return current;
    },
    refresh,
    close: () => clearInterval(timer),
  };
}

/** What changes whenever the file does: its identity, size and times. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "unreadable";
  }
}

function warn(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.emitWarning(`the policy file was not reloaded, and the policy stays as it was\n${text}`, {
    code: "AMBIT_POLICY",
  });
}
