import { checkPolicy, type Diagnostic, PolicyError, parsePolicy, renderDiagnostics } from "@ambit/core";
import { readPolicyText } from "@ambit/core/node";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printError, printJson, safe, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";

/** `ambit check`: whether a policy file is valid, and everything that is to be said of it. */
export const check: Command = {
  name: "check",
  summary: "check a policy file and show everything that is wrong with it",
  usage: `  ambit check POLICY [--strict] [--json]

  --strict   exit with 2 where there are warnings

Exit codes: 0 valid, 1 not valid or not readable, 2 valid with warnings and --strict.`,
  run,
};

/** What was found out about a file. */
interface Finding {
  readonly file: string;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly json: boolean;
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readOptions(args, { json: { type: "boolean" }, strict: { type: "boolean" } });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError("check takes one policy file");
  const finding: Finding = { file, json: values.json ?? false, ...(await examine(file)) };
  if (count(finding, "error") > 0) return refuse(finding);
  accept(finding);
  return values.strict && count(finding, "warning") > 0 ? exitCodes.negative : exitCodes.success;
}

async function examine(file: string): Promise<Pick<Finding, "text" | "diagnostics">> {
  try {
    const text = await readPolicyText(file);
    return { text, diagnostics: checkPolicy(text, { file }) };
  } catch (error) {
    if (error instanceof PolicyError) return { text: "", diagnostics: error.diagnostics };
    throw error;
  }
}

function refuse(finding: Finding): ExitCode {
  const { file, diagnostics, json } = finding;
  if (json) printJson({ file, valid: false, diagnostics });
  else {
    printAll(finding);
    printError(`${safe(file)}: ${counted(count(finding, "error"), "problem")}; this policy allows nothing`);
  }
  return exitCodes.failure;
}

function accept(finding: Finding): void {
  const { file, text, diagnostics, json } = finding;
  const policy = parsePolicy(text, { file });
  const { digest } = policy;
  const counts = {
    roles: policy.roles.size,
    rules: [...policy.roles.values()].reduce((sum, index) => sum + index.size, 0),
    tools: policy.tools?.size ?? 0,
    budgets: policy.budgets.length,
  };
  if (json) return printJson({ file, valid: true, digest, ...counts, diagnostics });
  printAll(finding);
  const words = Object.entries(counts).map(([name, number]) => `${number} ${name}`);
  const warnings = count(finding, "warning");
  if (warnings > 0) words.push(counted(warnings, "warning"));
  print(`${safe(file)}: ${styled("green", "valid")}: ${words.join(", ")}`);
  print(digest);
}

function printAll({ diagnostics, text }: Finding): void {
  if (diagnostics.length > 0) printError(renderDiagnostics(diagnostics, text));
}

function count({ diagnostics }: Finding, severity: Diagnostic["severity"]): number {
  return diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
