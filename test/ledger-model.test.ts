import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore } from "@ambit/core";
import { openPostgresStore, type PostgresStore } from "@ambit/postgres";
import { createRedisStore } from "@ambit/redis";
import { createSqliteStore } from "@ambit/sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { ledgerCommands, type ReopenableStore } from "./generators/ledger-commands.ts";
import { LedgerModel } from "./generators/ledger-model.ts";
import { serviceIsThere } from "./services/needed-service.ts";
import * as postgres from "./services/postgres-service.ts";
import * as redis from "./services/redis-service.ts";

const promise =
  "B1, B2, B3, B5, B6, B7, B8, B11, B12: whatever is done in whichever order, it holds what its ledger adds up to";
const scale = Number(process.env["AMBIT_LEDGER_RUNS"] ?? 1);
const timeout = 60_000 * Math.max(1, scale);

async function obeysModel(open: () => Omit<ReopenableStore, "partition">, runs: number): Promise<void> {
  const commands = fc.commands([...ledgerCommands], { maxCommands: 60, size: "max" });
  const property = fc.asyncProperty(commands, (list) =>
    fc.asyncModelRun(() => ({ model: new LedgerModel(), real: { ...open(), partition: randomUUID() } }), list),
  );
  await fc.assert(property, { numRuns: Math.ceil(runs * scale) });
}

describe("the ledger of", () => {
  it(`the memory store: ${promise}`, () => obeysModel(() => ({ store: createMemoryStore() }), 2_000), timeout);

  describe("a file", () => {
    const directory = mkdtempSync(join(tmpdir(), "ambit-ledger-"));
    const file = join(directory, "state.db");
    let store = createSqliteStore({ file });
    afterAll(async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    });

    it(
      `the SQLite store: ${promise}`,
      () => {
        const reopen = async () => {
          await store.close();
          store = createSqliteStore({ file });
          return store;
        };
        return obeysModel(() => ({ store, reopen }), 300);
      },
      timeout,
    );
  });
});

describe.skipIf(!(await serviceIsThere(redis.redisService)))("the ledger of the Redis store", () => {
  let own: redis.OwnStore;
  let others: Awaited<ReturnType<typeof redis.connectStoreClient>>[] = [];
  beforeAll(async () => {
    own = await redis.openOwnStore();
  });
  afterAll(async () => {
    for (const client of others) client.disconnect();
    await own.close();
  });

  it(
    promise,
    () => {
      const reopen = async () => {
        for (const client of others) client.disconnect();
        others = [await redis.connectStoreClient()];
        return createRedisStore({ client: others[0] ?? own.client, prefix: own.prefix });
      };
      return obeysModel(() => ({ store: own.store, reopen }), 60);
    },
    timeout,
  );
});

describe.skipIf(!(await serviceIsThere(postgres.postgresService)))("the ledger of the Postgres store", () => {
  let own: postgres.OwnStore;
  let other: PostgresStore | undefined;
  beforeAll(async () => {
    own = await postgres.openOwnStore();
  });
  afterAll(async () => {
    await other?.close();
    await own.close();
  });

  it(
    promise,
    () => {
      const reopen = async () => {
        await other?.close();
        other = await openPostgresStore({ connection: postgres.databaseUrl, schema: own.schema });
        return other;
      };
      return obeysModel(() => ({ store: own.store, reopen }), 60);
    },
    timeout,
  );
});
