import type { ApprovalRule } from "../policy/policy.ts";
import type { Approver } from "./approval-request.ts";

/** For whom something is asked that a person must approve. */
export interface Requester {
  readonly tenant: string;
  readonly issuer: string;
  readonly user: string;
  /** The agents that ask: who makes the call, and who delegated to it. */
  readonly agents: readonly string[];
}

/** Why a person may not approve. */
export type ApproverFault = "not_approver" | "own_request";

/**
 * Whether a person may approve what is asked for somebody. Pure.
 *
 * INVARIANT (A3): whoever approves holds a role that does, is of the tenant and, where the policy separates the two, is
 * neither the user who asks nor one of the agents.
 */
export function approverFault(
  approver: Approver,
  { tenant, issuer, user, agents }: Requester,
  { approvers, separation }: ApprovalRule,
): ApproverFault | undefined {
  if (approver.tenant !== tenant || !approver.roles.some((role) => approvers.includes(role))) return "not_approver";
  if (!separation) return undefined;
  const isUser = approver.issuer === issuer && approver.id === user;
  return isUser || agents.includes(approver.id) ? "own_request" : undefined;
}
