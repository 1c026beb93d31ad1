import { compareStores, joinStoreSuite, randomTrace, type StoreHarness } from "@ambit/conformance";
import { createMemoryStore } from "@ambit/core";
import { createRedisStore } from "@ambit/redis";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type FaultyProxy, startFaultyProxy } from "../services/faulty-proxy.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { connectStoreClient, openOwnStore, redisService, redisUrl, removeKeys } from "../services/redis-service.ts";

const traces = Number(process.env["AMBIT_TRACES"] ?? 60);

describe.skipIf(!(await serviceIsThere(redisService)))("the Redis store", () => {
  let proxy: FaultyProxy;
  beforeAll(async () => {
    const { hostname, port } = new URL(redisUrl);
    proxy = await startFaultyProxy(hostname, Number(port || 6379));
  });
  afterAll(() => proxy.close());

  const harness: StoreHarness = {
    capabilities: ["cap", "reopen", "pause", "lose"],
    open: async ({ maximumCells }) => {
      const url = new URL(redisUrl);
      url.host = `127.0.0.1:${proxy.port}`;
      const { store, client, prefix, close } = await openOwnStore({
        url: url.href,
        maximumCellsPerTenant: maximumCells,
      });
      const others: Awaited<ReturnType<typeof connectStoreClient>>[] = [];
      return {
        store,
        reopen: async () => {
          const other = await connectStoreClient();
          others.push(other);
          return createRedisStore({ client: other, prefix });
        },
        pause: async () => proxy.setFault("hold"),
        resume: async () => proxy.setFault("none"),
        lose: async () => {
          await removeKeys(client, prefix);
          const emptied = createRedisStore({ client, prefix });
          await emptied.initialise();
          return emptied;
        },
        close: async () => {
          for (const other of others) other.disconnect();
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
