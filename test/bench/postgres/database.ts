import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { createPostgresSchema } from "@ambit/postgres";
import { Pool } from "pg";

/** A schema in a database, for the length of a measurement. */
export interface ScratchSchema {
  readonly url: string;
  readonly schema: string;
  /** Drops it. */
  readonly close: () => Promise<void>;
}

/** The database of `DATABASE_URL`, or that of the tests. */
const url = process.env["DATABASE_URL"] ?? "postgres://ambit_test:ambit_test@127.0.0.1:5432/ambit_test";

/** Makes a schema that nothing else uses; gives why not where there is no such database, or no pgbench. */
export async function openScratchSchema(): Promise<ScratchSchema | { readonly missing: string }> {
  try {
    await promisify(execFile)("pgbench", ["--version"]);
  } catch {
    return { missing: "there is no program pgbench" };
  }
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 2_000 });
  pool.on("error", () => {});
  const schema = `t_${randomBytes(8).toString("hex")}`;
  try {
    await createPostgresSchema(pool, { schema });
  } catch (error) {
    await pool.end();
    // The address may hold a password.
    return { missing: `the database in DATABASE_URL cannot be used (${error instanceof Error ? error.message : "?"})` };
  }
  const close = async () => {
    await pool.query("SET client_min_messages = warning");
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await pool.end();
  };
  return { url, schema, close };
}
