import type { ApprovalRecord } from "../audit/audit-record.ts";
import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../digest.ts";
import type { Refusal } from "../refusal.ts";
import { timeText } from "../time-text.ts";
import type { Approver } from "./approval-request.ts";
import type { KeptApproval } from "./approval-row.ts";

/** What the record of a request or an answer is made of. */
export interface ApprovalFacts {
  readonly action: ApprovalRecord["action"];
  /** `undefined`: there is no such request. */
  readonly kept: KeptApproval | undefined;
  /** What was named; default: the id of what is kept. */
  readonly id?: string | undefined;
  /** Why the answer does not count. Default: it counts. */
  readonly refusal?: Refusal | undefined;
  /** Who answers; `undefined` where nobody does, or it is not known who. */
  readonly approver?: Approver | undefined;
  readonly comment?: string | undefined;
  /** The digest of the policy that decides; empty where there is none. */
  readonly policy: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The audit record of a request for approval, or of an answer. */
export function approvalRecord(facts: ApprovalFacts): ApprovalRecord {
  const { action, kept, refusal, approver, comment, policy, now } = facts;
  const request = kept?.request;
  return {
    type: "approval",
    time: timeText(now),
    action,
    decision: refusal === undefined ? "permit" : "deny",
    code: refusal?.code ?? null,
    reason: refusal?.reason ?? reasons[action],
    detail: refusal?.detail ?? null,
    approval: request?.id ?? facts.id ?? "",
    digest: kept === undefined ? null : `sha256:${kept.row.key}`,
    rule: request?.rule ?? null,
    tenant: request?.tenant ?? approver?.tenant ?? "",
    issuer: request?.issuer ?? "",
    subject: request?.user ?? null,
    actor: request?.actor ?? null,
    session: request?.session ?? null,
    tool: request?.tool ?? null,
    // INVARIANT (L6): nobody who has the record can read the arguments from it.
    argumentsDigest: request === undefined ? null : `sha256:${sha256(canonicalJson(request.arguments))}`,
    approverIssuer: approver?.issuer ?? "",
    approver: approver?.id ?? null,
    approverRoles: approver?.roles ?? [],
    comment: comment ?? null,
    until: request === undefined ? null : timeText(request.expiresAt),
    policy,
  };
}

const reasons: Readonly<Record<ApprovalRecord["action"], string>> = {
  request: "a person has to approve this call",
  approve: "approved",
  deny: "denied",
};
