import { createRedisStore } from "@ambit/redis";
import { connectStoreClient } from "../services/redis-service.ts";
import { spend } from "./redis-plans.ts";

// One process of several on one account: sixteen workers, each spending until it is refused. Says how much was admitted.
const [url = "", prefix = "", name = "", limit = "0"] = process.argv.slice(2);
const client = await connectStoreClient(url);
const store = createRedisStore({ client, prefix });
let admitted = 0;

async function work(worker: number): Promise<void> {
  for (let call = 0; ; call += 1) {
    const { held } = await store.apply(spend(`${name}-${worker}-${call}`, { amount: 1, limit: Number(limit) }));
    if (!held) return;
    admitted += 1;
  }
}

await Promise.all(Array.from({ length: 16 }, (_, worker) => work(worker)));
process.stdout.write(String(admitted));
client.disconnect();
