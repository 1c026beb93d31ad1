import { setTimeout } from "node:timers/promises";
import { createMemoryStore } from "@ambit/core";
import { contextOf, historyAuthorizer, makeCalls, verifyHistory } from "./history-policy.ts";

// A program of its own, started with --expose-gc: node keep-sessions.ts SESSIONS CALLS REMEMBERED. Prints the bytes that stay of
// one more session, and those of all together.
const [sessions, calls] = process.argv.slice(2).map(Number);
const remembered = process.argv[4] === "rules" ? "rules" : "rules and signs";
const { gc } = globalThis;
if (sessions === undefined || calls === undefined || gc === undefined) throw new Error("started without --expose-gc");
const store = createMemoryStore({ maximumCells: 16_000_000 });
const authorizer = historyAuthorizer(store, remembered);
await live("warm", 100);
const empty = await settledMemory();
// Many sessions before, so that what is remembered for the sake of speed is as much as it ever is.
await live("early", sessions >> 2);
const filled = await settledMemory();
const cells = store.size;
await live("late", sessions);
const full = await settledMemory();
// Whatever is used after the last look at the memory was still there.
await verifyHistory(authorizer, contextOf("late 0"));
const bytes = (full - filled) / sessions;
const ofAll = filled - empty - bytes * (sessions >> 2);
console.log(JSON.stringify({ bytes, ofAll, cells: (store.size - cells) / sessions }));

/** So many sessions. */
async function live(name: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    // From JSON, so that each text is its own.
    const session = JSON.parse(JSON.stringify(`${name} ${number}`)) as string;
    await makeCalls(authorizer, contextOf(session), { from: 0, to: calls ?? 0 });
  }
}

async function settledMemory(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    gc?.();
    await setTimeout(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
