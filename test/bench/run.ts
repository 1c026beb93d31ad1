import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { elapsedTime, processorTime } from "./clock.ts";
import { conditionSection } from "./condition/condition.ts";
import { decisionSection } from "./decision/decision.ts";
import { floodSection } from "./flood/flood.ts";
import { frameworksSection } from "./frameworks/frameworks.ts";
import { historySection } from "./history/history.ts";
import { limitsSection } from "./limits/limits.ts";
import { loadSection } from "./load/load.ts";
import { memorySection } from "./memory/memory.ts";
import { permissionSection } from "./permission/permission.ts";
import { postgresSection } from "./postgres/postgres.ts";
import { printReport } from "./print-report.ts";
import { readOptions } from "./read-options.ts";
import { redisSection } from "./redis/redis.ts";
import type { Effort, Report, Section } from "./section.ts";
import { stateSection } from "./state/state.ts";
import { wholeDecisionSection } from "./whole-decision/whole-decision.ts";

const sections: readonly Section[] = [
  permissionSection,
  conditionSection,
  memorySection,
  loadSection,
  decisionSection,
  wholeDecisionSection,
  frameworksSection,
  historySection,
  limitsSection,
  floodSection,
  stateSection,
  redisSection,
  postgresSection,
];

const efforts: Record<"full" | "quick", Effort> = {
  full: { rounds: 9, milliseconds: 60, clock: processorTime, verification: 3_000, slowest: 50e6, largest: 100_000 },
  // Shows that everything runs and answers right. Its times mean nothing.
  quick: { rounds: 1, milliseconds: 0.2, clock: elapsedTime, verification: 20, slowest: 5e6, largest: 100 },
};

const names = sections.map(({ name }) => name);
const options = readOptions(process.argv.slice(2), names);
const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}`;
console.log(machine);
console.log("Medians of interleaved rounds. Read the ratios: absolute times move with the machine.");
if (options.effort === "quick") console.log("A quick run: it shows that everything runs, and its times mean nothing.");
const reports: Record<string, Report> = {};
for (const { name, run } of sections) {
  if (!options.sections.includes(name)) continue;
  const report = judge(await run(efforts[options.effort]), options.effort);
  printReport(name, report);
  reports[name] = report;
}
if (options.json !== undefined) {
  await writeFile(options.json, `${JSON.stringify({ machine, effort: options.effort, reports }, undefined, 2)}\n`);
}

/** A quick run says nothing about times, so that no goal counts as met or missed by it. */
function judge(report: Report, effort: "full" | "quick"): Report {
  if (effort === "full") return report;
  return { ...report, goals: report.goals.map((goal) => ({ ...goal, found: "a quick run", status: "not measured" })) };
}
