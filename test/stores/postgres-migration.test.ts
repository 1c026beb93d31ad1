import { readFileSync } from "node:fs";
import { createPostgresSchema, openPostgresStore } from "@ambit/postgres";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceIsThere } from "../services/needed-service.ts";
import { dropSchema, newPool, ownSchema, postgresService } from "../services/postgres-service.ts";

const now = 1_767_225_600_000;
const day = 86_400_000;
const names = ["lifetime", "spent", "streak", "trail", "counter", "running"] as const;
const kinds = ["account", "account", "streak", "trail", "counter", "account"] as const;

/** What the functions of version 1 are told: keys count from 1, a lifetime has no end, and nothing says how long it is kept. */
const firstPlan = {
  now,
  checks: [],
  effects: [
    reservation(1, { amount: 12, expiry: "charge" }),
    reservation(2, { amount: 30, expiry: "charge" }),
    { kind: "settle", key: 2, evaluationId: "e1", amount: 30 },
    { kind: "grow", key: 3 },
    { kind: "grow", key: 3 },
    { kind: "follow", key: 4, entry: "x" },
    { kind: "count", key: 5, span: 1_000 },
    reservation(6, { amount: 1, expiry: "release" }),
  ],
};

describe.skipIf(!(await serviceIsThere(postgresService)))("a schema of version 1 in Postgres", () => {
  let pool: Pool;
  const schema = ownSchema();
  beforeAll(() => {
    pool = newPool();
  });
  afterAll(async () => {
    await dropSchema(pool, schema);
    await pool.end();
  });

  it("S1, B12: is brought up to date with all that it holds, in the same epoch, and what had no end keeps none", async () => {
    const life = await makeFirstVersion(pool, schema);
    await expect(openPostgresStore({ connection: pool, schema })).rejects.toThrow("which this store does not know");
    expect(await createPostgresSchema(pool, { schema })).toMatchObject({ from: 1 });

    const store = await openPostgresStore({ connection: pool, schema });
    const look = (at: number) => {
      const window = { kind: "lifetime" } as const;
      const account = { kind: "account", window, amount: 0 as never, limit: 100 as never } as const;
      const checks = [
        { ...account, key: 0 },
        { ...account, key: 1 },
        { kind: "streak", key: 2, limit: 3 },
        { ...account, key: 5 },
      ] as const;
      return store.apply({ partition: "tenant", keys: names, checks, effects: [], now: at });
    };
    expect(await look(now)).toMatchObject({ held: true, epoch: life });
    expect((await look(now)).observed.map(({ value }) => value)).toEqual([12, 30, 2, 1]);
    // A lease from before is renewed like any other.
    const renewal = { kind: "renew", evaluationId: "e1", leaseUntil: now + 10 * day } as const;
    await store.apply({ partition: "tenant", keys: ["running"], checks: [], effects: [{ ...renewal, key: 0 }], now });
    expect((await look(now + 9 * day)).observed.map(({ value }) => value)).toEqual([12, 30, 2, 1]);
    for (const [after, left] of [
      [9 * day, ["lifetime", "running", "spent", "streak", "trail"]],
      [90 * day, ["lifetime", "spent", "streak", "trail"]],
    ] as const) {
      await pool.query(`SELECT "${schema}".reclaim(NULL, $1, 1000)`, [now + after]);
      const { rows } = await pool.query<{ key: string }>(`SELECT key FROM "${schema}".cell ORDER BY key`);
      expect(rows.map(({ key }) => key)).toEqual(left);
    }
    const leases = await pool.query(`SELECT amount::int FROM "${schema}".reservation`);
    expect(leases.rows).toEqual([{ amount: 12 }]);
    await store.close();
  });
});

function reservation(key: number, { amount, expiry }: { readonly amount: number; readonly expiry: string }) {
  const leaseUntil = now + 60_000;
  return { kind: "reserve", key, window: { kind: "lifetime" }, evaluationId: "e1", amount, leaseUntil, expiry };
}

/** Makes it as the first release did, and takes a plan in it; gives the life of its state. */
async function makeFirstVersion(pool: Pool, schema: string): Promise<string> {
  const first = readFileSync(new URL("fixtures/postgres-version-1.sql", import.meta.url), "utf8");
  await pool.query(`CREATE SCHEMA "${schema}"`);
  await pool.query(
    `CREATE TABLE "${schema}".migration (version integer PRIMARY KEY, applied_at timestamptz DEFAULT now())`,
  );
  await pool.query(first.replaceAll("{schema}", `"${schema}"`));
  await pool.query(`INSERT INTO "${schema}".migration (version) VALUES (1)`);
  const written = names.map(() => true);
  const terms = { version: 1, lockTimeout: "1000ms" };
  const { rows } = await pool.query<{ answer: { readonly life: string } }>(
    `SELECT "${schema}".apply_plans($1, $2, $3, $4, $5, $6) AS answer`,
    [names.map(() => "tenant"), names, kinds, written, JSON.stringify([firstPlan]), JSON.stringify(terms)],
  );
  return rows[0]?.answer.life ?? "";
}
