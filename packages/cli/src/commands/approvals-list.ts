import { type ApprovalRequest, type ApprovalStatus, approvalStatuses, createAuthorizer } from "@ambit/core";
import { personText, remainingText } from "../approvals/describe-request.ts";
import { readStore, storeOptions, storeUsage } from "../approvals/store-options.ts";
import { withStore } from "../approvals/with-store.ts";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printJson, styled } from "../print.ts";
import { readOptionsOnly } from "../read-options.ts";
import { visibleJson } from "../visible-json.ts";

/** How many are listed. */
const most = 1_000;

/** `ambit approvals list`: what people are asked to approve. */
export const approvalsList: Command = {
  name: "approvals list",
  summary: "list the calls that people are asked to approve",
  usage: `  ambit approvals list [--store STORE] [--tenant NAME] [--status STATUS] [--json]

${storeUsage}
  --status STATUS  pending, approved, denied, spent, expired or all (default: pending)
  --json           prints the requests whole

The oldest come first, ${most} at most. Their arguments are shown by ambit approvals show. Nothing is changed.
Exit codes: 0 there are some, 2 there are none, 1 the store could not be asked.`,
  run,
};

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, {
    ...storeOptions,
    status: { type: "string" },
    json: { type: "boolean" },
  });
  const { tenant, json } = values;
  const status = readStatus(values.status);
  const requests = await withStore(readStore(values), (store) =>
    createAuthorizer({ policy: undefined, store }).approvals.list({ tenant, status, limit: most }),
  );
  if (json) printJson({ tenant: tenant ?? "", requests });
  else printTable(requests, Date.now());
  return requests.length > 0 ? exitCodes.success : exitCodes.negative;
}

function readStatus(text = "pending"): ApprovalStatus | undefined {
  if (text === "all") return undefined;
  const status = approvalStatuses.find((known) => known === text);
  if (status === undefined) throw new UsageError(`--status must be ${approvalStatuses.join(", ")} or all`);
  return status;
}

function printTable(requests: readonly ApprovalRequest[], now: number): void {
  if (requests.length === 0) return print(styled("green", "no requests"));
  const rows = [
    ["ID", "STATUS", "LEFT", "TOOL", "USER", "AGENT", "MESSAGE"],
    ...requests.map((one) => cells(one, now)),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  if (requests.length === most) print(`There may be more: these are the oldest ${most}.`);
}

function cells({ id, status, expiresAt, ...request }: ApprovalRequest, now: number): readonly string[] {
  const left = status === "pending" || status === "approved" ? remainingText(expiresAt - now) : "-";
  const user = personText(request.user, request.issuer);
  return [id, status, left, visibleJson(request.tool), user, visibleJson(request.actor), visibleJson(request.message)];
}
