import { type ApplyResult, type ApprovalStore, type Plan, type StateStore, StateStoreError } from "@ambit/core";
import { Pool } from "pg";
import { approvalRows } from "./approval-rows.ts";
import { PlanQueue } from "./plan-queue.ts";
import { readBatchAnswer } from "./read-answer.ts";
import { schemaVersion } from "./schema/migrations.ts";
import { defaultSchema, quotedSchema } from "./schema-name.ts";
import { translateError } from "./translate-error.ts";

/** Settings of {@link openPostgresStore}. */
export interface PostgresStoreOptions {
  /** A connection string, or a pool of the application's own, which `close` then leaves open. */
  readonly connection: string | Pool;
  /** The schema that {@link createPostgresSchema} made. Default: `ambit`. */
  readonly schema?: string | undefined;
  /** How many statements may be under way at once; plans that come meanwhile share the next. Default: 4. */
  readonly connections?: number | undefined;
  /**
   * How long a connection, a lock or a statement may take, in milliseconds, before the plan is given up. Default: 1,000.
   * Keep it below the authorizer's `deadline`. In a pool of the application's own, only locks and answers are bounded.
   */
  readonly timeout?: number | undefined;
  /**
   * Whether a server with `synchronous_commit = off` or `fsync = off` is used, which forgets what was charged last when it
   * crashes. Default: `refused`.
   */
  readonly asynchronousCommit?: "refused" | "acknowledged" | undefined;
  /**
   * What a new timeline means, as every promoted standby and every recovery to a point in time begins one: that the
   * state is another one, or, where standbys are synchronous and nothing can be lost, nothing. Default: `state_lost`.
   */
  readonly failover?: "state_lost" | "accepted" | undefined;
  /** The most cells in all; at the cap a new one is refused. Plans under way may pass it by what they add. Default: no cap. */
  readonly maximumCells?: number | undefined;
  /** The same for one tenant. Default: no cap. */
  readonly maximumCellsPerTenant?: number | undefined;
  /** Told of faults that no caller waits for: an idle connection that was lost, cells that could not be looked through. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** State in a Postgres database, for any number of processes. */
export interface PostgresStore extends StateStore {
  apply(plan: Plan): Promise<ApplyResult>;
  readonly approvals: ApprovalStore;
  /** Ends the connections that the store opened itself. */
  close(): Promise<void>;
}

/** After how many plans cells are looked through, and how many cells then, for some that can be dropped. */
const sweep = { every: 1_000, looks: 2_000 } as const;

/**
 * Opens the store over a schema that {@link createPostgresSchema} made. Rejects with a `StateStoreError` where the
 * database cannot be reached, or is not one to be relied on: a standby, a schema of another version, commits that a
 * crash undoes.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const schema = quotedSchema(options.schema ?? defaultSchema);
  const { connection, connections = 4, timeout = 1_000, onFault = () => {} } = options;
  requirePositive({ connections, timeout });
  const pool = typeof connection === "string" ? newPool(connection, connections, timeout) : connection;
  // INVARIANT (R3): a pool without a listener ends the process when an idle connection is lost.
  pool.on("error", onFault);
  const statement = `SELECT ${schema}.apply_plans($1, $2, $3, $4, $5, $6) AS answer`;
  const terms = JSON.stringify(termsOf(options, timeout));

  let behind: unknown = null;
  const reclaim = async (now: number) => {
    const { rows } = await pool.query<{ last: unknown }>(`SELECT ${schema}.reclaim($1, $2, $3) AS last`, [
      behind === null ? null : JSON.stringify(behind),
      now,
      sweep.looks,
    ]);
    behind = rows[0]?.last ?? null;
  };
  const waits = { toBeSent: timeout, answer: timeout + 500 };
  const queue = new PlanQueue({ pool, statement, terms, connections, waits, makeRoom: reclaim });
  let taken = 0;

  async function close(): Promise<void> {
    pool.off("error", onFault);
    if (typeof connection === "string") await pool.end();
  }

  try {
    await requireReliable(pool, { statement, terms, asynchronousCommit: options.asynchronousCommit ?? "refused" });
  } catch (error) {
    await close();
    throw translateError(error, "the store cannot be opened");
  }
  return {
    apply(plan) {
      taken += 1;
      if (taken % sweep.every === 0) reclaim(plan.now).catch(onFault);
      return queue.apply(plan);
    },
    approvals: approvalRows({ pool, schema, terms, answerWithin: waits.answer }),
    close,
  };
}

function newPool(connectionString: string, connections: number, timeout: number): Pool {
  return new Pool({
    connectionString,
    // One more than there are plans under way, so that looking through cells keeps none of them waiting.
    max: connections + 1,
    connectionTimeoutMillis: timeout,
    statement_timeout: timeout,
    // Later than the server's own, so that whoever is told of it knows that the statement is over.
    query_timeout: timeout + 500,
    keepAlive: true,
    application_name: "ambit",
  });
}

function termsOf(options: PostgresStoreOptions, timeout: number): object {
  const { asynchronousCommit = "refused", failover = "state_lost", maximumCells, maximumCellsPerTenant } = options;
  const lockTimeout = `${Math.ceil(timeout)}ms`;
  return { version: schemaVersion, asynchronousCommit, failover, lockTimeout, maximumCells, maximumCellsPerTenant };
}

interface Reliability {
  readonly statement: string;
  readonly terms: string;
  readonly asynchronousCommit: "refused" | "acknowledged";
}

async function requireReliable(pool: Pool, { statement, terms, asynchronousCommit }: Reliability): Promise<void> {
  const { rows } = await pool.query<Record<string, string>>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
      current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  );
  const { version = "", encoding = "", fsync = "", commit = "" } = rows[0] ?? {};
  if (!(Number(version) >= 140_000)) throw unreliable(`server version ${version}: version 14 or later is needed`);
  if (encoding !== "UTF8") throw unreliable(`the database is encoded in ${encoding}: create it with ENCODING 'UTF8'`);
  if (asynchronousCommit === "refused" && (fsync !== "on" || commit === "off")) {
    throw unreliable(
      `fsync is ${fsync} and synchronous_commit ${commit}, so a crash undoes charges: turn both on, or acknowledge it`,
    );
  }
  // No plan at all: the database says whether it would take one.
  const answer = await pool.query<{ answer: unknown }>(statement, [[], [], [], [], "[]", terms]);
  readBatchAnswer(answer.rows[0]?.answer, 0);
}

function unreliable(message: string): StateStoreError {
  return new StateStoreError("state_unavailable", message);
}

function requirePositive(settings: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!(value > 0)) throw new TypeError(`${name} must be above 0, not ${value}`);
  }
}
