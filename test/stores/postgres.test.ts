import { compareStores, joinStoreSuite, randomTrace, type StoreHarness } from "@ambit/conformance";
import { createMemoryStore } from "@ambit/core";
import { createPostgresSchema, openPostgresStore, type PostgresStore } from "@ambit/postgres";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type FaultyProxy, startFaultyProxy } from "../services/faulty-proxy.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { databaseUrl, dropSchema, openOwnStore, postgresService } from "../services/postgres-service.ts";

const traces = Number(process.env["AMBIT_TRACES"] ?? 60);

describe.skipIf(!(await serviceIsThere(postgresService)))("the Postgres store", () => {
  let proxy: FaultyProxy;
  beforeAll(async () => {
    const { hostname, port } = new URL(databaseUrl);
    proxy = await startFaultyProxy(hostname, Number(port || 5432));
  });
  afterAll(() => proxy.close());

  const harness: StoreHarness = {
    capabilities: ["cap", "reopen", "pause", "lose"],
    open: async ({ maximumCells }) => {
      const url = new URL(databaseUrl);
      url.host = `127.0.0.1:${proxy.port}`;
      const { store, schema, pool, close } = await openOwnStore({ connection: url.href, maximumCells });
      const others: PostgresStore[] = [];
      const reopen = async () => {
        const other = await openPostgresStore({ connection: databaseUrl, schema, maximumCells });
        others.push(other);
        return other;
      };
      return {
        store,
        reopen,
        pause: async () => proxy.setFault("hold"),
        resume: async () => proxy.setFault("none"),
        lose: async () => {
          await dropSchema(pool, schema);
          await createPostgresSchema(pool, { schema });
          return reopen();
        },
        close: async () => {
          for (const other of others) await other.close();
          await close();
        },
      };
    },
  };
  for (const { name, run } of joinStoreSuite(harness, [])) it(name, run);

  it("answers random plans as the memory store does", async () => {
    const { store, close } = await openOwnStore();
    try {
      const plans = Array.from({ length: traces }, (_, seed) => randomTrace(seed, 50));
      await compareStores(createMemoryStore(), store, plans);
    } finally {
      await close();
    }
  });
});
