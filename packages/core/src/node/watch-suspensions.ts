import type { AuditLog } from "../audit/audit-record.ts";
import type { ListedSuspension, SuspensionSource } from "../suspension-list.ts";
import { FaultReporter } from "./fault-reporter.ts";
import { lookRegularly, type RegularLook } from "./look-regularly.ts";
import { RecordedSuspensions } from "./recorded-suspensions.ts";
import { SuspensionFile, type SuspensionLook } from "./suspension-file.ts";

/** Settings of {@link watchSuspensions}. */
export interface WatchSuspensionsOptions {
  /** How often the file is looked at, in milliseconds. Default: 250. */
  readonly interval?: number | undefined;
  /** For how long a changed file must have stood still before it is read, in milliseconds. Default: 100. */
  readonly settle?: number | undefined;
  /** Where it is recorded who is stopped and who may go on. Default: nowhere. */
  readonly audit?: AuditLog | undefined;
  /** Told whenever those who are stopped have changed. */
  readonly onChange?: ((list: readonly ListedSuspension[]) => void) | undefined;
  /** Told that the file is gone or cannot be understood, or that a record failed. Default: a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Who is stopped, as a file says. */
export interface WatchedSuspensions extends SuspensionSource {
  /** Looks at the file now, whatever the interval. Resolves when what it says holds and is recorded. Never rejects. */
  refresh(): Promise<void>;
  /** Stops following. Who is stopped then stays stopped. */
  close(): void;
}

/**
 * Follows a file that lists who is stopped, for `createAuthorizer({ suspensions })`: an operator's switch that needs
 * neither the store nor the application. What is written to the file takes effect whole or not at all. Rejects with a
 * `PolicyError` where there is no file to begin with: a switch that nobody can find must be noticed before it is needed.
 *
 * A file that is there but cannot be read, is not valid, does not stop changing or does not answer stops everything, until
 * it can be understood: whoever wrote it wanted somebody stopped, and nobody can say whom. A file that is gone changes
 * nothing. Both are reported.
 */
export async function watchSuspensions(
  path: string,
  options: WatchSuspensionsOptions = {},
): Promise<WatchedSuspensions> {
  const watch = new SuspensionWatch(path, options);
  await watch.begin();
  const { interval = 250 } = options;
  const regular = lookRegularly(() => watch.look(), interval);
  return {
    get current() {
      return watch.suspensions.current;
    },
    refresh: () => refresh(regular, watch),
    close: () => {
      regular.close();
      watch.close();
    },
  };
}

async function refresh(regular: RegularLook, watch: SuspensionWatch): Promise<void> {
  await regular.refresh();
  await watch.suspensions.record();
}

class SuspensionWatch {
  readonly suspensions: RecordedSuspensions;
  readonly #file: SuspensionFile;
  readonly #settle: number;
  readonly #reporter: FaultReporter;
  #list: readonly ListedSuspension[] = [];
  #open = true;

  constructor(path: string, { settle = 100, audit, onChange = () => {}, onError }: WatchSuspensionsOptions) {
    this.#file = new SuspensionFile(path);
    this.#settle = settle;
    this.#reporter = new FaultReporter(onError, warning);
    this.suspensions = new RecordedSuspensions({ audit, onChange, reporter: new FaultReporter(onError, unrecorded) });
  }

  async begin(): Promise<void> {
    const look = await this.#file.next(0);
    if (look.status === "gone") throw look.error;
    this.#take(look);
    await this.suspensions.record();
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const alarm = this.#alarm();
    const look = await this.#file.next(this.#settle);
    clearInterval(alarm);
    if (!this.#open) return;
    this.#take(look);
    // Not waited for: a log that hangs must not keep the file from being looked at.
    void this.suspensions.record();
  }

  close(): void {
    this.#open = false;
  }

  #take(look: SuspensionLook): void {
    switch (look.status) {
      case "same":
        return;
      case "gone":
        return this.#reporter.report(look.error);
      case "unclear":
        return this.#stopEverything(look.error);
      case "listed":
        this.#list = look.list;
        this.#reporter.clear();
        return this.suspensions.replace(look.list);
    }
  }

  /** INVARIANT (R7): what nobody can read may name anybody. */
  #stopEverything(error: unknown): void {
    this.#reporter.report(error);
    this.suspensions.replace([...this.#list, unclear]);
  }

  /**
   * A file system that does not answer is a file that cannot be read. Two ticks and not one: after a pause of the whole
   * process the first comes before the answer does.
   */
  #alarm(): NodeJS.Timeout {
    let ticks = 0;
    return setInterval(() => {
      ticks += 1;
      if (ticks !== 2 || !this.#open) return;
      this.#file.forget();
      this.#stopEverything(new Error(`${this.#file.path} does not answer`));
    }, halfPatience).unref();
  }
}

const halfPatience = 1_000;

const unclear: ListedSuspension = {
  kind: "everything",
  reason: "the file that lists who is stopped cannot be understood",
};

const unrecorded = { text: "who is suspended could not be recorded", code: "AMBIT_SUSPENSIONS" };

const warning = { text: "the file that lists who is stopped does not say so", code: "AMBIT_SUSPENSIONS" };
