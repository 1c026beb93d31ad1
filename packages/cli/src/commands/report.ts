import { realpath } from "node:fs/promises";
import { type AuditVerification, parseDuration, parseTime } from "@ambit/core";
import { verifyAuditFile } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";
import { MonitorReport } from "../report/monitor-report.ts";
import { printReport } from "../report/print-report.ts";

/** `ambit report`: what audit logs say that monitor mode did not enforce. */
export const report: Command = {
  name: "report",
  summary: "count what monitor mode let through, and what would have been denied",
  usage: `  ambit report FILE... [--since WHEN] [--until WHEN] [--rows N] [--json]

  FILE          an audit log; of several processes, one each
  --since WHEN  count records from then on: a length of time ago such as 24h, or a time such as 2026-03-01T12:00:00Z
  --until WHEN  count records before then, in the same form
  --rows N      how many rows each table has (default: 10)
  --json        print everything as JSON

It counts by rule, code, tool, agent and user what monitor mode let through (would deny) and what did not run (denied),
in how many sessions, with evaluation ids as examples. Each file is verified while it is read, and what follows a fault is
not counted. That no log was cut short or rewritten as a whole is known only by "ambit audit verify" with a head.
Exit codes: 0 all files are whole, 2 one has a fault, and the report is of what comes before it, 1 there is no report.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals: files } = readOptions(args, {
    since: { type: "string" },
    until: { type: "string" },
    rows: { type: "string" },
    json: { type: "boolean" },
  });
  if (files.length === 0) throw new UsageError("report takes at least one audit log");
  const now = Date.now();
  const window = { since: readMoment("since", values.since, now), until: readMoment("until", values.until, now) };
  const rows = readRows(values.rows);
  const counted = new MonitorReport(window);
  const verified: { readonly file: string; readonly result: AuditVerification }[] = [];
  for (const file of await withoutTwins(files)) {
    verified.push({ file, result: await verifyAuditFile(file, { onLine: (line) => counted.take(line) }) });
  }
  const summary = counted.summary();
  if (values.json) {
    const list = verified.map(({ file, result }) => ({ file, ...result }));
    printJson({ files: list, since: timeText(window.since), until: timeText(window.until), ...summary });
  } else {
    for (const { file, result } of verified) printVerification(file, result);
    printReport(summary, rows);
  }
  return verified.every(({ result }) => result.valid) ? exitCodes.success : exitCodes.negative;
}

/** Each file by the first of its names. One that cannot be found is kept: reading it says why. */
async function withoutTwins(files: readonly string[]): Promise<Iterable<string>> {
  const found = new Map<string, string>();
  for (const file of files) {
    const target = await realpath(file).catch(() => file);
    if (!found.has(target)) found.set(target, file);
  }
  return found.values();
}

function printVerification(file: string, result: AuditVerification): void {
  if (result.valid) print(`${safe(file)}: ${styled("green", "whole")}: ${result.records} records`);
  else {
    const fault = `${safe(file)}:${result.line}: ${styled("red", result.fault)}: ${safe(result.message)}`;
    print(`${fault}; nothing from there on is counted`);
  }
}

function readMoment(name: string, given: string | undefined, now: number): number | undefined {
  if (given === undefined) return undefined;
  const length = parseDuration(given);
  const moment = length === undefined ? parseTime(given) : now - length;
  if (moment !== undefined) return moment;
  throw new UsageError(`--${name} must be a length of time such as 24h, or a time with its zone`);
}

function readRows(given = "10"): number {
  if (/^[1-9][0-9]{0,3}$/.test(given)) return Number(given);
  throw new UsageError("--rows must be a number from 1 to 9999");
}

function timeText(moment: number | undefined): string | null {
  return moment === undefined ? null : new Date(moment).toISOString();
}
