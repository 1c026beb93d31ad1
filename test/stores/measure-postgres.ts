import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check, Effect, MicroUnits, Plan } from "@ambit/core";
import { createPostgresSchema, openPostgresStore } from "@ambit/postgres";
import type { QueryConfig } from "pg";
import { databaseUrl, dropSchema, newPool, ownSchema } from "../services/postgres-service.ts";

/**
 * Decisions a second on Postgres, beside pgbench, which sends the same statement for one plan at a time.
 * `node test/stores/measure-postgres.ts`, with a database in DATABASE_URL and pgbench on the PATH.
 */
const seconds = Number(process.env["AMBIT_BENCH_SECONDS"] ?? 5);
const lifetime = { kind: "lifetime" } as const;
const micro = (amount: number) => amount as MicroUnits; // Safe integers all.

/** Eight checks and eight effects: what a policy with budgets, limits and history makes of one call. */
function typicalPlan(user: string, evaluationId: string, now: number): Plan {
  const keys = ["tenant", "user", "agent", "session"].map((owner) => `switch|${owner}|${user}`);
  keys.push(`account|${user}`, `counter|${user}`, `streak|${user}`, `label|${user}`, `order|${user}`, `trail|${user}`);
  keys.push(`account|day|${user}`, `seen|${user}`);
  const day = { kind: "calendar", name: "2026-01-01", ends: now + 86_400_000 } as const;
  const checks: Check[] = [0, 1, 2, 3].map((key) => ({ kind: "off", key }));
  checks.push(
    { kind: "account", key: 4, window: lifetime, amount: micro(1), limit: micro(1e15) },
    { kind: "account", key: 10, window: day, amount: micro(1), limit: micro(1e15) },
    { kind: "streak", key: 6, limit: 1e9 },
    { kind: "unmarked", key: 7, since: 0 },
  );
  const terms = { evaluationId, amount: micro(1), leaseUntil: now + 300_000, expiry: "charge" } as const;
  const effects: Effect[] = [
    { kind: "reserve", key: 4, window: lifetime, ...terms },
    { kind: "reserve", key: 10, window: day, ...terms },
    { kind: "count", key: 5, span: 60 },
    { kind: "grow", key: 6 },
    { kind: "mark", key: 8, keep: 3_600_000 },
    { kind: "mark", key: 11, keep: 0 },
    { kind: "follow", key: 9, entry: "a" },
    { kind: "mark", key: 8, keep: 0 },
  ];
  return { partition: "tenant", keys, checks, effects, now };
}

/** The end of a call, so that reservations do not pile up. */
function closingPlan({ partition, keys, effects, now }: Plan): Plan {
  const settles = effects.flatMap((effect): Effect[] =>
    effect.kind === "reserve"
      ? [{ kind: "settle", key: effect.key, evaluationId: effect.evaluationId, amount: micro(1) }]
      : [],
  );
  return { partition, keys, checks: [], effects: settles, now };
}

const pool = newPool();
const schema = ownSchema();
await createPostgresSchema(pool, { schema });
const store = await openPostgresStore({ connection: databaseUrl, schema, timeout: 20_000 });
try {
  for (const users of [1, 1_000]) {
    for (const workers of [1, 64]) {
      const alone = await decisions(workers, users);
      print(`store    ${workers} workers, ${users} users: ${alone.toFixed(0)} decisions/s`);
      print(`pgbench  ${workers} clients, ${users} users: ${(await pgbench(workers, users)).toFixed(0)} decisions/s`);
    }
  }
} finally {
  await store.close();
  await dropSchema(pool, schema);
  await pool.end();
}

/** Half of the plans decide, half settle; both count, as pgbench does both in turn. */
async function decisions(workers: number, users: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  const work = async (worker: number) => {
    for (let round = 0; performance.now() < end; round += 1) {
      const user = `store-${users}-${(worker * 7919 + round * 104_729) % users}`;
      const plan = typicalPlan(user, `${workers}-${worker}-${round}`, Date.now());
      await store.apply(plan);
      await store.apply(closingPlan(plan));
      count += 2;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return count / seconds;
}

async function pgbench(clients: number, users: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "ambit-pgbench-"));
  const script = join(folder, "plans.sql");
  const plan = typicalPlan("pgbench-USER", "ID", Date.now());
  const statements = [await statementOf(plan), await statementOf(closingPlan(plan))];
  writeFileSync(
    script,
    `\\set id random(1, 1000000000000)\n\\set user random(1, ${users})\n${statements.join("\n")}\n`,
  );
  try {
    const options = ["-n", "-c", clients, "-j", Math.min(clients, 2), "-T", seconds, "-f", script, databaseUrl];
    const output = execFileSync("pgbench", options.map(String), {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return 2 * Number(/tps = ([\d.]+)/.exec(output)?.[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The statement that the store itself sends for a plan, with its parameters written out for pgbench. */
async function statementOf(plan: Plan): Promise<string> {
  const sent: QueryConfig[] = [];
  const recording = newPool();
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
