import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { storeCases } from "@ambit/conformance";
import { createRedisStore, storeClusterOptions } from "@ambit/redis";
import { Cluster, type Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceIsThere } from "../services/needed-service.ts";
import { type RedisServer, redisProgram, startRedisServer } from "../services/redis-server.ts";
import { openOwnStore, ownPrefix, redisService, redisUrl, whenReady } from "../services/redis-service.ts";
import { ask, spend } from "./redis-plans.ts";

const run = promisify(execFile);

describe.skipIf(!(await serviceIsThere(redisService)))("many at once on one account in Redis", () => {
  it("B1: 64 workers never spend more than its limit", async () => {
    const { store, close } = await openOwnStore();
    let admitted = 0;
    const work = async (worker: number) => {
      for (let call = 0; call < 20; call += 1) {
        const { held } = await store.apply(spend(`${worker}-${call}`, { amount: 3, limit: 1_000 }));
        if (held) admitted += 1;
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, worker) => work(worker)));
    expect(admitted).toBe(333);
    await expect(store.apply(ask())).resolves.toMatchObject({ observed: [{ value: 999 }] });
    await close();
  });

  it("B1: four processes of sixteen workers each never spend more than its limit", async () => {
    const { store, prefix, close } = await openOwnStore();
    const limit = 2_000;
    const script = join(import.meta.dirname, "spend-in-redis.process.ts");
    const processes = await Promise.all(
      ["p1", "p2", "p3", "p4"].map((name) =>
        run(process.execPath, [script, redisUrl, prefix, name, String(limit)], { encoding: "utf8" }),
      ),
    );
    expect(processes.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(limit);
    await expect(store.apply(ask())).resolves.toMatchObject({ observed: [{ value: limit }] });
    await close();
  });
});

describe.skipIf(!(await serviceIsThere(redisProgram)))("the Redis store on a cluster", () => {
  let server: RedisServer;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await startRedisServer(["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"]);
    await server.admin.cluster("ADDSLOTSRANGE", 0, 16_383);
    cluster = new Cluster([{ host: "127.0.0.1", port: server.port }], { ...storeClusterOptions });
    cluster.on("error", () => {});
    await whenReady(cluster as unknown as Redis); // Both have what is asked for: a status, and an event of that name.
  });
  afterAll(async () => {
    cluster.disconnect();
    await server.close();
  });

  const harness = {
    capabilities: ["reopen"] as const,
    open: async () => {
      const prefix = ownPrefix();
      const store = createRedisStore({ client: cluster, prefix });
      await store.initialise();
      return { store, reopen: async () => createRedisStore({ client: cluster, prefix }), close: async () => {} };
    },
  };
  for (const storeCase of storeCases) {
    if (storeCase.needs.some((capability) => capability !== "reopen")) continue;
    it(`${storeCase.id}: ${storeCase.title}`, () => storeCase.run(harness));
  }

  it("B9: keeps all keys of a tenant in one slot, and never two tenants under one key", async () => {
    const store = createRedisStore({ client: cluster, prefix: "slots:" });
    await store.initialise();
    const tenants = ["acme", "acme}", "{acme}", "", "}{", "\ud800", "\udfff", "\ufffd", "ac\0me"];
    for (const [index, partition] of tenants.entries()) {
      await store.apply(spend("e1", { amount: index + 1, partition }));
    }
    for (const [index, partition] of tenants.entries()) {
      await expect(store.apply(ask(partition))).resolves.toMatchObject({ observed: [{ value: index + 1 }] });
    }
    const keys = (await server.admin.keys("slots:{*")).toSorted();
    const tags = new Set(keys.map((key) => key.slice(0, key.indexOf("}"))));
    expect(tags.size).toBe(tenants.length);
    for (const tag of tags) {
      const slots = keys.filter((key) => key.startsWith(tag)).map((key) => server.admin.cluster("KEYSLOT", key));
      expect(new Set(await Promise.all(slots)).size).toBe(1);
    }
  });
});
