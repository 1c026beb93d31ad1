import { type Plan, StateStoreError } from "@ambit/core";
import { createRedisStore, type RedisStoreOptions } from "@ambit/redis";
import type { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { type FaultyProxy, startFaultyProxy } from "../services/faulty-proxy.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { type RedisServer, redisProgram, startRedisServer } from "../services/redis-server.ts";
import { connectStoreClient, whenReady } from "../services/redis-service.ts";
import { ask, moment, onCell, spend } from "./redis-plans.ts";

const unavailable = { name: "StateStoreError", code: "state_unavailable" };
const closing: (() => unknown)[] = [];

interface Begun {
  readonly server: RedisServer;
  readonly proxy: FaultyProxy;
  readonly client: Redis;
  readonly store: ReturnType<typeof createRedisStore>;
}

async function begin(settings: readonly string[] = [], options: Partial<RedisStoreOptions> = {}): Promise<Begun> {
  const server = await startRedisServer(settings);
  closing.push(() => server.close());
  const proxy = await startFaultyProxy("127.0.0.1", server.port);
  closing.push(() => proxy.close());
  const client = await connectStoreClient(`redis://127.0.0.1:${proxy.port}`);
  closing.push(() => client.disconnect());
  const store = createRedisStore({ client, ...options });
  return { server, proxy, client, store };
}

describe.skipIf(!(await serviceIsThere(redisProgram)))("a Redis store whose server fails", () => {
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it("R6: denies while the server is down, and goes on with what was kept once it is back", async () => {
    const { server, client, store } = await begin(["--appendonly", "yes", "--appendfsync", "always"]);
    await store.initialise();
    await store.apply(spend("e1"));
    await server.stop();
    for (let count = 0; count < 20; count += 1) {
      await expect(store.apply(spend(`down${count}`))).rejects.toMatchObject(unavailable);
    }
    await server.start();
    await whenReady(client);
    await expect(store.apply(ask())).resolves.toMatchObject({ held: true, observed: [{ value: 10 }] });
  });

  it("R6: rejects what is under way when the connection breaks, and never sends it twice", async () => {
    const { proxy, client, store } = await begin();
    await store.initialise();
    await store.apply(spend("e1", { limit: 1_000 }));
    proxy.setFault("hold");
    const underway = Array.from({ length: 8 }, () =>
      store.apply(onCell([], [{ kind: "grow", key: 0, keep: 0 }])).catch((error: unknown) => error),
    );
    const asked = client.ping().catch(() => undefined);
    proxy.breakConnections();
    for (const answer of await Promise.all(underway)) expect(answer).toMatchObject(unavailable);
    await asked;
    proxy.setFault("none");
    await whenReady(client);
    const streak = { kind: "streak", key: 0, limit: 1_000 } as const;
    const { observed } = await store.apply(onCell([streak], []));
    expect(observed[0]?.value).toBeLessThanOrEqual(8);
  });

  it.each<[string, (reply: string) => string]>([
    ["cut short", (reply) => reply.replace(/\$(\d+)\r\nheld [^\r]*\r\n/g, "$$4\r\nheld\r\n")],
    ["without what a check saw", (reply) => reply.replace(/\$(\d+)\r\nheld [^\r]*\r\n/g, "$$6\r\nheld 2\r\n")],
    ["not what was asked for", (reply) => reply.replace(/\$(\d+)\r\nheld [^\r]*\r\n/g, ":1\r\n")],
    ["nothing", (reply) => reply.replace(/\$(\d+)\r\nheld [^\r]*\r\n/g, "$$-1\r\n")],
    ["a word of another kind", (reply) => reply.replace(/held [^\r]*/g, (text) => "x".repeat(text.length))],
    ["LOADING", () => "-LOADING Redis is loading the dataset in memory\r\n"],
    ["MOVED", () => "-MOVED 3999 127.0.0.1:6381\r\n"],
    ["ASK", () => "-ASK 3999 127.0.0.1:6381\r\n"],
    ["CLUSTERDOWN", () => "-CLUSTERDOWN The cluster is down\r\n"],
    ["MASTERDOWN", () => "-MASTERDOWN Link with MASTER is down\r\n"],
    ["no protocol at all", () => "HTTP/1.1 400 Bad Request\r\n"],
  ])("D3: an answer that is %s is never taken for held", async (_what, change) => {
    const { proxy, store } = await begin();
    await store.initialise();
    await store.apply(spend("e1", { limit: 1_000 }));
    proxy.setFault((reply) => Buffer.from(change(reply.toString("latin1")), "latin1"));
    await expect(store.apply(spend("e2", { limit: 1_000 }))).rejects.toMatchObject(unavailable);
  });

  it("D3: a replica gives no answer, not even to a plan that changes nothing", async () => {
    const { server, store } = await begin();
    await store.initialise();
    await store.apply(spend("e1"));
    await server.admin.config("SET", "replica-serve-stale-data", "yes");
    await server.admin.replicaof("127.0.0.1", 1);
    await expect(store.apply(ask())).rejects.toMatchObject(unavailable);
  });

  it("D3: a server with too few replicas takes no plan", async () => {
    const { server, store } = await begin();
    await store.initialise();
    await store.apply(spend("e1"));
    await server.admin.config("SET", "min-replicas-to-write", "1");
    await expect(store.apply(spend("e2"))).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining("NOREPLICAS"),
    });
  });

  it("a server that forgot the script is sent it again", async () => {
    const { server, store } = await begin();
    await store.initialise();
    await store.apply(spend("e1"));
    await server.admin.script("FLUSH");
    await expect(store.apply(spend("e2"))).resolves.toMatchObject({ held: true, observed: [{ value: 10 }] });
  });

  it("R1, S1: without memory it refuses, forgets nothing, and goes on once there is some", async () => {
    const { server, store } = await begin(["--maxmemory", "0"]);
    await store.initialise();
    await store.apply(spend("e1", { amount: 90 }));
    await server.admin.config("SET", "maxmemory", "1kb");
    const refused = { name: "StateStoreError", code: "state_capacity" };
    for (const plan of [spend("e2"), onCell([], [{ kind: "mark", key: 0, keep: 0 }])]) {
      await expect(store.apply(plan)).rejects.toMatchObject(refused);
    }
    await server.admin.config("SET", "maxmemory", "0");
    await expect(store.apply(spend("e3", { amount: 11 }))).resolves.toMatchObject({
      held: false,
      observed: [{ value: 90 }],
    });
  });

  it("S1: refuses a server that may evict keys, from the start and when it is changed under way", async () => {
    const { server, client, store } = await begin(["--maxmemory-policy", "allkeys-lru"], { recheckAfter: 0 });
    const advice = { ...unavailable, message: expect.stringContaining("set it to noeviction") };
    await expect(store.check()).rejects.toMatchObject(advice);
    await expect(store.initialise()).rejects.toMatchObject(advice);
    await server.admin.config("SET", "maxmemory-policy", "noeviction");
    await store.initialise();
    await expect(store.apply(spend("e1"))).resolves.toMatchObject({ held: true });
    await server.admin.config("SET", "maxmemory-policy", "volatile-ttl");
    await expect(store.apply(spend("e2"))).rejects.toMatchObject(advice);
    const accepting = createRedisStore({ client, eviction: "accept" });
    await expect(accepting.apply(spend("e3"))).resolves.toMatchObject({ held: true });
  });

  it("B5: a key that something else has written to stops a plan before its first write", async () => {
    const { server, store } = await begin();
    await store.initialise();
    const both: Plan = {
      ...spend("e1"),
      keys: ["budget", "cell"],
      effects: [...spend("e1").effects, { kind: "grow", key: 1, keep: 0 }],
    };
    await store.apply(both);
    const [streak] = (await server.admin.keys("ambit:{*")).filter((key) => key.endsWith("k:cell"));
    await server.admin.del(streak ?? "");
    await server.admin.rpush(streak ?? "", "x");
    const twice = { ...both, effects: [...spend("e2").effects, { kind: "grow", key: 1, keep: 0 }] } as const;
    await expect(store.apply(twice)).rejects.toMatchObject(unavailable);
    await expect(store.apply(ask())).resolves.toMatchObject({ observed: [{ value: 10 }] });
  });

  it("S1: what may be forgotten is given to the server to forget, live state never is", async () => {
    const { server, store } = await begin();
    await store.initialise();
    const keep = 1_000;
    const day = 86_400_000;
    await store.apply({
      partition: "acme",
      keys: ["brief", "ever", "budget", "count", "thrown", "reset", "row", "walk", "session", "running"],
      checks: [],
      effects: [
        { kind: "mark", key: 0, keep },
        { kind: "mark", key: 1, keep: 0 },
        ...spend("e1").effects.map((effect) => ({ ...effect, key: 2 })),
        { kind: "count", key: 3, span: keep },
        { kind: "throw", key: 4, until: moment + keep },
        { kind: "throw", key: 5, until: Number.MAX_SAFE_INTEGER },
        { kind: "grow", key: 6, keep },
        { kind: "follow", key: 7, entry: "x", keep },
        ...spend("e1").effects.map((effect) => ({
          ...effect,
          key: 8,
          window: { kind: "lifetime", ends: moment + keep } as const,
        })),
        ...spend("e1").effects.map((effect) => ({ ...effect, key: 9, expiry: "release" as const })),
      ],
      now: moment,
    });
    await store.apply({
      partition: "acme",
      keys: ["running", "row", "walk"],
      checks: [],
      effects: [
        { kind: "renew", key: 0, evaluationId: "e1", leaseUntil: moment + 7 * day },
        // What is kept for less than before is kept as long as before.
        { kind: "grow", key: 1, keep: 1 },
        { kind: "follow", key: 2, entry: "x", keep: 1 },
      ],
      now: moment,
    });
    const twoDays = 2 * day;
    const left = async (end: string) => {
      const [key = ""] = (await server.admin.keys("ambit:{*")).filter((name) => name.endsWith(end));
      return await server.admin.pttl(key);
    };
    for (const end of ["m:brief", "c:count", "s:thrown", "k:row", "t:walk"]) {
      expect(await left(end)).toBeGreaterThan(twoDays);
      expect(await left(end)).toBeLessThanOrEqual(twoDays + keep);
    }
    // A reservation can be corrected for a day after its lease; a lease that was renewed, for a day after its new end.
    for (const end of ["a:session", "l:session"]) expect(await left(end)).toBeLessThanOrEqual(twoDays + 2 * day);
    for (const end of ["a:running", "l:running"]) expect(await left(end)).toBeGreaterThan(twoDays + 7 * day);
    for (const end of ["m:ever", "a:budget", "l:budget", "s:reset"]) expect(await left(end)).toBe(-1);
  });

  it("counts a plan as taken only once enough replicas have it", async () => {
    const settings = ["--repl-diskless-sync-delay", "0"];
    const { server, store } = await begin(settings, { wait: { replicas: 1, timeout: 100 } });
    await store.initialise();
    const alone = { ...unavailable, message: "0 of 1 replicas had the plan in time" };
    await expect(store.apply(spend("e1"))).rejects.toMatchObject(alone);
    await expect(store.apply(ask())).resolves.toMatchObject({ held: true });
    const replica = await startRedisServer(["--replicaof", `127.0.0.1 ${server.port}`]);
    closing.push(() => replica.close());
    await untilSynchronised(server);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.apply(spend(`r${index}`, { amount: 1, limit: 1_000 }))),
    );
    expect(answers.every(({ held }) => held)).toBe(true);
    await replica.stop();
    await expect(store.apply(spend("e3"))).rejects.toBeInstanceOf(StateStoreError);
  });
});

async function untilSynchronised({ admin }: RedisServer): Promise<void> {
  for (;;) {
    await admin.set("probe", "1");
    if ((await admin.wait(1, 100)) === 1) return;
  }
}
