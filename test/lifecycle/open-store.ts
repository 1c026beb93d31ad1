import type { StateStore } from "@ambit/core";
import type { StoreSettings } from "./child-settings.ts";

/** A store over state that is there already, and what closes it. Loads that store's package only: processes begin often. */
export async function openStore(
  settings: StoreSettings,
): Promise<{ readonly store: StateStore; readonly close: () => Promise<void> }> {
  switch (settings.kind) {
    case "sqlite": {
      const { createSqliteStore } = await import("@ambit/sqlite");
      const store = createSqliteStore({ file: settings.file, busyTimeout: 60_000 });
      return { store, close: () => store.close() };
    }
    case "redis": {
      const { createRedisStore } = await import("@ambit/redis");
      const { connectStoreClient } = await import("../services/redis-service.ts");
      const client = await connectStoreClient(settings.url);
      const store = createRedisStore({ client, prefix: settings.prefix });
      return { store, close: async () => client.disconnect() };
    }
    case "postgres": {
      const { openPostgresStore } = await import("@ambit/postgres");
      const store = await openPostgresStore({ connection: settings.url, schema: settings.schema });
      return { store, close: () => store.close() };
    }
  }
}
