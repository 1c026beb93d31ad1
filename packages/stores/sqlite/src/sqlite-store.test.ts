import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { compareStores, joinStoreSuite, randomTrace, type StoreHarness } from "@ambit/conformance";
import { createMemoryStore } from "@ambit/core";
import { describe, it } from "vitest";
import { createSqliteStore, type SqliteStore } from "./create-sqlite-store.ts";

const harness: StoreHarness = {
  capabilities: ["cap", "reopen", "pause", "lose"],
  open: async ({ maximumCells }) => {
    const folder = mkdtempSync(join(tmpdir(), "ambit-sqlite-"));
    const file = join(folder, "state.sqlite");
    const stores: SqliteStore[] = [];
    const open = async () => {
      const store = createSqliteStore({ file, durability: "normal", maximumCells });
      stores.push(store);
      return store;
    };
    const store = await open();
    const writers: DatabaseSync[] = [];
    return {
      store,
      reopen: open,
      // Another process that holds the file's only write lock.
      pause: async () => {
        const writer = new DatabaseSync(file);
        writers.push(writer);
        writer.exec("BEGIN IMMEDIATE");
      },
      resume: async () => writers.pop()?.close(),
      lose: async () => {
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
        return open();
      },
      close: async () => {
        for (const opened of stores) await opened.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

describe("the SQLite store keeps every promise of a store", () => {
  for (const { name, run } of joinStoreSuite(harness, [])) it(name, run);
});

it("answers random plans as the memory store does", { timeout: 600_000 }, async () => {
  const traces = Number(process.env["AMBIT_TRACES"] ?? 200);
  const tested = await harness.open({});
  try {
    const seeds = Array.from({ length: traces }, (_, seed) => randomTrace(seed, 50));
    await compareStores(createMemoryStore(), tested.store, seeds);
  } finally {
    await tested.close();
  }
});
