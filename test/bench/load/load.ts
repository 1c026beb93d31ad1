import { PolicyError, parsePolicy } from "@ambit/core";
import { LineCounter, parseDocument } from "yaml";
import { type Contender, measure, median } from "../measure.ts";
import { type Keeping, keepSubject } from "../memory/keep-subject.ts";
import { documentTree, ownPolicy, subjects } from "../memory/subjects.ts";
import { planPolicy } from "../policy/policy-plan.ts";
import { policyText } from "../policy/policy-text.ts";
import { tellProgress } from "../progress.ts";
import { readableCount, readableTime } from "../readable.ts";
import { divide, type Effort, type Goal, type Report, type Row, ratioGoal, type Section } from "../section.ts";
import { type Delays, measureReloads } from "./reload-delay.ts";

/** What loading a policy file costs, and what a reload costs those who are being judged meanwhile. */
export const loadSection: Section = { name: "load", run: benchLoad };

const measuredSizes = [1_000, 10_000, 100_000];

async function benchLoad(effort: Effort): Promise<Report> {
  const sizes = measuredSizes.filter((size) => size <= effort.largest);
  if (sizes.length === 0) sizes.push(effort.largest);
  const loads: Load[] = [];
  for (const size of sizes) loads.push(await measureLoad(size, effort));
  const reloadSize = Math.min(10_000, effort.largest);
  const delays = await measureReloads(reloadSize, effort.rounds);
  return {
    tables: [
      {
        title: "Loading a policy file's text",
        columns: ["", "time", "bytes a rule", "peak MB"],
        rows: loads.flatMap(rowsOf),
      },
      {
        title: `Longest wait between two decisions, ${readableCount(reloadSize)} rules`,
        columns: ["", "median", "longest of all"],
        rows: [delayRow("while nothing is loaded", delays.quiet), delayRow("during a reload", delays.reloading)],
      },
    ],
    goals: [...loads.flatMap(loadGoals), delayGoal(delays)],
    notes: [
      "Bytes a rule: retained after garbage collection. Peak: of a process that did nothing else. Both of one load each.",
      "watchPolicy reloads the file while decisions are made in each turn of the event loop; one wait a reload.",
    ],
  };
}

interface Load {
  readonly size: number;
  /** Median nanoseconds. */
  readonly document: number | undefined;
  readonly policy: number | undefined;
  readonly kept: ReadonlyMap<string, Keeping>;
}

async function measureLoad(size: number, effort: Effort): Promise<Load> {
  const text = policyText(planPolicy(size, "full"));
  const contenders: Contender[] = [
    {
      name: documentTree,
      loop: (times) => repeat(times, () => parseDocument(text, { lineCounter: new LineCounter() })),
    },
  ];
  if (isLoadable(text)) contenders.push({ name: ownPolicy, loop: (times) => repeat(times, () => parsePolicy(text)) });
  tellProgress(`load, ${size} rules: timing`);
  const times = await measure(contenders, effort);
  const kept = new Map<string, Keeping>();
  for (const subject of subjects) {
    if (subject.name === documentTree || subject.name === ownPolicy) {
      kept.set(subject.name, await keepSubject(subject, size));
    }
  }
  return { size, document: times.get(documentTree), policy: times.get(ownPolicy), kept };
}

function isLoadable(text: string): boolean {
  try {
    parsePolicy(text);
    return true;
  } catch (error) {
    if (error instanceof PolicyError && error.diagnostics.every(({ code }) => code === "too_large")) return false;
    throw error;
  }
}

function repeat(times: number, task: () => unknown): unknown {
  let last: unknown;
  for (let run = 0; run < times; run += 1) last = task();
  return last;
}

function rowsOf({ size, document, policy, kept }: Load): Row[] {
  return [
    { name: documentTree, time: document },
    { name: ownPolicy, time: policy },
  ].map(({ name, time }) => {
    const keeping = kept.get(name);
    const row = `${readableCount(size)} rules, ${name}`;
    if (time === undefined || keeping === undefined || "refused" in keeping) {
      return { name: row, cells: ["too large to load"], figures: [] };
    }
    const { retained, rules, peak } = keeping;
    return {
      name: row,
      cells: [readableTime(time), (retained / rules).toFixed(0), (peak / 1e6).toFixed(0)],
      figures: [time, retained / rules, peak],
    };
  });
}

function loadGoals({ size, document, policy }: Load): Goal[] {
  const rules = `${readableCount(size)} rules`;
  const goals = [
    ratioGoal("G13", `load (parse with positions + validate + compile) ≤ 2 × yaml.parseDocument alone, ${rules}`, {
      ratio: divide(policy, document),
      atMost: 2,
    }),
  ];
  const most = compileLimits.get(size);
  if (most !== undefined) goals.push(compileGoal(`compile ${rules} ≤ ${most} ms after parsing`, { document, policy }));
  return goals;
}

/** How long compiling may take after parsing, in milliseconds, by rules. */
const compileLimits: ReadonlyMap<number, number> = new Map([
  [10_000, 25],
  [100_000, 150],
]);

/** Compilation is no call of its own: what can be told from outside is how much more parsePolicy takes than a parser. */
function compileGoal(words: string, { document, policy }: Pick<Load, "document" | "policy">): Goal {
  const found =
    document === undefined || policy === undefined
      ? "too large to load"
      : `not to be told apart; parsePolicy as a whole takes ${((policy - document) / 1e6).toFixed(1)} ms more than ${documentTree}`;
  return { id: "G5", words, found, status: "not measured" };
}

function delayRow(name: string, waits: readonly number[]): Row {
  const figures = [median(waits), Math.max(...waits)];
  return { name, cells: figures.map((wait) => `${wait.toFixed(2)} ms`), figures };
}

function delayGoal({ quiet, reloading }: Delays): Goal {
  const delay = median(reloading) - median(quiet);
  return {
    id: "G13",
    words:
      "a reload never delays a decision by > 1 ms at 10k rules (median of the longest waits, less without a reload)",
    found: `${delay.toFixed(2)} ms`,
    status: delay <= 1 ? "met" : "missed",
  };
}
