import { createAuthorizer, type StateStore } from "@ambit/core";
import { loadPolicy } from "@ambit/core/node";
import { openPostgresStore } from "@ambit/postgres";
import { createRedisStore } from "@ambit/redis";
import { createSqliteStore } from "@ambit/sqlite";
import { connectStoreClient } from "../services/redis-service.ts";

// An agent that makes one call again and again until a person has answered: a line with the request's id, then one with
// what became of the call, and how often its tool ran in all.
const [kind = "", place = "", own = "", policyFile = "", call = "{}"] = process.argv.slice(2);
const { tenant, tool, arguments: args, attempts = 600 } = JSON.parse(call);
const { store, close } = await openStore();
const policy = await loadPolicy(policyFile);
const authorizer = createAuthorizer({ policy, store });
const context = {
  subject: { id: "u1", issuer: "idp", tenant, roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "bot", tier: "subagent" as const, chain: ["planner"] },
  session: "s1",
};
let ran = 0;
let asked: string | undefined;
for (let attempt = 0; attempt < attempts; attempt += 1) {
  const { decision } = await authorizer.run({ tool, arguments: args }, context, () => {
    ran += 1;
  });
  const status = decision.allowed ? "ran" : (decision.approval?.status ?? decision.code);
  if (!decision.allowed && asked === undefined && decision.approval !== undefined) {
    asked = decision.approval.id;
    process.stdout.write(`${asked}\n`);
  }
  if (status !== "pending") {
    process.stdout.write(`${status} ${ran}\n`);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await close();

async function openStore(): Promise<{ readonly store: StateStore; readonly close: () => Promise<void> | void }> {
  if (kind === "sqlite") {
    const opened = createSqliteStore({ file: place });
    return { store: opened, close: () => opened.close() };
  }
  if (kind === "redis") {
    const client = await connectStoreClient(place);
    return { store: createRedisStore({ client, prefix: own }), close: () => client.disconnect() };
  }
  const opened = await openPostgresStore({ connection: place, schema: own });
  return { store: opened, close: () => opened.close() };
}
