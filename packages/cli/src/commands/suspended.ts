import { type Command, type ExitCode, exitCodes } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptionsOnly } from "../read-options.ts";
import { describeSuspension } from "../suspensions/describe-suspension.ts";
import { readSuspensions } from "../suspensions/edit-suspensions.ts";
import { requireFile } from "../suspensions/target-options.ts";

/** `ambit suspended`: whom a file stops. */
export const suspended: Command = {
  name: "suspended",
  summary: "show whose calls a file stops",
  usage: `  ambit suspended --file FILE [--json]

Exit codes: 0 somebody is stopped, 2 nobody, 1 the file cannot be read or is not valid, and then stops everything.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, { file: { type: "string" }, json: { type: "boolean" } });
  const file = requireFile(values.file);
  const list = await readSuspensions(file);
  const now = Date.now();
  const inForce = list.filter(({ until }) => until === undefined || until > now);
  if (values.json) printJson({ file, suspended: list });
  else {
    for (const entry of list) print(`${safe(file)}: ${safe(describeSuspension(entry, now))}`);
    if (inForce.length === 0) print(`${safe(file)}: ${styled("green", "nobody is stopped")}`);
  }
  return inForce.length > 0 ? exitCodes.success : exitCodes.negative;
}
