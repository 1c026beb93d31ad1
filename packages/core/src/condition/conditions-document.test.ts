import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../tool-call.ts";
import { compileCondition } from "./compile-condition.ts";
import { ConditionError } from "./condition-error.ts";
import { functionTable } from "./function-table.ts";

const document = readFileSync(join(import.meta.dirname, "../../../../docs/conditions.md"), "utf8");

/** The call that the document's examples are about. */
const call = JSON.parse(/^```json\n([\s\S]*?)^```$/m.exec(document)?.[1] ?? "") as {
  readonly args: JsonObject;
  readonly subject: { readonly id: string };
  readonly actor: { readonly id: string };
  readonly session: { readonly id: string };
  readonly now: string;
};

/** Every row of a table that has a condition and what it is; the condition stands in the cell before the answer. */
const examples = [...document.matchAll(/\| (`[^\n]*?`) \| (true|false|unknown|refused) \|/g)].map(
  ([, cells = "", answer = ""]) => [readCode(cells.split(/(?<!\\)\|/).at(-1) ?? ""), answer] as const,
);

describe("the document on conditions tells the truth", () => {
  it.each(examples)("%s is %s", (condition, answer) => {
    expect(ask(condition)).toBe(answer);
  });

  it("in every row that has an answer", () => {
    const rows = document.split("\n").filter((line) => /\| (?:true|false|unknown|refused) \|/.test(line));
    expect(examples.length).toBe(rows.length);
    expect(examples.length).toBeGreaterThan(70);
  });

  it.each([...functionTable.keys()])("and of every function: %s", (name) => {
    expect(document).toContain(`\`${name}`);
  });
});

function ask(condition: string): string {
  try {
    return String(compileCondition(condition, {}).evaluate({ ...call, now: Date.parse(call.now) }));
  } catch (error) {
    if (error instanceof ConditionError) return "refused";
    throw error;
  }
}

/** What stands between backticks in a cell: one of them, or two with blanks where there are some within. */
function readCode(cell: string): string {
  const code = cell.trim().replaceAll("\\|", "|");
  const double = /^`` (.*) ``$/.exec(code);
  return double?.[1] ?? code.slice(1, -1);
}
