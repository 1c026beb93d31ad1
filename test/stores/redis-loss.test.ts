import { createAuthorizer, parsePolicy } from "@ambit/core";
import { createRedisStore } from "@ambit/redis";
import { afterEach, describe, expect, it } from "vitest";
import { serviceIsThere } from "../services/needed-service.ts";
import { type RedisServer, redisProgram, startRedisServer } from "../services/redis-server.ts";
import { connectStoreClient, whenReady } from "../services/redis-service.ts";
import { ask, spend } from "./redis-plans.ts";

const lost = { name: "StateStoreError", code: "state_lost" };
const closing: (() => unknown)[] = [];

describe.skipIf(!(await serviceIsThere(redisProgram)))("a Redis store that lost its state", () => {
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function begin(settings: readonly string[] = []) {
    const server = await startRedisServer(settings);
    closing.push(() => server.close());
    return { server, ...(await open(server)) };
  }

  async function open(server: RedisServer) {
    const client = await connectStoreClient(server.url);
    closing.push(() => client.disconnect());
    return { client, store: createRedisStore({ client }) };
  }

  it("S1: takes no plan before the state was begun", async () => {
    const { store } = await begin();
    await expect(store.apply(ask())).rejects.toMatchObject(lost);
    await store.initialise();
    await expect(store.apply(ask())).resolves.toMatchObject({ held: true });
  });

  it("S1: notices that everything is gone, in this process and in the next", async () => {
    const { server, store } = await begin();
    const epoch = await store.initialise();
    await expect(store.apply(spend("e1", { amount: 90 }))).resolves.toMatchObject({ held: true, epoch });
    await server.admin.flushall();
    await expect(store.apply(spend("e2"))).rejects.toMatchObject(lost);
    const { store: next } = await open(server);
    await expect(next.apply(spend("e3"))).rejects.toMatchObject(lost);
  });

  it("S1: notices a restart without what was kept", async () => {
    const { server, client, store } = await begin();
    await store.initialise();
    await store.apply(spend("e1", { amount: 90 }));
    await server.stop();
    await server.start();
    await whenReady(client);
    await expect(store.apply(spend("e2"))).rejects.toMatchObject(lost);
  });

  it("S1: is of another epoch once somebody has begun again", async () => {
    const { server, store } = await begin();
    const epoch = await store.initialise();
    await store.apply(spend("e1"));
    await server.admin.flushall();
    const { store: other } = await open(server);
    await other.initialise();
    const { epoch: after } = await store.apply(ask());
    expect(after).not.toBe(epoch);
    expect(await other.initialise()).toBe(after);
  });

  it("S1: notices that one tenant's record is gone, and lets the others go on", async () => {
    const { server, store } = await begin();
    const epoch = await store.initialise();
    await store.apply(spend("e1", { partition: "acme" }));
    await store.apply(spend("e1", { partition: "other" }));
    const { store: before } = await open(server);
    for (const key of await recordsOf(server)) await server.admin.del(key);
    await expect(before.apply(ask("acme"))).rejects.toMatchObject(lost);
    await expect(store.apply(spend("e2", { partition: "acme" }))).rejects.toMatchObject(lost);
    await expect(store.apply(spend("e2", { partition: "new" }))).resolves.toMatchObject({ held: true, epoch });
  });

  it("S1: notices an earlier state that was put back, tells every process, and goes on once the loss is accepted", async () => {
    const { server, store } = await begin();
    const epoch = await store.initialise();
    await store.apply(spend("e1"));
    const copies = await Promise.all(
      (await server.admin.keys("*")).map(async (key) => ({ key, value: await server.admin.dumpBuffer(key) })),
    );
    for (let count = 2; count < 6; count += 1) await store.apply(spend(`e${count}`));
    await server.admin.flushall();
    for (const { key, value } of copies) if (value !== null) await server.admin.restore(key, 0, value);
    await expect(store.apply(spend("e6"))).rejects.toMatchObject(lost);
    const { store: next } = await open(server);
    await expect(next.apply(spend("e7"))).rejects.toMatchObject(lost);
    const after = await next.acceptLoss();
    expect(after).not.toBe(epoch);
    for (const handle of [store, next]) {
      await expect(handle.apply(ask())).resolves.toMatchObject({ epoch: after, observed: [{ value: 10 }] });
    }
  });

  it("S1: notices a state put back from before a tenant was known", async () => {
    const { server, store } = await begin();
    await store.initialise();
    const copy = await server.admin.dumpBuffer("ambit:deployment");
    await store.apply(spend("e1"));
    await server.admin.flushall();
    await server.admin.restore("ambit:deployment", 0, copy ?? "");
    await expect(store.apply(spend("e2"))).rejects.toMatchObject(lost);
    const { store: next } = await open(server);
    await expect(next.apply(spend("e3"))).rejects.toMatchObject(lost);
  });

  it("begins by itself where it is told to, which a process that knew the state still notices", async () => {
    const { server, client } = await begin();
    const store = createRedisStore({ client, createIfMissing: true });
    const { epoch } = await store.apply(spend("e1"));
    await server.admin.flushall();
    const { epoch: after } = await store.apply(ask());
    expect(after).not.toBe(epoch);
  });

  it("S1: an authorizer denies with state_lost until somebody has begun again and said so", async () => {
    const { server, store } = await begin();
    await store.initialise();
    const policy = parsePolicy(
      'version: 1\npolicies: [{ role: rep, allow: [tool:pay] }]\ntools: { pay: { scope: tool:pay, cost: "1" } }\nbudgets: [{ per: user, limit: "5", window: lifetime }]',
    );
    const authorizer = createAuthorizer({ policy, store });
    const context = { subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s1" };
    const decide = async (id: string) =>
      (await authorizer.run({ id, tool: "pay", arguments: {} }, context, () => "paid")).decision;
    expect(await decide("c1")).toMatchObject({ allowed: true });
    await server.admin.flushall();
    expect(await decide("c2")).toMatchObject({ allowed: false, code: "state_lost" });
    await store.initialise();
    expect(await decide("c3")).toMatchObject({ allowed: false, code: "state_lost" });
    authorizer.acceptLostState();
    expect(await decide("c4")).toMatchObject({ allowed: true });
  });
});

async function recordsOf({ admin }: RedisServer): Promise<readonly string[]> {
  return (await admin.keys("ambit:{*")).filter((key) => key.endsWith("}"));
}
