import type { Goal, Report, Row, Table } from "./section.ts";

/** Prints what a section found: tables, then notes, then each goal and whether it was met. */
export function printReport(name: string, { tables, goals, notes }: Report): void {
  console.log(`\n== ${name}`);
  for (const table of tables) printTable(table);
  if (notes.length > 0) console.log("");
  for (const note of notes) console.log(`  ${note}`);
  if (goals.length > 0) console.log("");
  for (const goal of goals) console.log(`  ${describeGoal(goal)}`);
}

function printTable({ title, columns, rows }: Table): void {
  const lines: readonly (readonly string[])[] = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const line of lines) {
    const cells = line.map((cell, index) => {
      const width = widths[index] ?? 0;
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    console.log(`  ${cells.join("   ")}`.trimEnd());
  }
}

function cellsOf({ name, cells }: Row): string[] {
  return [name, ...cells];
}

function describeGoal({ id, words, found, status }: Goal): string {
  return `${id.padEnd(4)} ${words}: ${found}, ${status}`;
}
