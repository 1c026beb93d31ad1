import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createMemoryStore } from "@ambit/core";
import { createSqliteStore } from "@ambit/sqlite";
import { tellProgress } from "../progress.ts";
import { readableComparison, readableCount } from "../readable.ts";
import { divide, type Effort, type Goal, type Report, ratioGoal, type Section, type Table } from "../section.ts";
import type { Remembered } from "./history-policy.ts";
import { timeByRules } from "./rule-count.ts";
import { timeByLength } from "./session-length.ts";

/** What a call costs after many others in its session, and under many rules over history. */
export const historySection: Section = { name: "history", run: benchHistory };

type Figures = ReadonlyMap<number, number>;

const allLengths = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
const run = promisify(execFile);

async function benchHistory(effort: Effort): Promise<Report> {
  // A quick run keeps sessions short.
  const lengths = allLengths.filter((length) => length <= 10 * effort.largest);
  const blocks = effort.rounds > 1 ? 40 * effort.rounds : 2;
  const memory = await timeByLength(createMemoryStore(), { lengths, blocks, name: "memory" });
  const sqlite = await sqliteByLength(
    lengths.filter((length) => length <= effort.largest),
    blocks,
  );
  const counts = [10, 100, 1_000, 10_000].filter((count) => count <= effort.largest);
  const rules = await timeByRules(counts, effort);
  // So many that a cache that is half or all full makes no difference.
  const sessions = effort.rounds > 1 ? 400_000 : 400;
  const kept = [
    await keepSessions("rules", { sessions, calls: 4 }),
    await keepSessions("rules", { sessions: sessions >> 2, calls: 40 }),
    await keepSessions("rules and signs", { sessions: sessions >> 2, calls: 40 }),
  ];
  return {
    tables: [
      lengthTable([
        ["the memory store", memory],
        ["the SQLite store, durability normal", sqlite],
      ]),
      figureTable("A call under so many rules over history, of which one applies", rules),
      keptTable(kept),
    ],
    goals: [
      growthGoal("the memory store: call 100,000 of a session ≤ 1.1× call 100", { figures: memory, to: 100_000 }),
      growthGoal("the SQLite store: call 100,000 of a session ≤ 1.1× call 100", { figures: sqlite, to: 100_000 }),
      growthGoal("10,000 rules, of which one applies, ≤ 1.1× 100 rules", { figures: rules, to: 10_000 }),
      ...kept.slice(0, 1).map(keptGoal),
    ],
    notes,
  };
}

const notes: readonly string[] = [
  "Calls are whole decisions without a log, under four rules over history and three signs of running away; the medians of",
  "blocks of ten calls by the time of day. A session in the table is at most a tenth longer than it says, or ten calls.",
  "Whatever its length, a session's history was found to forbid what it must.",
  "Bytes: in use after garbage collection, names of cells included, in a process of its own, by how much so many sessions",
  "add to it after a quarter as many. What the first ones add besides is remembered of the latest contexts, and no more for more sessions.",
  "Signs of running away: a streak of failures, one of denials, and the last 32 calls.",
];

async function sqliteByLength(lengths: readonly number[], blocks: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
  const store = createSqliteStore({ file: join(folder, "state.sqlite"), durability: "normal" });
  try {
    return await timeByLength(store, { lengths, blocks, name: "SQLite" });
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

interface Kept {
  readonly remembered: Remembered;
  readonly sessions: number;
  /** Of each session. */
  readonly calls: number;
  /** Bytes that stay in use for one more session. */
  readonly bytes: number;
  /** Bytes that are remembered for the sake of speed, of however many sessions. */
  readonly ofAll: number;
  /** Cells that the store counts for a session. */
  readonly cells: number;
}

async function keepSessions(
  remembered: Remembered,
  { sessions, calls }: Pick<Kept, "sessions" | "calls">,
): Promise<Kept> {
  tellProgress(`history: the memory of ${sessions} sessions`);
  const program = join(import.meta.dirname, "keep-sessions.ts");
  const flags = ["--expose-gc", "--max-old-space-size=4096", "--disable-warning=ExperimentalWarning"];
  const { stdout } = await run(process.execPath, [...flags, program, String(sessions), String(calls), remembered]);
  const found = JSON.parse(stdout) as Pick<Kept, "bytes" | "ofAll" | "cells">; // The program prints nothing else.
  return { remembered, sessions, calls, ...found };
}

function lengthTable(stores: readonly (readonly [name: string, figures: Figures])[]): Table {
  const lengths = [...(stores[0]?.[1].keys() ?? [])];
  const rows = stores.map(([name, figures]) => ({
    name,
    cells: lengths.map((length) => compare(figures.get(length), figures.get(100))),
    figures: lengths.map((length) => figures.get(length)),
  }));
  const columns = ["earlier calls", ...lengths.map((length) => readableCount(length))];
  return {
    title: "A call after so many others in its session; how many times the call after 100 it takes",
    columns,
    rows,
  };
}

function figureTable(title: string, figures: Figures): Table {
  const counts = [...figures.keys()];
  const cells = counts.map((count) => compare(figures.get(count), figures.get(100)));
  const rows = [{ name: "the memory store", cells, figures: [...figures.values()] }];
  return { title, columns: ["rules", ...counts.map((count) => readableCount(count))], rows };
}

function compare(figure: number | undefined, reference: number | undefined): string {
  return figure === undefined ? "not run" : readableComparison(figure, reference);
}

function keptTable(kept: readonly Kept[]): Table {
  const rows = kept.map(({ remembered, sessions, calls, bytes, ofAll, cells }) => ({
    name: `${remembered}, ${readableCount(sessions)} more sessions of ${readableCount(calls)} calls`,
    cells: [bytes.toFixed(0), cells.toFixed(1), `${(ofAll / 1e6).toFixed(1)} MB`],
    figures: [bytes, cells, ofAll],
  }));
  const columns = ["", "bytes a session", "cells", "and for speed, of all sessions"];
  return { title: "What stays in memory of sessions", columns, rows };
}

function growthGoal(words: string, { figures, to }: { readonly figures: Figures; readonly to: number }): Goal {
  return ratioGoal("G7", words, { ratio: divide(figures.get(to), figures.get(100)), atMost: 1.1 });
}

function keptGoal({ bytes, cells }: Kept): Goal {
  return {
    id: "G7",
    words: "≤ 256 bytes a session that four rules over history are remembered of",
    found: `${bytes.toFixed(0)} bytes in ${cells.toFixed(1)} cells`,
    status: bytes <= 256 ? "met" : "missed",
  };
}
