import { readableCount, readableTime } from "../readable.ts";
import type { Effort, Goal, Report, Section, Table } from "../section.ts";
import { type Keeping, keepSubject } from "./keep-subject.ts";
import { documentTree, ownPolicy, plainData, subjects } from "./subjects.ts";

/** What a policy holds of memory once it is loaded, each in a process of its own. */
export const memorySection: Section = { name: "memory", run: benchMemory };

const measuredSizes = [10_000, 100_000];

async function benchMemory({ largest }: Effort): Promise<Report> {
  const sizes = measuredSizes.filter((size) => size <= largest);
  if (sizes.length === 0) sizes.push(largest);
  const tables: Table[] = [];
  const goals: Goal[] = [];
  for (const size of sizes) {
    const kept = new Map<string, Keeping>();
    for (const subject of subjects) {
      if (subject.name !== documentTree) kept.set(subject.name, await keepSubject(subject, size));
    }
    tables.push(makeTable(size, kept));
    goals.push(retainedGoal(size, kept));
  }
  return { tables, goals, notes };
}

const notes: readonly string[] = [
  "Bytes that are in use after garbage collection, less what was in use before; the build is timed once, in cold code.",
  "The floor and the peers share their texts with the plan of the policy, so that only what they add counts.",
  "Ambit reads a text, and what it keeps includes the texts of all scopes, and of the file if it holds on to that. For the",
  "goal, what texts and lists alone would take is taken off: plain data of the same file.",
];

function makeTable(size: number, kept: ReadonlyMap<string, Keeping>): Table {
  const rows = [...kept].map(([name, keeping]) => {
    if ("refused" in keeping) return { name, cells: [keeping.refused], figures: [] };
    const { rules, milliseconds, retained } = keeping;
    const cells = [(retained / rules).toFixed(0), readableTime(milliseconds * 1e6)];
    return { name, cells, figures: [retained / rules, milliseconds] };
  });
  return { title: `Memory, ${readableCount(size)} rules`, columns: ["", "bytes a rule", "build"], rows };
}

function retainedGoal(size: number, kept: ReadonlyMap<string, Keeping>): Goal {
  const own = kept.get(ownPolicy);
  const data = kept.get(plainData);
  const goal = { id: "G5", words: `≤ 200 retained bytes a rule besides the texts, ${readableCount(size)} rules` };
  if (own === undefined || data === undefined || "refused" in own || "refused" in data) {
    return { ...goal, found: "too large to load", status: "not measured" };
  }
  const bytes = (own.retained - data.retained) / own.rules;
  return { ...goal, found: bytes.toFixed(0), status: bytes <= 200 ? "met" : "missed" };
}
