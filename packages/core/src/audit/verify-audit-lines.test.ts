import { describe, expect, it } from "vitest";
import { type AuditCheckpoint, chainRecord, emptyCheckpoint } from "./audit-chain.ts";
import type { AuditRecord, OutcomeRecord } from "./audit-record.ts";
import { verifyAuditLines } from "./verify-audit-lines.ts";

describe("verification", () => {
  it("takes what was chained, and tells how far it goes", async () => {
    const { lines, checkpoint } = chained(5);
    await expect(verifyAuditLines(lines)).resolves.toEqual({ valid: true, ...checkpoint });
    await expect(verifyAuditLines(later(lines))).resolves.toEqual({ valid: true, ...checkpoint });
    await expect(verifyAuditLines([])).resolves.toEqual({ valid: true, ...emptyCheckpoint });
  });

  it.each([
    { name: "a changed member", line: 3, fault: "hash", change: (lines) => edit(lines, 2, '"e3"', '"e9"') },
    { name: "a removed record", line: 3, fault: "sequence", change: (lines) => lines.toSpliced(2, 1) },
    { name: "a repeated record", line: 4, fault: "sequence", change: (lines) => lines.toSpliced(3, 0, lines[2] ?? "") },
    { name: "two records in each other's place", line: 2, fault: "sequence", change: (lines) => swap(lines, 1, 2) },
    {
      name: "a record of another log",
      line: 3,
      fault: "previous",
      change: (lines) => lines.with(2, chained(5, "x").lines[2] ?? ""),
    },
    { name: "a record that was hashed anew", line: 4, fault: "previous", change: (lines) => forge(lines, 3) },
    {
      name: "a member given twice",
      line: 2,
      fault: "not_canonical",
      change: (lines) => edit(lines, 1, '"type"', '"type":"outcome","type"'),
    },
    {
      name: "members in another order",
      line: 2,
      fault: "not_canonical",
      change: (lines) => edit(lines, 1, /^\{(.*?),(.*?),/, "{$2,$1,"),
    },
    { name: "a space", line: 2, fault: "not_canonical", change: (lines) => edit(lines, 1, ":", ": ") },
    { name: "a carriage return", line: 2, fault: "not_canonical", change: (lines) => edit(lines, 1, "\n", "\r\n") },
    {
      name: "an escape for a plain character",
      line: 2,
      fault: "not_canonical",
      change: (lines) => edit(lines, 1, '"e2"', '"\\u0065\\u0032"'),
    },
    {
      name: "an escape for a lone surrogate",
      line: 2,
      fault: "not_canonical",
      change: (lines) => edit(lines, 1, '"e2"', '"\\ud800"'),
    },
    {
      name: "a hidden character without its escape",
      line: 6,
      fault: "not_canonical",
      change: (lines) => unescaped(lines),
    },
    {
      name: "a number in another form",
      line: 2,
      fault: "not_canonical",
      change: (lines) => edit(lines, 1, '"sequence":2', '"sequence":2.0'),
    },
    { name: "an empty line", line: 2, fault: "not_json", change: (lines) => lines.toSpliced(1, 0, "\n") },
    {
      name: "half a line",
      line: 2,
      fault: "not_json",
      change: (lines) => lines.with(1, `${lines[1]?.slice(0, 40)}\n`),
    },
    { name: "a line that is no object", line: 2, fault: "shape", change: (lines) => lines.with(1, "[]\n") },
    {
      name: "another version",
      line: 2,
      fault: "shape",
      change: (lines) => edit(lines, 1, '"version":1', '"version":2'),
    },
    { name: "no hash", line: 2, fault: "shape", change: (lines) => edit(lines, 1, /"hash":"\w+",/, "") },
    {
      name: "nesting deeper than the stack",
      line: 2,
      fault: "not_canonical",
      change: (lines) => edit(lines, 1, '"e2"', `${"[".repeat(200_000)}${"]".repeat(200_000)}`),
    },
    {
      name: "a line beyond the limit",
      line: 2,
      fault: "too_long",
      change: (lines) => edit(lines, 1, '"e2"', `"${"e".repeat(1024 * 1024)}"`),
    },
    { name: "a missing last newline", line: 5, fault: "torn_tail", change: (lines) => edit(lines, 4, "\n", "") },
  ] satisfies readonly Mutation[])("L1: notices $name", async ({ line, fault, change }) => {
    await expect(verifyAuditLines(change(chained(5).lines))).resolves.toMatchObject({
      valid: false,
      line,
      fault,
      message: expect.stringContaining(`line ${line} `),
    });
  });

  it.each([
    { name: "a removed end", line: 4, fault: "truncated", lines: () => chained(3).lines },
    { name: "a removed log", line: 1, fault: "truncated", lines: () => [] },
    { name: "a log rewritten as a whole", line: 5, fault: "checkpoint", lines: () => chained(9, "x").lines },
  ])("L2: notices $name by a checkpoint", async ({ line, fault, lines }) => {
    const { checkpoint } = chained(5);
    await expect(verifyAuditLines(lines(), { checkpoint })).resolves.toMatchObject({ valid: false, line, fault });
    await expect(verifyAuditLines(lines())).resolves.toMatchObject({ valid: true });
  });

  it("L2: takes a log that went on after the checkpoint", async () => {
    const { checkpoint } = chained(5);
    const { lines, checkpoint: reached } = chained(9);
    await expect(verifyAuditLines(lines, { checkpoint })).resolves.toEqual({ valid: true, ...reached });
  });

  it.each([
    ["no count", { records: Number.NaN, head: "0".repeat(64) }],
    ["a negative count", { records: -1, head: "0".repeat(64) }],
    ["a head in capitals", { records: 1, head: "A".repeat(64) }],
  ])("refuses a checkpoint with %s", async (_name, checkpoint) => {
    await expect(verifyAuditLines([], { checkpoint })).rejects.toThrow(TypeError);
  });
});

interface Mutation {
  readonly name: string;
  readonly line: number;
  readonly fault: string;
  readonly change: (lines: string[]) => string[];
}

function outcome(evaluationId: string): OutcomeRecord {
  return {
    type: "outcome",
    evaluationId,
    time: "2030-01-01T00:00:00.000Z",
    status: "succeeded",
    cost: "0",
    labels: [],
    withheld: null,
  };
}

function chained(count: number, prefix = "e"): { lines: string[]; checkpoint: AuditCheckpoint } {
  return extended(
    [],
    emptyCheckpoint,
    Array.from({ length: count }, (_, index) => outcome(`${prefix}${index + 1}`)),
  );
}

function extended(lines: readonly string[], from: AuditCheckpoint, records: readonly AuditRecord[]) {
  const all = [...lines];
  let checkpoint = from;
  for (const record of records) {
    const next = chainRecord(record, checkpoint);
    all.push(next.line);
    checkpoint = next.checkpoint;
  }
  return { lines: all, checkpoint };
}

function edit(lines: readonly string[], index: number, from: string | RegExp, to: string): string[] {
  return lines.map((line, place) => (place === index ? line.replace(from, to) : line));
}

function swap(lines: readonly string[], one: number, other: number): string[] {
  return lines.with(one, lines[other] ?? "").with(other, lines[one] ?? "");
}

/** The record at `index` says something else, and its own hash is right. */
function forge(lines: readonly string[], index: number): string[] {
  const { checkpoint } = chained(index - 1);
  return lines.with(index - 1, chainRecord(outcome("forged"), checkpoint).line);
}

function unescaped(lines: readonly string[]): string[] {
  const { checkpoint } = chained(5);
  return edit(extended(lines, checkpoint, [outcome("a\u202eb")]).lines, 5, "\\u202e", "\u202e");
}

async function* later(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
