import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tellProgress } from "../progress.ts";
import { readableCount, readableRatio, readableTime } from "../readable.ts";
import { divide, type Effort, type Goal, type Report, ratioGoal, type Section, type Table } from "../section.ts";

/** What a memory store does under more sessions than it may keep. */
export const floodSection: Section = { name: "flood", run: benchFlood };

/** What a flood of new sessions did to a store that may keep only some of them. */
export interface Flood {
  /** New sessions that were let in, refused, and let in although one before them was refused. */
  readonly admitted: number;
  readonly refused: number;
  readonly late: number;
  /** Cells that the store kept in the end. */
  readonly cells: number;
  /** Old sessions of which everything was still known. */
  readonly intact: number;
  /** Memory in bytes after garbage collection, when the first session was refused and in the end. */
  readonly atTheCap: Memory | undefined;
  readonly end: Memory;
  /** Before the flood, in the middle of it, and at the cap. */
  readonly calls: { readonly before: OldCalls; readonly during: OldCalls; readonly after: OldCalls };
}

/** Calls of old sessions that permission, history, limits and budgets allow. */
export interface OldCalls {
  readonly calls: number;
  /** How many were refused because the store had no room. */
  readonly refused: number;
  /** The 99th percentile of what one took, in nanoseconds. */
  readonly p99: number;
}

interface Memory {
  readonly heap: number;
  readonly resident: number;
}

interface Sizes {
  readonly sessions: number;
  readonly maximumCells: number;
  readonly old: number;
}

async function benchFlood({ rounds }: Effort): Promise<Report> {
  const sizes: Sizes =
    rounds > 1
      ? { sessions: 1_000_000, maximumCells: 300_000, old: 1_000 }
      : { sessions: 2_000, maximumCells: 600, old: 20 };
  tellProgress(`a flood of ${sizes.sessions} sessions`);
  const program = join(import.meta.dirname, "flood-sessions.ts");
  const flags = ["--expose-gc", "--max-old-space-size=4096", "--disable-warning=ExperimentalWarning"];
  const given = [sizes.sessions, sizes.maximumCells, sizes.old].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...given]);
  const found = JSON.parse(stdout) as Flood; // The program prints nothing else.
  // INVARIANT (S1, R1): a store that forgets, or keeps more than it may, is not measured.
  if (found.intact !== sizes.old || found.cells > sizes.maximumCells) {
    throw new Error(`of ${sizes.old} old sessions ${found.intact} are known, in ${found.cells} cells`);
  }
  return {
    tables: [countTable(sizes, found), memoryTable(found), callTable(found)],
    goals: goalsOf(sizes, found),
    notes: [
      "Each new session makes one call that is remembered, limited and charged; every tenth call is one of an old session,",
      "which has read what forbids it to mail, and has money left for one call. A process of its own; time of day.",
    ],
  };
}

function countTable({ sessions, maximumCells, old }: Sizes, found: Flood): Table {
  const row = (name: string, count: number) => ({ name, cells: [readableCount(count)], figures: [count] });
  return {
    title: `${readableCount(sessions)} new sessions, ${readableCount(old)} old ones`,
    columns: ["", "count"],
    rows: [
      row("new sessions let in", found.admitted),
      row("new sessions refused", found.refused),
      row("old sessions of which everything is known", found.intact),
      row("cells that may be kept", maximumCells),
      row("cells kept", found.cells),
    ],
  };
}

function memoryTable({ atTheCap, end }: Flood): Table {
  const row = (name: string, kind: keyof Memory) => {
    const [cap, last] = [atTheCap?.[kind], end[kind]];
    const ratio = divide(last, cap);
    const cells = [megabytes(cap), megabytes(last), ratio === undefined ? "" : readableRatio(ratio)];
    return { name, cells, figures: [cap, last, ratio] };
  };
  return {
    title: "Memory",
    columns: ["", "at the first refusal", "in the end", "ratio"],
    rows: [row("in use", "heap"), row("resident", "resident")],
  };
}

function callTable({ calls: { before, during, after } }: Flood): Table {
  const row = (name: string, { calls, refused, p99 }: OldCalls) => ({
    name,
    cells: [readableCount(calls), readableCount(refused), readableTime(p99), readableRatio(p99 / before.p99)],
    figures: [calls, refused, p99, p99 / before.p99],
  });
  return {
    title: "Calls of old sessions",
    columns: ["", "calls", "refused", "99th percentile", "ratio"],
    rows: [row("before the flood", before), row("during the flood", during), row("at the cap", after)],
  };
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "never" : `${(bytes / 1e6).toFixed(0)} MB`;
}

function goalsOf({ sessions, maximumCells, old }: Sizes, found: Flood): Goal[] {
  const { admitted, refused, late, cells, intact, atTheCap, end, calls } = found;
  return [
    {
      id: "S1",
      words: "what old sessions did still forbids, and what they spent still counts",
      found: `of ${readableCount(intact)} of ${readableCount(old)}`,
      status: intact === old ? "met" : "missed",
    },
    {
      id: "R1",
      words: "at the cap every new session is refused, and no more cells are kept than may be",
      found: `${readableCount(late)} let in late, ${readableCount(cells)} cells`,
      status: late === 0 && refused > 0 && admitted + refused === sessions && cells <= maximumCells ? "met" : "missed",
    },
    ratioGoal("R1", "memory in use ≤ 1.1× that at the first refusal", {
      ratio: divide(end.heap, atTheCap?.heap),
      atMost: 1.1,
    }),
    ratioGoal("R1", "resident memory ≤ 1.1× that at the first refusal", {
      ratio: divide(end.resident, atTheCap?.resident),
      atMost: 1.1,
    }),
    ratioGoal("R1", "calls of old sessions at the cap ≤ 2× what they took before, 99th percentile", {
      ratio: calls.after.p99 / calls.before.p99,
      atMost: 2,
    }),
    {
      id: "R1",
      words: "calls of old sessions go on during the flood and after it",
      found: `${readableCount(calls.during.refused + calls.after.refused)} refused`,
      status: calls.during.refused + calls.after.refused === 0 ? "met" : "missed",
    },
  ];
}
