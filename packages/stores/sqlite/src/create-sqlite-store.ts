import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { type ApplyResult, type ApprovalStore, type Plan, type StateStore, StateStoreError } from "@ambit/core";
import { ApprovalRows } from "./approval-rows.ts";
import { openDatabase } from "./open-database.ts";
import { PlanBatch } from "./plan-batch.ts";
import { prepareStatements, type Statements } from "./statements.ts";
import { isBusy, storeError } from "./store-error.ts";

/** Settings of {@link createSqliteStore}. */
export interface SqliteStoreOptions {
  /** Where the state is kept; created where it is missing. On a local disk, and with `-wal` and `-shm` files beside it. */
  readonly file: string;
  /**
   * `full`: an answer is given once it is on the disk, and survives a loss of power. `normal`: it survives the end of the
   * process, but a loss of power may take the last of it, money included. Default: `full`.
   */
  readonly durability?: "full" | "normal" | undefined;
  /** How long a plan waits for other processes that write, in milliseconds, before it is rejected. Default: 2,000. */
  readonly busyTimeout?: number | undefined;
  /** The most cells that are kept in all. At the cap a new one is refused; none that matters is ever forgotten. Default: 10,000,000. */
  readonly maximumCells?: number | undefined;
  /** The most cells of one tenant, so that none fills the store for all. Default: `maximumCells`. */
  readonly maximumCellsPerTenant?: number | undefined;
}

/** State in one SQLite file. */
export interface SqliteStore extends StateStore {
  apply(plan: Plan): Promise<ApplyResult>;
  readonly approvals: ApprovalStore;
  /** Takes what was asked for before, then lets go of the file. Rejects nothing; what is asked for later is rejected. */
  close(): Promise<void>;
}

/**
 * Opens a store in one SQLite file. Several processes of one machine may have it open at once.
 *
 * Plans that are asked for together are taken one by one within one transaction and answered once it is committed, so
 * that they share one flush to the disk. Throws a `StateStoreError` where the file cannot be used.
 */
export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  return new FileStore(options);
}

interface Waiting {
  /** Does what was asked for, within a transaction, and gives back how to answer once it is committed. */
  readonly take: () => () => void;
  readonly reject: (error: StateStoreError) => void;
  /** When it was asked for. */
  readonly since: number;
}

/** So many are taken in one transaction, so that the process is not kept from other work for long. */
const longestBatch = 128;
/** One batch in so many drops what nobody can ask about any more. */
const tidyEvery = 64;

class FileStore implements SqliteStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #batch: PlanBatch;
  readonly #file: string;
  readonly #identity: string;
  readonly #busyTimeout: number;
  readonly approvals: ApprovalStore;
  /** The moment of the latest plan. */
  #now = 0;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #batches = 0;
  #closed = false;

  constructor(options: SqliteStoreOptions) {
    const { file, durability = "full", busyTimeout = 2_000 } = options;
    const { maximumCells = 10_000_000, maximumCellsPerTenant = maximumCells } = options;
    requireFile(file);
    try {
      this.#database = openDatabase({ file, durability, busyTimeout });
      this.#statements = prepareStatements(this.#database);
      this.#batch = new PlanBatch(this.#statements, { maximumCells, maximumCellsPerTenant });
    } catch (error) {
      throw storeError(error);
    }
    this.#file = file;
    this.#identity = identityOf(file);
    this.#busyTimeout = busyTimeout;
    this.approvals = approvalStore(new ApprovalRows(this.#statements), (work) => this.#ask(work));
  }

  apply(plan: Plan): Promise<ApplyResult> {
    return this.#ask(() => {
      this.#now = plan.now;
      return this.#batch.apply(plan);
    });
  }

  /** Does something within a transaction, and answers once it is committed. */
  #ask<Answer>(work: () => Answer | StateStoreError): Promise<Answer> {
    if (this.#closed) return Promise.reject(new StateStoreError("state_unavailable", "the SQLite store is closed"));
    return new Promise((resolve, reject) => {
      const take = () => {
        const answer = work();
        return answer instanceof StateStoreError ? () => reject(answer) : () => resolve(answer);
      };
      this.#waiting.push({ take, reject, since: performance.now() });
      this.#working ??= this.#work();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#working;
    this.#database.close();
  }

  async #work(): Promise<void> {
    // Whatever else is asked for in this turn of the event loop comes along.
    await new Promise(setImmediate);
    let delay = 1;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, longestBatch);
      if (this.#begin(batch)) {
        delay = 1;
        this.#take(batch);
        await new Promise(setImmediate);
      } else {
        await wait(delay * (0.5 + Math.random()));
        delay = Math.min(delay * 2, 32);
      }
    }
    this.#working = undefined;
  }

  /** Begins a transaction, or puts off the batch where another process is writing. */
  #begin(batch: readonly Waiting[]): boolean {
    try {
      this.#requireSameFile();
      this.#statements.begin.run();
      return true;
    } catch (error) {
      const patient = isBusy(error) ? batch.filter(({ since }) => performance.now() - since < this.#busyTimeout) : [];
      this.#waiting.unshift(...patient);
      for (const waiting of batch) if (!patient.includes(waiting)) waiting.reject(storeError(error));
      return false;
    }
  }

  #take(batch: readonly Waiting[]): void {
    const answers: (() => void)[] = [];
    try {
      for (const { take } of batch) answers.push(take());
      this.#batches += 1;
      if (this.#batches % tidyEvery === 0) this.#batch.tidy(this.#now);
      this.#statements.commit.run();
    } catch (error) {
      this.#rollBack();
      for (const { reject } of batch) reject(storeError(error));
      return;
    }
    // INVARIANT (A6, B6): no answer is given before it is as durable as was asked for.
    for (const answer of answers) answer();
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#statements.rollback.run();
    } catch {
      // The next transaction cannot begin either, and says why.
    }
  }

  /** INVARIANT (S1): a file that was removed or replaced is not written to as if nobody could miss it. */
  #requireSameFile(): void {
    if (identityOf(this.#file) === this.#identity) return;
    throw new StateStoreError(
      "state_lost",
      `${this.#file} was removed or replaced while it was open: find out what became of it, then open the store again`,
    );
  }
}

/** The rows of approvals, each operation within a transaction. */
function approvalStore(
  rows: ApprovalRows,
  ask: <Answer>(work: () => Answer | StateStoreError) => Promise<Answer>,
): ApprovalStore {
  return {
    insert: (row, limits) => ask(() => rows.insert(row, limits)),
    read: (partition, key) => ask(() => rows.read(partition, key)),
    replace: (row, expectedVersion) => ask(() => rows.replace(row, expectedVersion)),
    list: (partition, page) => ask(() => rows.list(partition, page)),
  };
}

function identityOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
}

function requireFile(file: string): void {
  if (file !== "" && !file.startsWith(":") && !file.startsWith("file:")) return;
  throw new StateStoreError(
    "state_unavailable",
    `"${file}" is no path of a file: name one, or use createMemoryStore for state that ends with the process`,
  );
}
