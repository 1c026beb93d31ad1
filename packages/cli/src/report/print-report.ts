import { print, safe, styled } from "../print.ts";
import type { DistinctCount } from "./distinct-sessions.ts";
import { type Dimension, dimensions, type MonitorSummary } from "./monitor-report.ts";
import type { TallyReport, TallyRow } from "./tally.ts";

/** Prints a report for people: at most so many rows in each table. */
export function printReport(summary: MonitorSummary, rows: number): void {
  const { first, last, decisions, permitted, denied, callsLetThrough, resultsLetThrough, share } = summary;
  if (first === null || last === null) return print("No decision is on record in this time.");
  print(`\n${first} to ${last}`);
  print(
    `${decisions} decisions: ${permitted} permitted, ${denied} denied, ${callsLetThrough} let through by monitor mode`,
  );
  print(styled("bold", `With all of it enforced, another ${percent(share)} of the calls would have been denied.`));
  if (resultsLetThrough > 0) print(`Results that would have been withheld: ${resultsLetThrough}`);
  print(`${countText(summary.affectedSessions)} of ${countText(summary.sessions)} sessions would have been affected.`);
  for (const dimension of dimensions) printTable(dimension, summary.by[dimension], rows);
}

function printTable(dimension: Dimension, { rows, others }: TallyReport, limit: number): void {
  if (rows.length === 0) return;
  const shown = rows.slice(0, limit);
  const counted = shown.some(({ decisions }) => decisions !== null);
  const heads = [...(counted ? ["decisions"] : []), "would deny", "denied", "sessions"];
  const lines = shown.map((row) => [nameText(row), ...numbers(row, counted)]);
  const width = Math.max(dimension.length, ...lines.map(([name = ""]) => name.length));
  print(`\n${styled("bold", `${dimension.padEnd(width)}  ${heads.join("  ")}  examples`)}`);
  for (const [index, [name = "", ...cells]] of lines.entries()) {
    const columns = cells.map((cell, column) => cell.padStart(heads[column]?.length ?? 0)).join("  ");
    print(`${name.padEnd(width)}  ${columns}  ${safe((shown[index]?.examples ?? []).join(" "))}`.trimEnd());
  }
  const more = rows.length - shown.length;
  if (more > 0) print(`and ${more} more: --rows N shows them`);
  if (others.wouldDeny + others.denied > 0)
    print(`and names beyond the first thousand: ${others.wouldDeny} would deny, ${others.denied} denied`);
}

/** How many characters of a name are shown: one long name, perhaps a model's invention, must not spread every row. */
const shownName = 60;

function nameText({ name }: TallyRow): string {
  if (name === null) return "(none)";
  const characters = [...safe(name)];
  return characters.length > shownName ? `${characters.slice(0, shownName - 1).join("")}…` : characters.join("");
}

function numbers({ decisions, wouldDeny, denied, sessions }: TallyRow, counted: boolean): readonly string[] {
  return [...(counted ? [`${decisions ?? ""}`] : []), `${wouldDeny}`, `${denied}`, countText(sessions)];
}

function countText({ count, exact }: DistinctCount): string {
  return exact ? `${count}` : `at least ${count}`;
}

/** One decimal, rounded up: what happened is never shown as nothing. */
function percent(share: number): string {
  return `${Math.ceil(share * 1_000) / 10} %`;
}
