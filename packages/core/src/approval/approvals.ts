import type { DenyCode } from "../decision.ts";
import type { Subject } from "../tool-call.ts";
import type { ApprovalRequest, ApprovalStatus } from "./approval-request.ts";

/** Which requests are listed. */
export interface ApprovalQuery {
  /** Default: the empty tenant. */
  readonly tenant?: string | undefined;
  /** Default: all. */
  readonly status?: ApprovalStatus | undefined;
  /** How many at most, 1 to 1,000. Default: 100. */
  readonly limit?: number | undefined;
}

/** What is said with an answer. */
export interface ApprovalNote {
  /** For people and the audit log; no model reads it. At most 1,000 characters. */
  readonly comment?: string | undefined;
}

/** Whether an answer counts. */
export type ApprovalAnswer =
  | { readonly allowed: true /** As it stands now. */; readonly request: ApprovalRequest; readonly logged: boolean }
  | { readonly allowed: false; readonly code: DenyCode; readonly reason: string; readonly logged: boolean };

/**
 * What people are asked to approve, and where they answer. Who may see the requests is for the application to decide; who may
 * answer, the policy says. All methods reject where the store fails, or keeps no approvals.
 */
export interface Approvals {
  /** The oldest first. Changes nothing. Throws a `RangeError` for a limit out of range. */
  list(query?: ApprovalQuery): Promise<readonly ApprovalRequest[]>;

  /** `undefined`: the tenant has no such request, or none any more. Changes nothing. */
  get(id: string, query?: Pick<ApprovalQuery, "tenant">): Promise<ApprovalRequest | undefined>;

  /**
   * Lets the call of a pending request of the approver's own tenant run once. `approver` is a verified person with a role that
   * approves, never taken from anything that the model said. An answer that does not count is a value; both are recorded
   * first. Rejects where the audit log could not be told, too: then nothing is approved.
   */
  approve(id: string, approver: Subject, note?: ApprovalNote): Promise<ApprovalAnswer>;

  /** The same, but the call does not run, and nobody is asked about it again before the denial has expired. */
  deny(id: string, approver: Subject, note?: ApprovalNote): Promise<ApprovalAnswer>;
}
