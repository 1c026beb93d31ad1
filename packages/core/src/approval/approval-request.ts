import type { JsonObject, Tier } from "../tool-call.ts";

/**
 * Where a request stands. `spent`: its call was let through. `expired`: nobody answered in time, or the call was not made in
 * time after it was approved.
 */
export const approvalStatuses = ["pending", "approved", "denied", "spent", "expired"] as const;

/** One of {@link approvalStatuses}. */
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** Who answered, as verified then. */
export interface Approver {
  readonly tenant: string;
  readonly issuer: string;
  readonly id: string;
  readonly roles: readonly string[];
}

/** One call that a person is asked to approve: whole, so that what is shown is what runs. */
export interface ApprovalRequest {
  /** 41 characters of `[0-9a-f-]`. Never repeats. */
  readonly id: string;
  /**
   * `sha256:` and 64 hex digits over tenant, issuer, user, actor, tier, chain, session, tool, arguments and what demands the
   * approval: it is good for a call with the same digest only.
   */
  readonly digest: string;
  readonly status: ApprovalStatus;
  readonly tenant: string;
  readonly issuer: string;
  /** The id of the user for whom the agent acts. */
  readonly user: string;
  /** The id of the agent. */
  readonly actor: string;
  readonly tier: Tier | undefined;
  readonly chain: readonly string[];
  readonly session: string;
  readonly tool: string;
  /** Written by a model: to be shown as data. */
  readonly arguments: JsonObject;
  /** What the call was estimated to cost when it was asked for, as decimal text. */
  readonly cost: string;
  /** The scopes that the call required when it was asked for. */
  readonly scopes: readonly string[];
  /** The policy rule that demands it. */
  readonly rule: string;
  /** Why, in the policy's words. */
  readonly message: string;
  /** The digest of the policy that demanded it. */
  readonly policy: string;
  /** Epoch milliseconds. */
  readonly requestedAt: number;
  /** Epoch milliseconds: from then on nobody can answer, and an answer counts for nothing. An answer makes it later. */
  readonly expiresAt: number;
  /** Epoch milliseconds. Absent while nobody has answered, as are the next two. */
  readonly answeredAt?: number | undefined;
  readonly approver?: Approver | undefined;
  /** What the approver said about it. For people and the audit log: no model reads it. */
  readonly comment?: string | undefined;
}
