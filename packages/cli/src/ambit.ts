import { nearestName, PolicyError } from "@ambit/core";
import { type Command, type ExitCode, exitCodes, UsageError } from "./command.ts";
import { approvalsApprove } from "./commands/approvals-approve.ts";
import { approvalsDeny } from "./commands/approvals-deny.ts";
import { approvalsList } from "./commands/approvals-list.ts";
import { approvalsShow } from "./commands/approvals-show.ts";
import { auditVerify } from "./commands/audit-verify.ts";
import { check } from "./commands/check.ts";
import { decide } from "./commands/decide.ts";
import { explain } from "./commands/explain.ts";
import { init } from "./commands/init.ts";
import { report } from "./commands/report.ts";
import { resume } from "./commands/resume.ts";
import { schema } from "./commands/schema.ts";
import { suspend } from "./commands/suspend.ts";
import { suspended } from "./commands/suspended.ts";
import { test } from "./commands/test.ts";
import { ownVersion } from "./own-version.ts";
import { print, printError, safe } from "./print.ts";

const commands: readonly Command[] = [
  init,
  check,
  test,
  decide,
  explain,
  schema,
  auditVerify,
  report,
  suspend,
  resume,
  suspended,
  approvalsList,
  approvalsShow,
  approvalsApprove,
  approvalsDeny,
];

// A reader that has seen enough, as `head` does, is not a fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? exitCodes.success : exitCodes.failure);
});
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof UsageError) printError(`ambit: ${safe(error.message)}\nTry: ambit --help`);
    else if (error instanceof PolicyError) printError(error.message);
    else printError(`ambit: ${safe(error instanceof Error ? error.message : String(error))}`);
    return exitCodes.failure;
  }
}

async function dispatch(args: readonly string[]): Promise<ExitCode> {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") return overview();
  if (first === "--version") {
    print(ownVersion());
    return exitCodes.success;
  }
  const command = commands.find(({ name }) => name.split(" ").every((word, index) => args[index] === word));
  if (command === undefined) throw new UsageError(unknownCommand(args));
  const rest = args.slice(command.name.split(" ").length);
  if (rest.includes("--help") || rest.includes("-h")) {
    print(`ambit ${command.name}: ${command.summary}\n\n${command.usage}`);
    return exitCodes.success;
  }
  return command.run(rest);
}

function overview(): ExitCode {
  print("ambit: runtime authorization for AI-agent tool calls\n");
  for (const { name, summary } of commands) print(`  ambit ${name.padEnd(18)} ${summary}`);
  print("\nambit COMMAND --help says more. Exit codes: 0 yes, 2 no, 1 it could not be found out.");
  return exitCodes.success;
}

function unknownCommand(args: readonly string[]): string {
  const [first = ""] = args;
  const names = commands.map(({ name }) => name);
  const begun = names.find((name) => name.startsWith(`${first} `));
  const nearest = begun ?? nearestName(args.slice(0, 2).join(" "), names) ?? nearestName(first, names);
  return `there is no command "${first}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`;
}
