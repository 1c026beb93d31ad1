import { createPostgresSchema, openPostgresStore } from "@ambit/postgres";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPlan, reservePlan } from "../services/account-plans.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import {
  databaseUrl,
  dropSchema,
  newPool,
  openOwnStore,
  ownSchema,
  postgresService,
} from "../services/postgres-service.ts";

describe.skipIf(!(await serviceIsThere(postgresService)))("the schema in Postgres", () => {
  let pool: Pool;
  const schemas: string[] = [];
  const named = () => {
    const schema = ownSchema();
    schemas.push(schema);
    return schema;
  };
  beforeAll(() => {
    pool = newPool();
  });
  afterAll(async () => {
    for (const schema of schemas) await dropSchema(pool, schema);
    await pool.end();
  });

  it("is made once, however many processes make it at once, and then left as it is", async () => {
    const schema = named();
    const changes = await Promise.all(Array.from({ length: 4 }, () => createPostgresSchema(pool, { schema })));
    expect(changes.map(({ from }) => from).toSorted((left, right) => left - right)).toEqual([0, 3, 3, 3]);
    const store = await openPostgresStore({ connection: pool, schema });
    const { epoch } = await store.apply(reservePlan(["a"], "e1", { amount: 5 }));
    expect(await createPostgresSchema(pool, { schema })).toEqual({ from: 3, to: 3 });
    expect(await store.apply(readPlan(["a"]))).toMatchObject({ epoch, observed: [{ value: 5 }] });
    await store.close();
  });

  it("that failed half-way is not there at all", async () => {
    const schema = named();
    await pool.query(`CREATE SCHEMA "${schema}"`);
    await pool.query(`CREATE TABLE "${schema}".charge (mine integer)`);
    await expect(createPostgresSchema(pool, { schema })).rejects.toMatchObject({ code: "state_unavailable" });
    const { rows } = await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [schema]);
    expect(rows).toEqual([{ tablename: "charge" }]);
  });

  it("S1: of a newer version is neither used nor changed, also by a store that is open", async () => {
    const schema = named();
    await createPostgresSchema(pool, { schema });
    const store = await openPostgresStore({ connection: pool, schema });
    await pool.query(`INSERT INTO "${schema}".migration (version) VALUES (4)`);
    await expect(createPostgresSchema(pool, { schema })).rejects.toThrow("of version 4; this package knows 3");
    // What the functions of another version say to a store of this one.
    const { rows } = await pool.query<{ definition: string }>(
      `SELECT pg_get_functiondef('"${schema}".refusal'::regproc) AS definition`,
    );
    await pool.query(rows[0]?.definition.replace("<> 3", "<> 4") ?? "");
    await expect(store.apply(readPlan(["a"]))).rejects.toThrow("which this store does not know");
    await expect(openPostgresStore({ connection: pool, schema })).rejects.toThrow("which this store does not know");
    await store.close();
  });

  it("that is not there is asked for by name", async () => {
    const opening = openPostgresStore({ connection: databaseUrl, schema: "never_made" });
    await expect(opening).rejects.toThrow("call createPostgresSchema first");
  });

  it.each(['x"; DROP SCHEMA public; --', "Ambit", "pg_ambit", "", "1a", "a".repeat(64), "a-b"])(
    "is never named %j",
    async (schema) => {
      await expect(createPostgresSchema(pool, { schema })).rejects.toThrow("cannot name a schema");
      await expect(openPostgresStore({ connection: pool, schema })).rejects.toThrow("cannot name a schema");
    },
  );

  it("S1, R1: drops, two days after, what nobody can ask about any more, and only that, and counts what is left", async () => {
    const { store, schema, close } = await openOwnStore();
    try {
      const now = 1_767_225_600_000;
      const day = 86_400_000;
      await store.apply(reservePlan(["live"], "e1", { amount: 5 }));
      await store.apply({
        partition: "tenant",
        keys: ["counter", "short mark", "mark", "token", "switch", "rolling"],
        checks: [],
        effects: [
          { kind: "count", key: 0, span: 1_000 },
          { kind: "mark", key: 1, keep: 1_000 },
          { kind: "mark", key: 2, keep: 0 },
          { kind: "spend", key: 3, keep: 0 },
          { kind: "throw", key: 4, until: now + 1_000 },
          {
            ...reserveOf("e1"),
            key: 5,
            window: { kind: "rolling", span: 1_000 },
          },
        ],
        now,
      });
      await store.apply({
        partition: "tenant",
        keys: ["rolling"],
        checks: [],
        effects: [{ kind: "settle", key: 0, evaluationId: "e1", amount: 1 as never }],
        now,
      });
      const left = async (at: number) => {
        await pool.query(`SELECT "${schema}".reclaim(NULL, $1, 1000)`, [at]);
        const { rows } = await pool.query<{ key: string }>(`SELECT key FROM "${schema}".cell ORDER BY key`);
        const counted = await pool.query(`SELECT "${schema}".cells_of('*')::int AS cells`);
        expect(counted.rows).toEqual([{ cells: rows.length }]);
        return rows.map(({ key }) => key);
      };
      const all = ["counter", "live", "mark", "rolling", "short mark", "switch", "token"];
      expect(await left(now + 2 * day)).toEqual(all);
      expect(await left(now + 2 * day + 2_000)).toEqual(["live", "mark", "token"]);
      const charges = await pool.query(`SELECT * FROM "${schema}".charge`);
      expect(charges.rows).toEqual([]);
    } finally {
      await close();
    }
  });
});

function reserveOf(evaluationId: string) {
  const [effect] = reservePlan(["any"], evaluationId).effects;
  if (effect?.kind !== "reserve") throw new Error("the plan reserves nothing");
  return effect;
}
