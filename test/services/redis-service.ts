import { randomUUID } from "node:crypto";
import { createRedisStore, type RedisStore, type RedisStoreOptions, storeClientOptions } from "@ambit/redis";
import { Redis } from "ioredis";
import type { NeededService } from "./needed-service.ts";

/** Where the Redis of the tests is; they use keys of their own in it and remove only these. */
export const redisUrl = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";

/** The Redis of the tests. */
export const redisService: NeededService = {
  name: "Redis",
  advice: `Start one at ${redisUrl}, or say where it is in REDIS_URL.`,
  reach: async () => {
    const client = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  },
};

/** A client that is set up as the store needs it and connected. */
export async function connectStoreClient(url: string = redisUrl): Promise<Redis> {
  const client = new Redis(url, { ...storeClientOptions });
  client.on("error", () => {});
  await whenReady(client);
  return client;
}

/** Resolves once a client can be used. */
export async function whenReady(client: Pick<Redis, "status" | "once">): Promise<void> {
  if (client.status === "ready") return;
  await new Promise<void>((resolve) => client.once("ready", () => resolve()));
}

/** A prefix that nothing else uses. */
export const ownPrefix = (): string => `ambit-test:${randomUUID()}:`;

/** A store under a prefix of its own, with its client. */
export interface OwnStore {
  readonly store: RedisStore;
  readonly client: Redis;
  readonly prefix: string;
  /** Removes its keys and disconnects. */
  readonly close: () => Promise<void>;
}

/** A store under a prefix of its own, begun. */
export async function openOwnStore(
  options: Partial<RedisStoreOptions> & { readonly url?: string } = {},
): Promise<OwnStore> {
  const { url = redisUrl, prefix = ownPrefix(), ...rest } = options;
  const client = await connectStoreClient(url);
  const store = createRedisStore({ client, prefix, ...rest });
  await store.initialise();
  const close = async () => {
    await removeKeys(client, prefix);
    client.disconnect();
  };
  return { store, client, prefix, close };
}

/** Removes all keys with a prefix. */
export async function removeKeys(client: Redis, prefix: string): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", `${prefix}*`, "COUNT", 1_000);
    if (keys.length > 0) await client.unlink(...keys);
    cursor = next;
  } while (cursor !== "0");
}
