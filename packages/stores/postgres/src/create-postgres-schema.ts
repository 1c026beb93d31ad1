import { StateStoreError } from "@ambit/core";
import type { Pool, PoolClient } from "pg";
import { migrations, schemaVersion } from "./schema/migrations.ts";
import { defaultSchema, quotedSchema } from "./schema-name.ts";
import { translateError } from "./translate-error.ts";

/** Settings of {@link createPostgresSchema}. */
export interface PostgresSchemaOptions {
  /** The schema that is made and that holds everything. Default: `ambit`. */
  readonly schema?: string | undefined;
}

/** Which version a schema had before, 0 for none, and which it has now. */
export interface SchemaChange {
  readonly from: number;
  readonly to: number;
}

/**
 * Makes the schema that the store needs, or brings an older one up to date; of one that is up to date it changes nothing.
 * Any number of processes may call it at once. Rejects with a `StateStoreError` where the schema is newer than this
 * package, or where the database does not let it.
 */
export async function createPostgresSchema(pool: Pool, options: PostgresSchemaOptions = {}): Promise<SchemaChange> {
  const schema = quotedSchema(options.schema ?? defaultSchema);
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    const change = await migrate(client, schema);
    await client.query("COMMIT");
    client.release();
    return change;
  } catch (error) {
    // The connection goes with whatever it had begun.
    client?.release(true);
    throw translateError(error, "the schema could not be made");
  }
}

async function migrate(client: PoolClient, schema: string): Promise<SchemaChange> {
  // One process at a time; the others find the work done.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", [schema]);
  await client.query("SET LOCAL search_path = pg_catalog, pg_temp");
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.migration (
      version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT statement_timestamp())`,
  );
  const found = await client.query<{ version: number }>(
    `SELECT coalesce(max(version), 0) AS version FROM ${schema}.migration`,
  );
  const from = found.rows[0]?.version ?? 0;
  if (from > schemaVersion) {
    throw new StateStoreError(
      "state_unavailable",
      `the schema ${schema} is of version ${from}; this package knows ${schemaVersion}: update @ambit/postgres`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    const version = index + 1;
    if (version <= from) continue;
    await client.query(migration.replaceAll("{schema}", schema).replaceAll("{version}", String(version)));
    await client.query(`INSERT INTO ${schema}.migration (version) VALUES ($1)`, [version]);
  }
  return { from, to: schemaVersion };
}
