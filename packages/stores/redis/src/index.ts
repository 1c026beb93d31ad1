/** @module State in Redis or Valkey. */
export { type RedisClient, storeClientOptions, storeClusterOptions } from "./redis-client.ts";
export { createRedisStore, type RedisStore, type RedisStoreOptions } from "./redis-store.ts";
export type { WaitOptions } from "./replica-wait.ts";
