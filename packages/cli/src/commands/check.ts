import { PolicyError } from "@ambit/core";
import { loadPolicy } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printError, printJson, safe, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";

/** `ambit check`: whether a policy file is valid, and everything that is wrong with it. */
export const check: Command = {
  name: "check",
  summary: "check a policy file and show everything that is wrong with it",
  usage: `  ambit check POLICY [--json]

Exit codes: 0 valid, 1 not valid or not readable.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readOptions(args, { json: { type: "boolean" } });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError("check takes one policy file");
  try {
    const policy = await loadPolicy(file);
    const { digest } = policy;
    const counts = {
      roles: policy.roles.size,
      rules: [...policy.roles.values()].reduce((sum, index) => sum + index.size, 0),
      tools: policy.tools?.size ?? 0,
      budgets: policy.budgets.length,
    };
    if (values.json) printJson({ file, valid: true, digest, ...counts, diagnostics: [] });
    else {
      const text = Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(", ");
      print(`${safe(file)}: ${styled("green", "valid")}: ${text}`);
      print(digest);
    }
    return exitCodes.success;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const { diagnostics } = error;
    if (values.json) printJson({ file, valid: false, diagnostics });
    else {
      printError(error.message);
      printError(
        `${safe(file)}: ${diagnostics.length} problem${diagnostics.length === 1 ? "" : "s"}; this policy allows nothing`,
      );
    }
    return exitCodes.failure;
  }
}
