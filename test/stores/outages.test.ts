import { type Authorizer, createAuthorizer, parsePolicy, type StateStore } from "@ambit/core";
import { openPostgresStore } from "@ambit/postgres";
import { createRedisStore } from "@ambit/redis";
import { afterEach, describe, expect, it } from "vitest";
import { type FaultyProxy, startFaultyProxy } from "../services/faulty-proxy.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { databaseUrl, openOwnStore as openOwnPostgres, postgresService } from "../services/postgres-service.ts";
import { type RedisServer, redisProgram, startRedisServer } from "../services/redis-server.ts";
import { connectStoreClient } from "../services/redis-service.ts";

const policy = parsePolicy(`
tools: { pay: { scope: tool:pay, cost: 1 } }
policies: [{ role: r, allow: [tool:pay] }]
budgets: [{ per: user, limit: 1000, window: lifetime }]`);
const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "a" }, session: "s" };
/** Milliseconds. */
const deadline = 500;

/** A store that is reached through a proxy, and what can be done to its server past it. */
interface Reached {
  readonly store: StateStore;
  readonly proxy: FaultyProxy;
  /** Removes all state. */
  readonly flush: () => Promise<unknown>;
  /** Begins a new life of the state where it does not begin by itself. */
  readonly begin: () => Promise<unknown>;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function reachRedis(): Promise<Reached & { readonly server: RedisServer }> {
  const server = await startRedisServer(["--appendonly", "yes", "--appendfsync", "always"]);
  closing.push(() => server.close());
  const proxy = await startFaultyProxy("127.0.0.1", server.port);
  closing.push(() => proxy.close());
  const client = await connectStoreClient(`redis://127.0.0.1:${proxy.port}`);
  closing.push(() => client.disconnect());
  const store = createRedisStore({ client });
  await store.initialise();
  return { server, store, proxy, flush: () => server.admin.flushall(), begin: () => store.initialise() };
}

async function reachPostgres(): Promise<Reached> {
  const own = await openOwnPostgres();
  closing.push(own.close);
  const url = new URL(databaseUrl);
  const proxy = await startFaultyProxy(url.hostname, Number(url.port || 5432));
  closing.push(() => proxy.close());
  url.host = `127.0.0.1:${proxy.port}`;
  const store = await openPostgresStore({ connection: url.href, schema: own.schema });
  closing.push(() => store.close());
  return { store, proxy, flush: () => own.pool.query(`TRUNCATE "${own.schema}".cell`), begin: async () => {} };
}

const stores: readonly [string, boolean, () => Promise<Reached>][] = [
  ["Redis", await serviceIsThere(redisProgram), reachRedis],
  ["Postgres", await serviceIsThere(postgresService), reachPostgres],
];

const outages: readonly [string, (proxy: FaultyProxy) => unknown, (proxy: FaultyProxy) => unknown][] = [
  ["refuses connections", (proxy) => proxy.refuse(), (proxy) => proxy.accept()],
  ["does not answer", (proxy) => proxy.setFault("hold"), (proxy) => proxy.setFault("none")],
  ["does not answer, and has lost the connections", (proxy) => proxy.setFault("hold"), forget],
  ["breaks off in the middle of its answers", cutShort, (proxy) => proxy.setFault("none")],
];

describe.each(stores)("R6: %s", (_name, there, reach) => {
  it.skipIf(!there).each(outages)(
    "%s: calls are denied in time, and permitted again when it is over",
    async (_how, begin, end) => {
      const { store, proxy } = await reach();
      const authorizer = createAuthorizer({ policy, store, deadline });
      expect(await pay(authorizer)).toBe("executed");
      await begin(proxy);
      for (let round = 0; round < 3; round += 1) {
        const asked = Date.now();
        const answers = await Promise.all(Array.from({ length: 8 }, () => pay(authorizer)));
        expect(answers).toEqual(answers.map(() => "unavailable"));
        // The deadline is half a second; the rest is for a machine on which everything has to wait.
        expect(Date.now() - asked).toBeLessThan(10 * deadline);
      }
      await end(proxy);
      await untilPaid(authorizer);
    },
  );

  it.skipIf(!there)(
    "S1: what is lost while it cannot be reached is noticed, and nothing runs before somebody has said so",
    async () => {
      const { store, proxy, flush, begin } = await reach();
      const authorizer = createAuthorizer({ policy, store, deadline });
      expect(await pay(authorizer)).toBe("executed");
      await proxy.refuse();
      expect(await pay(authorizer)).toBe("unavailable");
      await flush();
      await proxy.accept();
      const said = await answersUntil(authorizer, "state_lost");
      expect(said).not.toContain("executed");
      await begin();
      expect(await pay(authorizer)).toBe("state_lost");
      authorizer.acceptLostState();
      await untilPaid(authorizer);
    },
  );
});

// Postgres is crashed and started again where its faults are tried.
it.skipIf(!(await serviceIsThere(redisProgram)))(
  "R6, B6: a Redis that was killed and started again goes on with what was spent before",
  async () => {
    const { server, store } = await reachRedis();
    const costly = parsePolicy(`
tools: { pay: { scope: tool:pay, cost: 1 } }
policies: [{ role: r, allow: [tool:pay] }]
budgets: [{ per: user, limit: 2, window: lifetime }]`);
    const authorizer = createAuthorizer({ policy: costly, store, deadline });
    expect(await pay(authorizer)).toBe("executed");
    await server.stop();
    for (let round = 0; round < 3; round += 1) expect(await pay(authorizer)).toBe("unavailable");
    await server.start();
    await untilPaid(authorizer);
    expect(await pay(authorizer)).toBe("budget_exhausted");
  },
);

/** What was sent is answered in part, and then the connection ends. */
function cutShort(proxy: FaultyProxy): void {
  proxy.setFault((reply) => {
    setTimeout(() => proxy.breakConnections(), 1);
    // Several answers may come together: none of them whole.
    return reply.subarray(0, 5);
  });
}

/** Nobody will ever answer what was asked before. */
function forget(proxy: FaultyProxy): void {
  proxy.breakConnections();
  proxy.setFault("none");
}

async function pay(authorizer: Authorizer): Promise<string> {
  const outcome = await authorizer.run({ tool: "pay", arguments: {} }, context, () => "paid");
  return outcome.executed ? "executed" : outcome.decision.code;
}

/** R6: within five seconds, without a restart of anything. */
async function untilPaid(authorizer: Authorizer): Promise<void> {
  const since = Date.now();
  await answersUntil(authorizer, "executed");
  expect(Date.now() - since).toBeLessThan(5_000);
}

async function answersUntil(authorizer: Authorizer, wanted: string): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await pay(authorizer);
    answers.push(answer);
    if (answer === wanted) return answers;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the answers were ${[...new Set(answers)].join(", ")}, and never ${wanted}`);
}
