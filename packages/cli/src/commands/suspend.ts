import { type ListedSuspension, parseDuration, parseTime } from "@ambit/core";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptionsOnly } from "../read-options.ts";
import { describeSuspension, isSameTarget } from "../suspensions/describe-suspension.ts";
import { editSuspensions } from "../suspensions/edit-suspensions.ts";
import { readTarget, requireFile, targetOptions, targetUsage } from "../suspensions/target-options.ts";

/** `ambit suspend`: stops calls in every process that follows a file. */
export const suspend: Command = {
  name: "suspend",
  summary: "stop calls in every process that follows a file, within a second",
  usage: `  ambit suspend --file FILE --everything | --tenant NAME | --agent NAME | --user NAME | --session NAME
                [--until WHEN] [--reason TEXT] [--json]

${targetUsage}
  --until WHEN      a length of time such as 1h, or a time such as 2026-03-01T12:00:00Z (default: until resumed)
  --reason TEXT     for the audit log; no model sees it

The file is made where there is none. Who is stopped already is stopped as it says now.
Exit codes: 0 written, 1 not written.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, {
    ...targetOptions,
    until: { type: "string" },
    reason: { type: "string" },
    json: { type: "boolean" },
  });
  const { file: given, until, reason, json, ...target } = values;
  const file = requireFile(given);
  const now = Date.now();
  const entry: ListedSuspension = { ...readTarget(target), until: readUntil(until, now), reason };
  await editSuspensions(file, (list) => [...list.filter((other) => !isSameTarget(other, entry)), entry]);
  if (json) printJson({ file, suspended: entry });
  else print(`${safe(file)}: ${styled("red", "suspended")}: ${safe(describeSuspension(entry, now))}`);
  return exitCodes.success;
}

function readUntil(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const length = parseDuration(text);
  const until = length === undefined ? parseTime(text) : now + length;
  if (until === undefined) throw new UsageError("--until must be a length of time such as 1h, or a time with its zone");
  if (until <= now) throw new UsageError("--until has passed: nothing would be stopped");
  return until;
}
