import { compilePolicy } from "../policy/parse-policy.ts";
import type { Policy, PolicyReference } from "../policy/policy.ts";
import { maximumPolicyBytes } from "../policy/policy-limits.ts";
import { FaultReporter } from "./fault-reporter.ts";
import { FollowedFile } from "./followed-file.ts";
import type { LoadPolicyOptions } from "./load-policy.ts";
import { lookRegularly } from "./look-regularly.ts";
import { PolicyThread } from "./policy-thread.ts";
import { readPolicyFile } from "./read-policy-file.ts";

/** How files are followed. */
export interface FollowOptions extends LoadPolicyOptions {
  /** How often it is looked for changes, in milliseconds. Default: 1,000. */
  readonly interval?: number | undefined;
  /**
   * For how long a changed file must have stood still before it is read, in milliseconds, so that one that is being
   * written is not read by halves. Default: 100.
   */
  readonly settle?: number | undefined;
  /** Told of each file that could not be loaded; its policy stays as it was. Default: a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Settings of {@link watchPolicy}. */
export interface WatchPolicyOptions extends FollowOptions {
  /** Told of each policy that takes effect after the first. */
  readonly onReload?: ((policy: Policy) => void) | undefined;
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
 * A changed file is read and checked in a thread of its own, so that calls are decided meanwhile.
 */
export async function watchPolicy(path: string, options: WatchPolicyOptions = {}): Promise<WatchedPolicy> {
  const { interval = 1_000, settle = 100, onReload = () => {}, onError, toolSchemas, maximumBytes } = options;
  const { text, ...known } = await readPolicyFile(path, maximumPolicyBytes(maximumBytes));
  let current = compilePolicy(text, { toolSchemas, maximumBytes, file: path });
  const file = new FollowedFile(path, { ...known, policy: current });
  const reporter = new FaultReporter(onError);
  const thread = new PolicyThread();
  let open = true;
  const regular = lookRegularly(async () => {
    try {
      const policy = await file.next(thread, { taken: undefined, options: { toolSchemas, maximumBytes }, settle });
      if (!open) return;
      reporter.clear();
      if (policy === undefined) return;
      // INVARIANT (D7): one reference is swapped, and only for a policy that was compiled whole.
      current = policy;
      onReload(policy);
    } catch (error) {
      if (open) reporter.report(error);
    }
  }, interval);
  return {
    get current() {
      return current;
    },
    refresh: () => regular.refresh(),
    close: () => {
      open = false;
      regular.close();
      thread.close();
    },
  };
}
