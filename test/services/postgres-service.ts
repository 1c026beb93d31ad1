import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  createPostgresSchema,
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from "@ambit/postgres";
import { Client, Pool } from "pg";
import type { NeededService } from "./needed-service.ts";

const given = process.env["DATABASE_URL"];

/** Where the database of the tests is; they use schemas of their own in it and remove only these. */
export const databaseUrl = given ?? "postgres://ambit_test:ambit_test@127.0.0.1:5432/ambit_test";

/** The Postgres of the tests. */
export const postgresService: NeededService = {
  name: "Postgres",
  advice: `Start one that has ${databaseUrl}, or say in DATABASE_URL where there is a database to make schemas in.`,
  reach: async () => {
    try {
      await ask(databaseUrl, "SELECT 1");
    } catch (error) {
      if (given !== undefined) throw error;
      makeDatabase();
      await ask(databaseUrl, "SELECT 1");
    }
  },
};

/** Runs one statement on a connection of its own. */
export async function ask(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Makes the role and the database where this machine's own superuser can: no manual step on a fresh clone. */
function makeDatabase(): void {
  const statements = [
    "SELECT 'CREATE ROLE ambit_test LOGIN PASSWORD ''ambit_test''' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ambit_test') \\gexec",
    "SELECT 'CREATE DATABASE ambit_test OWNER ambit_test TEMPLATE template0 ENCODING ''UTF8''' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ambit_test') \\gexec",
  ];
  const psql = ["psql", "--no-psqlrc", "--quiet", "postgres"];
  const [command, ...rest] = process.getuid?.() === 0 ? ["su", "postgres", "-c", psql.join(" ")] : psql;
  // Two test files may do it at once: whoever is second finds it made.
  execFileSync(command ?? "psql", rest, {
    input: statements.join("\n"),
    stdio: ["pipe", "ignore", "pipe"],
    timeout: 10_000,
  });
}

/** A name that nothing else uses. */
export const ownSchema = (): string => `t_${randomBytes(8).toString("hex")}`;

/** A store over a schema of its own. */
export interface OwnStore {
  readonly store: PostgresStore;
  readonly schema: string;
  /** For looking behind the store's back. */
  readonly pool: Pool;
  /** Closes the store and drops the schema. */
  readonly close: () => Promise<void>;
}

/** Makes a schema and opens a store over it. */
export async function openOwnStore(options: Partial<PostgresStoreOptions> = {}): Promise<OwnStore> {
  const schema = options.schema ?? ownSchema();
  const pool = newPool();
  await createPostgresSchema(pool, { schema });
  const store = await openPostgresStore({ connection: databaseUrl, ...options, schema });
  const close = async () => {
    await store.close();
    await dropSchema(pool, schema);
    await pool.end();
  };
  return { store, schema, pool, close };
}

/** A pool of a test's own. */
export function newPool(url: string = databaseUrl): Pool {
  const pool = new Pool({ connectionString: url, max: 4 });
  pool.on("error", () => {});
  return pool;
}

/** Drops a schema that {@link ownSchema} named. */
export async function dropSchema(pool: Pool, schema: string): Promise<void> {
  await pool.query("SET client_min_messages = warning");
  await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
}
