import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createMemoryStore, type StateStore } from "@ambit/core";
import { createSqliteStore } from "@ambit/sqlite";
import { elapsedTime } from "../clock.ts";
import { type Contender, measure } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableCount, readableRatio, readableTime } from "../readable.ts";
import type { Effort, Report, Section, Table } from "../section.ts";
import { typicalCall } from "./typical-call.ts";

/** What a call's two plans cost on each store, beside as many bare transactions of the same database. */
export const stateSection: Section = { name: "state", run: benchState };

type Durability = "full" | "normal";

const reference = "2 bare BEGIN IMMEDIATE, INSERT, COMMIT";

async function benchState(effort: Effort): Promise<Report> {
  const tables: Table[] = [];
  for (const durability of ["full", "normal"] as const) {
    tellProgress(`state in SQLite, ${durability}`);
    const folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
    const bare = openBare(join(folder, "bare.sqlite"), durability);
    const store = createSqliteStore({ file: join(folder, "state.sqlite"), durability });
    // A flush to the disk may take longer than a round that only computes.
    const milliseconds = Math.max(effort.milliseconds, effort.milliseconds > 1 ? 200 : 0);
    const timings = await measure([bare.contender, ...storeContenders(store)], {
      ...effort,
      milliseconds,
      clock: elapsedTime,
    });
    tables.push(makeTable(`One call on SQLite, durability ${durability}`, timings));
    bare.close();
    await store.close();
    await rm(folder, { recursive: true });
  }
  return {
    tables,
    goals: [],
    notes: [
      "A call is a plan of 8 checks and 8 effects, then its settlement: two applies.",
      "Timed by the time of day.",
    ],
  };
}

function openBare(file: string, durability: Durability) {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}`);
  database.exec("CREATE TABLE charges (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT");
  const begin = database.prepare("BEGIN IMMEDIATE");
  const insert = database.prepare("INSERT INTO charges (amount) VALUES (?)");
  const commit = database.prepare("COMMIT");
  const contender: Contender = {
    name: reference,
    loop: (times) => {
      for (let index = 0; index < 2 * times; index += 1) {
        begin.run();
        insert.run(index);
        commit.run();
      }
    },
  };
  return { contender, close: () => database.close() };
}

function storeContenders(store: StateStore): Contender[] {
  const next = { call: 0 };
  return [
    { name: "the memory store, one at a time", loop: callLoop(createMemoryStore(), 1, { call: 0 }) },
    ...[1, 16, 64].map((workers) => ({
      name: `the SQLite store, ${workers === 1 ? "one at a time" : `${workers} at once`}`,
      loop: callLoop(store, workers, next),
    })),
  ];
}

/** Makes calls one after another in each of so many workers, all on the state of one user. */
function callLoop(store: StateStore, workers: number, next: { call: number }): Contender["loop"] {
  return async (times) => {
    let left = times;
    const work = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        next.call += 1;
        const { decide, close } = typicalCall(next.call);
        const { held } = await store.apply(decide);
        if (!held) throw new Error("the store refuses a call that it must admit, so nothing was measured");
        await store.apply(close);
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  };
}

function makeTable(title: string, timings: ReadonlyMap<string, number>): Table {
  const base = timings.get(reference) ?? Number.NaN;
  const rows = [...timings].map(([name, nanoseconds]) => ({
    name,
    cells: [readableTime(nanoseconds), readableRatio(nanoseconds / base), readableCount(Math.round(2e9 / nanoseconds))],
    figures: [nanoseconds, nanoseconds / base, 2e9 / nanoseconds],
  }));
  return { title, columns: ["", "time", "ratio", "applies/s"], rows };
}
