import { createAuthorizer } from "@ambit/core";
import { findRequest } from "../approvals/find-request.ts";
import { printRequest } from "../approvals/print-request.ts";
import { readStore, storeOptions, storeUsage } from "../approvals/store-options.ts";
import { withStore } from "../approvals/with-store.ts";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";

/** `ambit approvals show`: everything that would run. */
export const approvalsShow: Command = {
  name: "approvals show",
  summary: "show everything that a request for approval would let run",
  usage: `  ambit approvals show ID [--store STORE] [--tenant NAME] [--json]

${storeUsage}
  --json           prints the request as JSON

ID may be the beginning of an id that no other begins with. Nothing is left out: texts are written as JSON, in which
characters that cannot be seen are escapes; a line that has no room goes on behind a "┊". Nothing is changed.
Exit codes: 0 shown, 2 there is no such request, 1 the store could not be asked, or several ids begin so.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readOptions(args, { ...storeOptions, json: { type: "boolean" } });
  const [id] = positionals;
  if (id === undefined || id === "" || positionals.length > 1) throw new UsageError("approvals show takes one id");
  const request = await withStore(readStore(values), (store) =>
    findRequest(createAuthorizer({ policy: undefined, store }).approvals, id, values.tenant),
  );
  if (values.json) printJson({ request: request ?? null });
  else if (request === undefined) print(styled("red", "there is no such request"));
  else printRequest(request, Date.now());
  return request === undefined ? exitCodes.negative : exitCodes.success;
}
