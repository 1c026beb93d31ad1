import { policyJsonSchema } from "@ambit/core";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { printJson } from "../print.ts";

/** `ambit schema`: the JSON Schema of the policy file. */
export const schema: Command = {
  name: "schema",
  summary: "print the JSON Schema of the policy file, for editors",
  usage: `  ambit schema > policy.schema.json

In an editor with the YAML language server, a first line of the policy file can name it:
  # yaml-language-server: $schema=policy.schema.json`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  if (args.length > 0) throw new UsageError("schema takes no arguments");
  printJson(policyJsonSchema());
  return exitCodes.success;
}
