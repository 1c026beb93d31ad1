import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Plan } from "@ambit/core";
import { openPostgresStore } from "@ambit/postgres";
import { Pool, type QueryConfig } from "pg";
import { closingPlan, decidingPlan } from "./call-plans.ts";
import type { ScratchSchema } from "./database.ts";

/** How pgbench is to ask. */
export interface PgbenchOptions {
  readonly clients: number;
  /** On how many users' state. */
  readonly users: number;
  /** It cannot be asked for less than one: it then makes ten calls for each client. */
  readonly seconds: number;
}

/** Plans a second that pgbench gets through, one a statement, each statement the one that the store would send. */
export async function runPgbench(scratch: ScratchSchema, { clients, users, seconds }: PgbenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "ambit-pgbench-"));
  const script = join(folder, "plans.sql");
  const plan = decidingPlan("pgbench-USER", "ID", Date.now());
  const statements = [await statementOf(scratch, plan), await statementOf(scratch, closingPlan(plan))];
  const variables = [`\\set id random(1, 1000000000000)`, `\\set user random(1, ${users})`];
  await writeFile(script, `${[...variables, ...statements].join("\n")}\n`);
  try {
    const long = seconds < 1 ? ["-t", 10] : ["-T", seconds];
    const options = ["-n", "-c", clients, "-j", Math.min(clients, 2), ...long, "-f", script, scratch.url];
    const { stdout } = await promisify(execFile)("pgbench", options.map(String));
    if (/number of failed transactions: [1-9]/.test(stdout)) throw new Error(`pgbench failed: ${stdout}`);
    return 2 * Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The statement that the store itself sends for a plan, with its parameters written out for pgbench. */
async function statementOf({ url, schema }: ScratchSchema, plan: Plan): Promise<string> {
  const sent: QueryConfig[] = [];
  const recording = new Pool({ connectionString: url });
  const query = recording.query.bind(recording);
  const record = (config: string | QueryConfig, values?: unknown[]) => {
    if (typeof config !== "string") sent.push(config);
    return query(config, values);
  };
  Object.assign(recording, { query: record });
  const recorded = await openPostgresStore({ connection: recording, schema, timeout: 20_000 });
  await recorded.apply(plan);
  await recording.end();
  const { text = "", values = [] } = sent.at(-1) ?? {};
  const written = values.map((value: unknown) => {
    if (Array.isArray(value)) return `'{${value.map((entry) => JSON.stringify(entry)).join(",")}}'`;
    // A name behind a colon is a variable of pgbench's.
    return `'${String(value).replaceAll('":', '" :')}'`;
  });
  return `${text.replaceAll(/\$(\d)/g, (_, place) => written[Number(place) - 1] ?? "")};`
    .replaceAll("USER", ":user")
    .replaceAll('"ID"', '":id"');
}
