/** What the store asks of its client: an ioredis `Redis` or `Cluster` has all of it. */
export interface RedisClient {
  readonly isCluster: boolean;
  readonly options: object;
  evalsha(sha: string, numberOfKeys: number, ...keysAndTexts: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndTexts: string[]): Promise<unknown>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  info(section: string): Promise<string>;
  wait(replicas: number, milliseconds: number): Promise<number>;
  on(event: "close", listener: () => void): unknown;
  /** Of a single server: its connection, once there is one. */
  readonly stream?: { cork(): void; uncork(): void } | undefined;
  /** Of a cluster: its nodes. */
  readonly nodes?: ((role: "master") => readonly Pick<RedisClient, "info">[]) | undefined;
}

/**
 * How a client must be set up to be used by the store; `new Redis(url, { ...storeClientOptions })`.
 *
 * A command is sent once or not at all: one that is sent again after the connection broke would count a call twice, and
 * one that waits for a connection would be taken long after its call was denied. A connection on which nothing comes back
 * is given up after three seconds, and a new one is tried at least every second.
 */
export const storeClientOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableAutoPipelining: false,
  connectTimeout: 2_000,
  socketTimeout: 3_000,
  retryStrategy: (times: number): number => Math.min(times * 50, 1_000),
  // A master that has become a replica answers READONLY until somebody asks which is the master now.
  reconnectOnError: (error: Error): boolean => error.message.startsWith("READONLY"),
} as const;

/** How a cluster client must be set up; `new Cluster(nodes, { ...storeClusterOptions })`. */
export const storeClusterOptions = {
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  // What was sent to a node that is gone may have been taken: it is not sent again.
  retryDelayOnFailover: 0,
  clusterRetryStrategy: (times: number): number => Math.min(times * 50, 1_000),
  scaleReads: "master",
  redisOptions: storeClientOptions,
} as const;

const required = ["enableOfflineQueue", "enableAutoPipelining"] as const;
const requiredOfConnections = ["autoResendUnfulfilledCommands", "maxRetriesPerRequest"] as const;

/** Throws a `TypeError` that says what to do where a client is not set up as it must be. */
export function requireStoreClient(client: RedisClient): void {
  const { isCluster, options } = client;
  const connections: unknown = isCluster ? optionOf(options, "redisOptions") : options;
  const faults: string[] = required.filter((name) => optionOf(options, name) !== storeClientOptions[name]);
  faults.push(...requiredOfConnections.filter((name) => optionOf(connections, name) !== storeClientOptions[name]));
  if (isCluster && optionOf(options, "retryDelayOnFailover") !== 0) faults.push("retryDelayOnFailover");
  if (isCluster && optionOf(options, "scaleReads") !== "master") faults.push("scaleReads");
  if (optionOf(options, "keyPrefix")) faults.push("keyPrefix");
  if (faults.length === 0) return;
  const fix = isCluster
    ? "new Cluster(nodes, { ...storeClusterOptions })"
    : "new Redis(url, { ...storeClientOptions }), without keyPrefix";
  throw new TypeError(`the Redis client's ${faults.join(", ")} must be as the store needs it: make it with ${fix}`);
}

function optionOf(options: unknown, name: string): unknown {
  return typeof options === "object" && options !== null && Object.hasOwn(options, name)
    ? Reflect.get(options, name)
    : undefined;
}
