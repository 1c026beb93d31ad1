import {
  type ApprovalAnswer,
  type ApprovalRequest,
  createAuthorizer,
  type Policy,
  type StateStore,
  type Subject,
} from "@ambit/core";
import { loadPolicy, openFileAuditLog } from "@ambit/core/node";
import { type ExitCode, exitCodes, UsageError } from "../command.ts";
import { print, printError, printJson, safe, styled } from "../print.ts";
import { readOptions } from "../read-options.ts";
import { canConfirm, confirm } from "./confirm.ts";
import { personText } from "./describe-request.ts";
import { findRequest, isAbbreviated } from "./find-request.ts";
import { printRequest } from "./print-request.ts";
import { readStore, type StorePlace, storeOptions, storeUsage } from "./store-options.ts";
import { withStore } from "./with-store.ts";

/** The two answers. */
export type Answer = "approve" | "deny";

/** What `--help` says of the options of both answers. */
export const answerUsage = `${storeUsage}
  --policy FILE    the policy of the tenant: which roles approve, and whether for themselves
  --as USER        who you are; of an --issuer, where users have one
  --role ROLE      a role that you hold; may be repeated
  --comment TEXT   for people and the audit log; no model sees it
  --audit FILE     the audit log in which the answer is recorded before it counts: one of its own, which no process has
                   open; made where there is none
  --no-audit       records nothing
  --yes            does not ask; needed where there is no terminal, and takes a whole ID only
  --json           prints one document; needs --yes

It shows all that would run, then asks. ID may be the beginning of an id where you are asked.
--as and --role are your own word, and nobody verifies them here: whoever may write to the store may approve. Roles are
judged again when the call is made, by an application that looks up its approvers.`;

const options = {
  ...storeOptions,
  policy: { type: "string" },
  as: { type: "string" },
  issuer: { type: "string" },
  role: { type: "string", multiple: true },
  comment: { type: "string" },
  audit: { type: "string" },
  "no-audit": { type: "boolean" },
  yes: { type: "boolean" },
  json: { type: "boolean" },
} as const;

interface Answering {
  readonly answer: Answer;
  readonly id: string;
  readonly store: StorePlace;
  readonly policy: Policy;
  readonly approver: Subject;
  readonly comment: string | undefined;
  /** `undefined`: nothing is recorded, as was asked for. */
  readonly auditFile: string | undefined;
  readonly asks: boolean;
  readonly json: boolean;
}

/** Answers a request for approval, as the arguments of a command say. */
export async function answerRequest(answer: Answer, args: readonly string[]): Promise<ExitCode> {
  const answering = await readAnswering(answer, args);
  return withStore(answering.store, async (store) => {
    const { policy, id, approver, asks, json } = answering;
    const request = await findRequest(createAuthorizer({ policy, store }).approvals, id, approver.tenant);
    if (request === undefined) return refused(answering, "there is no such request");
    if (!json) show(request, policy);
    // Whatever else cannot be answered is for core to refuse.
    if (asks && request.status === "pending" && !(await confirm(questionOf(answering, request)))) {
      return refused(answering, "nothing was answered");
    }
    const given = await giveAnswer(answering, store, request);
    return given.allowed ? taken(answering, given) : refused(answering, given.reason, given);
  });
}

async function readAnswering(answer: Answer, args: readonly string[]): Promise<Answering> {
  const { values, positionals } = readOptions(args, options);
  const { policy, as, issuer, role, tenant, comment, audit, yes = false, json = false } = values;
  const [id] = positionals;
  if (id === undefined || id === "" || positionals.length > 1) throw new UsageError(`approvals ${answer} takes one id`);
  const store = readStore(values);
  if (policy === undefined) throw new UsageError("--policy is missing");
  if (as === undefined) throw new UsageError("--as is missing: who answers?");
  if (role === undefined) throw new UsageError("--role is missing: by which role do you answer?");
  if ((audit === undefined) !== (values["no-audit"] ?? false)) {
    throw new UsageError("say where the answer is recorded, --audit FILE, or that it is not, --no-audit");
  }
  if (!yes && json) throw new UsageError("--json needs --yes");
  if (!yes && !canConfirm()) throw new UsageError("nobody can be asked without a terminal: say --yes");
  // Another request might have taken the place of the one that was meant, and nobody would see it.
  if (yes && isAbbreviated(id)) throw new UsageError("--yes needs the whole id");
  const approver = { id: as, issuer, tenant, roles: role, scopes: [] };
  const loaded = await loadPolicy(policy);
  return { answer, id, store, policy: loaded, approver, comment, auditFile: audit, asks: !yes, json };
}

function show(request: ApprovalRequest, policy: Policy): void {
  printRequest(request, Date.now());
  if (request.policy !== policy.digest) {
    printError(
      "ambit: the request was made under another policy than this one; the application's decides about the call",
    );
  }
}

function questionOf({ answer, approver }: Answering, { tool, user, issuer }: ApprovalRequest): string {
  const who = personText(approver.id, approver.issuer ?? "");
  const verb = answer === "approve" ? "Approve" : "Deny";
  return `${verb} this call of ${safe(tool)} for ${personText(user, issuer)}, as ${who}?`;
}

/** INVARIANT: the id is that of the request that was shown. The log is opened no earlier: others may want it meanwhile. */
async function giveAnswer(
  { answer, policy, approver, comment, auditFile }: Answering,
  store: StateStore,
  { id }: ApprovalRequest,
): Promise<ApprovalAnswer> {
  const audit = auditFile === undefined ? undefined : await openFileAuditLog(auditFile);
  try {
    return await createAuthorizer({ policy, store, audit }).approvals[answer](id, approver, { comment });
  } finally {
    await audit?.close();
  }
}

function taken({ answer, json }: Answering, given: Extract<ApprovalAnswer, { allowed: true }>): ExitCode {
  const until = new Date(given.request.expiresAt).toISOString();
  const word = answer === "approve" ? styled("green", "approved") : styled("red", "denied");
  if (json) printJson(given);
  else print(`${word}, which stands until ${until}`);
  return exitCodes.success;
}

function refused({ json }: Answering, reason: string, given?: ApprovalAnswer): ExitCode {
  if (json) printJson(given ?? { allowed: false, reason });
  else print(`${styled("red", "not answered")}: ${safe(reason)}`);
  return exitCodes.negative;
}
