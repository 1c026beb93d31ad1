import { setTimeout } from "node:timers/promises";
import { createMemoryStore } from "@ambit/core";
import { contextOf, historyAuthorizer, makeCalls, verifyHistory } from "./history-policy.ts";

// A program of its own, started with --expose-gc: node keep-sessions.ts SESSIONS CALLS REMEMBERED. Prints bytes a session.
const [sessions, calls] = process.argv.slice(2).map(Number);
const remembered = process.argv[4] === "rules" ? "rules" : "rules and signs";
const { gc } = globalThis;
if (sessions === undefined || calls === undefined || gc === undefined) throw new Error("started without --expose-gc");
const store = createMemoryStore({ maximumCells: 16_000_000 });
const authorizer = historyAuthorizer(store, remembered);
for (let number = 0; number < 100; number += 1) await live(`warm ${number}`);
const before = await settledMemory();
const cells = store.size;
for (let number = 0; number < sessions; number += 1) await live(`session ${number}`);
const after = await settledMemory();
// Whatever is used after the last look at the memory was still there.
await verifyHistory(authorizer, contextOf("session 0"));
console.log(JSON.stringify({ bytes: (after - before) / sessions, cells: (store.size - cells) / sessions }));

async function live(session: string): Promise<void> {
  // From JSON, so that each text is its own.
  await makeCalls(authorizer, contextOf(JSON.parse(JSON.stringify(session)) as string), { from: 0, to: calls ?? 0 });
}

async function settledMemory(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    gc?.();
    await setTimeout(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
