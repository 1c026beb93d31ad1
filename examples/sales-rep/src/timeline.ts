import { styleText } from "node:util";
import type { AuditRecord } from "@ambit/core";
import type { Check } from "./checks.ts";
import type { ObservedCall } from "./observed-authorizer.ts";
import type { Act, Story } from "./story.ts";

type Style = Parameters<typeof styleText>[0];

/** Prints the title of an act. */
export function printTitle(title: string): void {
  print(`\n${paint("bold", title)}`);
}

/** Prints one call: when, what was decided, of which tool, by which rule, at what cost, and how long that took. */
export function printCall({ at, tool, decision, microseconds }: ObservedCall): void {
  const word = decision.allowed ? paint("green", "ALLOW") : paint("red", "DENY ");
  const cost = decision.allowed ? decision.cost : "-";
  const took = `${microseconds.toLocaleString("en-US")} µs`;
  print(
    `  ${at.toISOString().slice(11, 23)}  ${word}  ${tool.padEnd(19)}  ${decision.reason.padEnd(45)}  ${cost.padStart(5)}  ${took.padStart(9)}`,
  );
}

/** Prints how an act ended. */
export function printEnding({ arrived, answer }: Act): void {
  const mail = arrived.length === 0 ? "nothing" : arrived.map(({ to }) => `mail to ${to.join(", ")}`).join("; ");
  print(`  arrived at the mail server: ${mail}`);
  print(paint("cyan", wrap(`agent: ${answer}`)));
}

/** Prints what is on record in the end, and whether the story holds. */
export function printEpilogue(story: Story, checks: readonly Check[], auditFile: string | undefined): void {
  print(`\n${paint("bold", "On record")}`);
  for (const record of story.records) print(`  ${describe(record)}`);
  const { verification } = story;
  if (verification.valid) print(`  ${verification.records} records, chained; head ${verification.head.slice(0, 16)}…`);
  else print(`  line ${verification.line}: ${verification.fault}: ${verification.message}`);
  if (auditFile !== undefined) print(`  kept in ${auditFile}`);
  print(`\n${paint("bold", "Does the story hold?")}`);
  for (const { promise, holds } of checks) print(`  ${holds ? paint("green", "✔") : paint("red", "✘")} ${promise}`);
}

function describe(record: AuditRecord): string {
  switch (record.type) {
    case "decision": {
      const who = `${record.subject}`.padEnd(13);
      return `${record.evaluationId.slice(0, 8)}  ${record.decision.padEnd(6)}  ${record.tool.padEnd(19)}  ${who}  ${record.reason}`;
    }
    case "monitor":
      return `${record.evaluationId.slice(0, 8)}  not enforced: ${record.reason}`;
    case "outcome":
      return `${record.evaluationId.slice(0, 8)}  ${record.status}, charged ${record.cost}`;
    case "suspension":
      return `${record.action} ${record.kind}`;
    case "declassification":
      return `${record.decision.padEnd(6)}  ${record.approver} lifts ${record.rule} for ${record.subject}: ${record.reason}`;
    case "approval":
      return `${record.decision.padEnd(6)}  ${record.action} ${record.tool} for ${record.subject}: ${record.reason}`;
    case "recovery":
      return `recovered: ${record.bytes} bytes of an unfinished line were dropped`;
  }
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = " ";
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length > 104) {
      lines.push(line);
      line = " ".repeat(8);
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
