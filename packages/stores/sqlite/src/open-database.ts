import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { StateStoreError } from "@ambit/core";
import { migrations } from "./migrations.ts";

/** How a database is opened. */
export interface DatabaseOptions {
  readonly file: string;
  readonly durability: "full" | "normal";
  /** Milliseconds. */
  readonly busyTimeout: number;
}

/** Marks a file as ours: "AMBT". */
const applicationId = 0x41_4d_42_54;

/** Opens a file, creates what is missing in it and brings it up to date. Throws a `StateStoreError` that says what is wrong. */
export function openDatabase({ file, durability, busyTimeout }: DatabaseOptions): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeout });
  try {
    database.exec(`PRAGMA trusted_schema = OFF; PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"}`);
    // Elsewhere than on macOS this is without effect: there a plain fsync does not reach the medium.
    if (durability === "full") database.exec("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
    // Before anything is written, so that a file of somebody else is left as it is.
    migrate(database, file);
    const mode = pragma(database, "journal_mode = WAL");
    if (mode !== "wal") {
      throw new StateStoreError(
        "state_unavailable",
        `${file} cannot have a write-ahead log (its journal mode is ${String(mode)}): put it on a local disk`,
      );
    }
    // A plan changes some ten pages, most of them the same as the last: 16 MB before they are copied into the file, whose
    // flush every writer waits for.
    database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864");
    // From here on the store itself waits, so that the process goes on meanwhile.
    database.exec("PRAGMA busy_timeout = 0");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, file: string): void {
  database.exec("BEGIN IMMEDIATE");
  const version = Number(pragma(database, "user_version"));
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
  if (tables !== 0 && pragma(database, "application_id") !== applicationId) {
    throw new StateStoreError("state_unavailable", `${file} is a database of something else: name another file`);
  }
  if (version > migrations.length) {
    throw new StateStoreError(
      "state_unavailable",
      `${file} is of version ${version}; this release knows ${migrations.length}: update @ambit/sqlite`,
    );
  }
  if (version < migrations.length) {
    for (const migration of migrations.slice(version)) database.exec(migration);
    // INVARIANT (S1): a file that begins empty is another life of the state.
    database.prepare("INSERT INTO state (id, epoch, cells) VALUES (1, ?, 0) ON CONFLICT DO NOTHING").run(randomUUID());
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
  }
  database.exec("COMMIT");
}

function pragma(database: DatabaseSync, text: string): unknown {
  const row = database.prepare(`PRAGMA ${text}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}
