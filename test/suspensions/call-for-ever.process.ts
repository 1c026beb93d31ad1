import { setTimeout as sleep } from "node:timers/promises";
import { createAuthorizer, parsePolicy } from "@ambit/core";
import { watchSuspensions } from "@ambit/core/node";
import { createRedisStore } from "@ambit/redis";
import { connectStoreClient } from "../services/redis-service.ts";

// One process of several: four workers that call for ever and say when each call starts and ends, and when one is
// refused because of a suspension.
const [url = "", prefix = "", file = "", name = ""] = process.argv.slice(2);
const client = await connectStoreClient(url);
const suspensions = await watchSuspensions(file);
const authorizer = createAuthorizer({
  // Without this, calls would stop by themselves while the store does not answer.
  policy: parsePolicy("policies: [{ role: r, allow: [tool:x] }]\nfail: open"),
  store: createRedisStore({ client, prefix }),
  deadline: 300,
  suspensions,
});
const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: name };

function say(event: string, id: string): void {
  process.stdout.write(`${JSON.stringify({ event, id: `${name} ${id}`, time: Date.now() })}\n`);
}

async function work(worker: number): Promise<void> {
  for (let call = 0; ; call += 1) {
    const id = `${worker}-${call}`;
    const outcome = await authorizer.run({ id, tool: "x", arguments: {} }, context, async () => {
      say("started", id);
      await sleep(100 + 150 * worker);
    });
    if (outcome.executed) say("ended", id);
    else say(outcome.decision.code, id);
    await sleep(20);
  }
}

process.stdin.on("end", () => process.exit());
process.stdin.resume();
await Promise.all([0, 1, 2, 3].map(work));
