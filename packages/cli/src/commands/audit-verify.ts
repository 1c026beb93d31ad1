import type { AuditCheckpoint } from "@ambit/core";
import { verifyAuditFile } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, safe, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";

/** `ambit audit verify`: whether an audit log is whole. */
export const auditVerify: Command = {
  name: "audit verify",
  summary: "verify that no record of an audit log was changed, added, removed or moved",
  usage: `  ambit audit verify FILE [--records N --head HASH] [--json]

  --records N, --head HASH   what the log held when its head was last noted elsewhere: with it, a log that
                             was cut short or rewritten as a whole is noticed; without it, it cannot be

Exit codes: 0 whole, 2 a fault was found, 1 the file could not be read.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readOptions(args, {
    records: { type: "string" },
    head: { type: "string" },
    json: { type: "boolean" },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError("audit verify takes one file");
  const checkpoint = readCheckpoint(values.records, values.head);
  const result = await verifyAuditFile(file, { checkpoint });
  if (values.json) printJson({ file, ...result, checkpoint: checkpoint ?? null });
  else if (result.valid) {
    print(`${safe(file)}: ${styled("green", "whole")}: ${result.records} records`);
    print(`head ${result.head}`);
    if (checkpoint === undefined)
      print("Keep the head elsewhere: without it, a log that was cut short cannot be noticed.");
  } else print(`${safe(file)}:${result.line}: ${styled("red", result.fault)}: ${safe(result.message)}`);
  return result.valid ? exitCodes.success : exitCodes.negative;
}

function readCheckpoint(records: string | undefined, head: string | undefined): AuditCheckpoint | undefined {
  if (records === undefined && head === undefined) return undefined;
  if (records === undefined || head === undefined) throw new UsageError("--records and --head belong together");
  if (!/^[0-9]{1,15}$/.test(records)) throw new UsageError("--records must be a number");
  if (!/^[0-9a-f]{64}$/.test(head)) throw new UsageError("--head must be 64 hex digits");
  return { records: Number(records), head };
}
