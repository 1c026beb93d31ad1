import { spawn } from "node:child_process";
import { join } from "node:path";
import { openPostgresStore, type PostgresStore } from "@ambit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPlan, reservePlan } from "../services/account-plans.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { databaseUrl, type OwnStore, openOwnStore, postgresService } from "../services/postgres-service.ts";

// The machine may be busy: nothing here is about how long it takes.
const patient = { timeout: 30_000 } as const;

describe.skipIf(!(await serviceIsThere(postgresService)))("many at once on Postgres", () => {
  let own: OwnStore;
  beforeAll(async () => {
    own = await openOwnStore(patient);
  });
  afterAll(() => own.close());

  it("B1: 64 workers on one account are given exactly what there is, and none is turned away before", async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, worker) => {
        let given = 0;
        for (let round = 0; round < 10; round += 1) {
          const { held } = await own.store.apply(reservePlan(["hot"], `${worker}:${round}`, { limit: 500 }));
          if (held) given += 1;
        }
        return given;
      }),
    );
    expect(answers.reduce((sum, given) => sum + given, 0)).toBe(500);
    expect(await spent(own.store, ["hot"])).toEqual([500]);
  });

  it("B1: so are 4 processes with 16 workers each", async () => {
    const given = await Promise.all(["a", "b", "c", "d"].map((prefix) => askInProcess(own.schema, prefix)));
    expect(given.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(await spent(own.store, ["shared"])).toEqual([300]);
  });

  it("B5: of two accounts both are charged or none, whichever is full", async () => {
    const second = await openPostgresStore({ connection: databaseUrl, schema: own.schema, ...patient });
    try {
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, call) => {
          const store = call % 2 === 0 ? own.store : second;
          const keys = call % 3 === 0 ? ["small", "large"] : ["large", "small"];
          const plan = reservePlan(keys, `pair ${call}`);
          const checks = plan.checks.map((check) =>
            check.kind === "account"
              ? { ...check, limit: (keys[check.key] === "small" ? 20 : 1_000) as typeof check.limit }
              : check,
          );
          return store.apply({ ...plan, checks });
        }),
      );
      expect(answers.filter(({ held }) => held).length).toBe(20);
      expect(await spent(own.store, ["small", "large"])).toEqual([20, 20]);
    } finally {
      await second.close();
    }
  });

  it("takes cells in whatever order plans name them, without a deadlock", async () => {
    const before = await deadlocks(own);
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openPostgresStore({ connection: databaseUrl, schema: own.schema, ...patient })),
    );
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const used = new Map<string, number>();
    const plans = Array.from({ length: 400 }, (_, call) => {
      const keys = [...new Set(Array.from({ length: 6 }, () => `tangle ${random(8)}`))];
      for (const key of keys) used.set(key, (used.get(key) ?? 0) + 1);
      return reservePlan(keys, `tangle ${call}`);
    });
    const answers = await Promise.all(plans.map((plan, index) => stores[index % 4]?.apply(plan)));
    expect(answers.every((answer) => answer?.held)).toBe(true);
    expect(await spent(own.store, [...used.keys()])).toEqual([...used.values()]);
    await Promise.all(stores.map((store) => store.close()));
    expect(await deadlocks(own)).toEqual(before);
  });

  it("S3: of two calls that each forbid the other, both never pass", async () => {
    const stores = [own.store, await openPostgresStore({ connection: databaseUrl, schema: own.schema, ...patient })];
    for (let round = 0; round < 40; round += 1) {
      const keys = [`first ${round}`, `second ${round}`];
      const answers = await Promise.all(
        stores.map((store, index) =>
          store.apply({
            partition: "tenant",
            keys,
            checks: [{ kind: "unmarked", key: 1 - index, since: 0 }],
            effects: [{ kind: "mark", key: index, keep: 0 }],
            now: 1,
          }),
        ),
      );
      expect(answers.filter(({ held }) => held).length).toBe(1);
    }
    await stores[1]?.close();
  });
});

async function spent(store: PostgresStore, keys: readonly string[]): Promise<readonly number[]> {
  return (await store.apply(readPlan(keys))).observed.map(({ value }) => value);
}

async function deadlocks({ pool }: OwnStore): Promise<unknown> {
  const { rows } = await pool.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  return rows;
}

/** Sixteen workers that ask for 10 units each; gives how many they were given. */
async function askInProcess(schema: string, prefix: string): Promise<number> {
  const script = `
    const [, url, schema, prefix, plans] = process.argv;
    const { openPostgresStore } = await import("@ambit/postgres");
    const { reservePlan } = await import(plans);
    const store = await openPostgresStore({ connection: url, schema, timeout: 30_000 });
    let given = 0;
    await Promise.all(Array.from({ length: 16 }, async (_, worker) => {
      for (let round = 0; round < 10; round += 1) {
        const id = prefix + worker + ":" + round;
        if ((await store.apply(reservePlan(["shared"], id, { limit: 300 }))).held) given += 1;
      }
    }));
    await store.close();
    process.stdout.write(String(given));
  `;
  const plans = join(import.meta.dirname, "../services/account-plans.ts");
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, databaseUrl, schema, prefix, plans], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: import.meta.dirname,
  });
  let output = "";
  for await (const chunk of child.stdout) output += String(chunk);
  return Number(output);
}
