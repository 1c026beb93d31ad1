import { join } from "node:path";
import type { Policy, TenantPolicies } from "../policy/policy.ts";
import { FaultReporter } from "./fault-reporter.ts";
import { FollowedFile } from "./followed-file.ts";
import { loadTenantFiles } from "./load-policies.ts";
import { lookRegularly, type RegularLook } from "./look-regularly.ts";
import { policyFileNames, refuseOutside } from "./policy-directory.ts";
import { PolicyThread } from "./policy-thread.ts";
import { unreadable } from "./read-policy-file.ts";
import type { FollowOptions } from "./watch-policy.ts";

/** Settings of {@link watchPolicies}. */
export interface WatchPoliciesOptions extends FollowOptions {
  /** Told of each policy that takes effect after those that were there to begin with. */
  readonly onReload?: ((tenant: string, policy: Policy) => void) | undefined;
}

/** Policies that follow the files of their directory. */
export interface WatchedPolicies extends TenantPolicies {
  /** Looks at the directory now, whatever the interval. Never rejects. */
  refresh(): Promise<void>;
  /** Stops following. */
  close(): void;
}

/**
 * Loads a directory of policy files, as `loadPolicies` does, and follows each of them on its own. A file that becomes
 * unreadable or invalid, or names the tenant of another file, changes nothing and is reported; the others are followed
 * as ever. A new file adds its tenant. A file that is gone in two looks on end takes its tenant's policy with it, which
 * is reported too: that tenant is then allowed nothing. Where the directory itself cannot be read, nothing changes.
 *
 * Rejects with a `PolicyError` where any of the files is not valid to begin with.
 */
export async function watchPolicies(directory: string, options: WatchPoliciesOptions = {}): Promise<WatchedPolicies> {
  const { interval = 1_000 } = options;
  const { toolSchemas, maximumBytes } = options;
  const directoryWatch = new DirectoryWatch(directory, options);
  for (const { name, tenant, ...known } of await loadTenantFiles(directory, { toolSchemas, maximumBytes })) {
    directoryWatch.begin(name, { tenant, file: new FollowedFile(join(directory, name), known) }, known.policy);
  }
  const regular: RegularLook = lookRegularly(() => directoryWatch.look(), interval);
  return {
    get tenants() {
      return directoryWatch.tenants;
    },
    refresh: () => regular.refresh(),
    close: () => {
      regular.close();
      directoryWatch.close();
    },
  };
}

/** What is known of one file of the directory. */
interface Entry {
  readonly file: FollowedFile;
  readonly reporter: FaultReporter;
  /** The tenant whose policy this file gives now. */
  tenant: string | undefined;
  /** In how many looks on end it was not there. */
  missing: number;
  /** Whether what it holds since it changed last was refused. */
  refused: boolean;
}

class DirectoryWatch {
  readonly #directory: string;
  readonly #options: WatchPoliciesOptions;
  readonly #reporter: FaultReporter;
  readonly #thread = new PolicyThread();
  readonly #entries = new Map<string, Entry>();
  #tenants: ReadonlyMap<string, Policy> = new Map();
  #open = true;

  constructor(directory: string, options: WatchPoliciesOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#reporter = new FaultReporter(options.onError);
  }

  get tenants(): ReadonlyMap<string, Policy> {
    return this.#tenants;
  }

  begin(name: string, { tenant, file }: Pick<Entry, "tenant" | "file">, policy: Policy): void {
    const entry = this.#follow(name, file);
    this.#put(entry, tenant, policy);
  }

  close(): void {
    this.#open = false;
    this.#thread.close();
  }

  async look(): Promise<void> {
    let names: readonly string[];
    try {
      names = await policyFileNames(this.#directory);
    } catch (error) {
      // That no file can be seen does not say that none is there.
      return this.#reporter.report(error);
    }
    this.#reporter.clear();
    this.#countMissing(new Set(names));
    for (const name of names) {
      if (!this.#open) return;
      await this.#lookAt(name, this.#entries.get(name) ?? this.#follow(name, undefined));
    }
  }

  #follow(name: string, known: FollowedFile | undefined): Entry {
    const file = known ?? new FollowedFile(join(this.#directory, name), undefined);
    const entry: Entry = {
      file,
      reporter: new FaultReporter(this.#options.onError),
      tenant: undefined,
      missing: 0,
      refused: false,
    };
    this.#entries.set(name, entry);
    return entry;
  }

  /** A file that is replaced may be gone for a moment: only what stays away is taken out. */
  #countMissing(names: ReadonlySet<string>): void {
    for (const [name, entry] of this.#entries) {
      entry.missing = names.has(name) ? 0 : entry.missing + 1;
      if (entry.missing < looksUntilGone) continue;
      this.#entries.delete(name);
      if (entry.tenant === undefined) continue;
      this.#remove(entry.tenant);
      const help = "put the file back if that was not meant; without a policy nothing is allowed";
      entry.reporter.tell(
        unreadable(entry.file.path, `the file is gone: the tenant "${entry.tenant}" has no policy`, help),
      );
    }
  }

  async #lookAt(name: string, entry: Entry): Promise<void> {
    const { settle = 100, toolSchemas, maximumBytes, onReload } = this.#options;
    try {
      await refuseOutside(this.#directory, name);
      const how = { taken: this.#takenBesides(entry), options: { toolSchemas, maximumBytes }, settle };
      const policy = await entry.file.next(this.#thread, how);
      if (!this.#open) return;
      entry.reporter.clear();
      if (policy === undefined) return;
      if (policy.tenant === undefined) throw new TypeError("a policy without a tenant passed the check");
      this.#put(entry, policy.tenant, policy);
      onReload?.(policy.tenant, policy);
    } catch (error) {
      entry.refused = true;
      if (this.#open) entry.reporter.report(error);
    }
  }

  /** The tenants of all files that are there but one. A file that was renamed keeps its tenant that way. */
  #takenBesides(entry: Entry): ReadonlyMap<string, string> {
    const taken = new Map<string, string>();
    for (const { tenant, file, missing } of this.#entries.values()) {
      if (file !== entry.file && tenant !== undefined && missing === 0) taken.set(tenant, file.path);
    }
    return taken;
  }

  #put(entry: Entry, tenant: string | undefined, policy: Policy): void {
    if (tenant === undefined) return;
    const before = entry.tenant;
    for (const [name, other] of this.#entries) {
      if (other !== entry && other.tenant === tenant) this.#entries.delete(name);
    }
    // INVARIANT (D7): one reference is swapped, for a map in which every policy was compiled whole.
    const tenants = new Map(this.#tenants);
    if (before !== undefined && before !== tenant) tenants.delete(before);
    this.#tenants = tenants.set(tenant, policy);
    entry.tenant = tenant;
    entry.refused = false;
    if (before !== undefined && before !== tenant) this.#retryOthers();
  }

  #remove(tenant: string): void {
    const tenants = new Map(this.#tenants);
    tenants.delete(tenant);
    this.#tenants = tenants;
    this.#retryOthers();
  }

  /** A tenant that is free again may be one that another file was refused for. */
  #retryOthers(): void {
    for (const { refused, file } of this.#entries.values()) if (refused) file.forget();
  }
}

/** In how many looks on end a file must be missing before it counts as gone. */
const looksUntilGone = 2;
