import { stat } from "node:fs/promises";
import type { StateStore } from "@ambit/core";
import type { StorePlace } from "./store-options.ts";

interface OpenStore {
  readonly store: StateStore;
  readonly close: () => Promise<void> | void;
}

/**
 * Opens a store for as long as something is done with it. Rejects with an `Error` that says what to install where the
 * store's package is missing; nothing is made where there is no store.
 */
export async function withStore<Answer>(
  place: StorePlace,
  use: (store: StateStore) => Promise<Answer>,
): Promise<Answer> {
  const { store, close } = await openStore(place);
  try {
    return await use(store);
  } finally {
    await close();
  }
}

function openStore(place: StorePlace): Promise<OpenStore> {
  switch (place.kind) {
    case "sqlite":
      return openSqlite(place.file);
    case "redis":
      return openRedis(place);
    case "postgres":
      return openPostgres(place);
  }
}

async function openSqlite(file: string): Promise<OpenStore> {
  const { createSqliteStore } = await installed(() => import("@ambit/sqlite"), "@ambit/sqlite");
  // The store makes a file where there is none; a slip of the pen would then look like a store without requests.
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Error(`${file} is no file of a store`);
  const store = createSqliteStore({ file });
  return { store, close: () => store.close() };
}

async function openRedis({ url, prefix }: Extract<StorePlace, { kind: "redis" }>): Promise<OpenStore> {
  const packages = "@ambit/redis ioredis";
  const { createRedisStore, storeClientOptions } = await installed(() => import("@ambit/redis"), packages);
  const { Redis } = await installed(() => import("ioredis"), packages);
  let fault: Error | undefined;
  const client = new Redis(url, { ...storeClientOptions, lazyConnect: true, retryStrategy: () => null });
  // What went wrong says more than that the connection is closed.
  client.on("error", (error) => {
    fault ??= error;
  });
  try {
    const store = createRedisStore({ client, prefix });
    await client.connect();
    return { store, close: () => client.disconnect() };
  } catch (error) {
    client.disconnect();
    throw new Error(`Redis cannot be reached: ${reasonOf(fault ?? error)}`, { cause: error });
  }
}

async function openPostgres({ url, schema }: Extract<StorePlace, { kind: "postgres" }>): Promise<OpenStore> {
  const { openPostgresStore } = await installed(() => import("@ambit/postgres"), "@ambit/postgres pg");
  const store = await openPostgresStore({ connection: url, schema });
  return { store, close: () => store.close() };
}

/** Stores are imported on use: whoever has one of them needs none of the others. */
async function installed<Module>(load: () => Promise<Module>, packages: string): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new Error(`this store needs other packages: npm install ${packages}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "for no known reason";
}
