import type { ListedSuspension } from "@ambit/core";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptionsOnly } from "../read-options.ts";
import { describeSuspension, describeTarget, isSameTarget } from "../suspensions/describe-suspension.ts";
import { editSuspensions } from "../suspensions/edit-suspensions.ts";
import { readTarget, requireFile, targetOptions, targetUsage } from "../suspensions/target-options.ts";

/** `ambit resume`: ends what `ambit suspend` did. */
export const resume: Command = {
  name: "resume",
  summary: "end what ambit suspend did",
  usage: `  ambit resume --file FILE --everything | --tenant NAME | --agent NAME | --user NAME | --session NAME [--json]
  ambit resume --file FILE --all [--json]

${targetUsage}
  --all             whoever the file lists; makes the file where there is none

The names must be those of the entry: ending a tenant's suspension leaves those of its agents as they are.
Exit codes: 0 ended, 2 no entry of the file has these names, 1 not written.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, {
    ...targetOptions,
    all: { type: "boolean" },
    json: { type: "boolean" },
  });
  const { file: given, all, json, ...names } = values;
  const file = requireFile(given);
  if (all && Object.values(names).some((value) => value !== undefined)) {
    throw new UsageError("--all goes with no name");
  }
  const target = all ? undefined : readTarget(names);
  let ended: readonly ListedSuspension[] = [];
  let left: readonly ListedSuspension[] = [];
  await editSuspensions(file, (list) => {
    ended = list.filter((entry) => target === undefined || isSameTarget(entry, target));
    left = list.filter((entry) => !ended.includes(entry));
    return target === undefined || ended.length > 0 ? left : undefined;
  });
  if (json) printJson({ file, resumed: ended, suspended: left });
  else {
    for (const entry of ended) print(`${safe(file)}: ${styled("green", "resumed")}: ${safe(describeTarget(entry))}`);
    if (ended.length === 0) print(`${safe(file)}: nothing to resume`);
    for (const entry of left) print(`  still suspended: ${safe(describeSuspension(entry, Date.now()))}`);
  }
  return target === undefined || ended.length > 0 ? exitCodes.success : exitCodes.negative;
}
