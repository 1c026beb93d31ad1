import { type MicroUnits, parseMoney } from "../money.ts";
import type { RedeemedApproval } from "../plan/plan-approved.ts";
import type { Suspensions } from "../suspension.ts";
import type { ApprovalClient } from "./approval-client.ts";
import type { Approver } from "./approval-request.ts";
import { approvalKey, approvalToken, type KeptApproval, type KeptRequest } from "./approval-row.ts";
import type { ApprovalRow } from "./approval-store.ts";
import type { ApproverRoles } from "./approver-roles.ts";
import { type Demanded, type DemandedCall, factsOf } from "./demanded-call.ts";
import { approverFault } from "./judge-approver.ts";
import { isStopped } from "./person.ts";

/** An approval that stands, with the row that says so. */
export interface Approved extends RedeemedApproval {
  readonly kept: KeptApproval;
  /** Epoch milliseconds: until then the same call may be made again under it. */
  readonly reusableUntil: number;
}

/** What is kept for a demand. */
export type Finding = Unapproved | { readonly kind: "approved"; readonly approved: Approved };

/** `unusable`: it counts for nothing any more, and is to be replaced. */
export type Unapproved =
  | { readonly kind: "absent" }
  | { readonly kind: "unusable"; readonly row: ApprovalRow }
  | { readonly kind: "pending" | "denied"; readonly request: KeptRequest };

/** What an {@link ApprovalFinder} works with. */
export interface ApprovalFinderOptions {
  readonly client: ApprovalClient;
  readonly approvers: ApproverRoles;
  readonly suspensions: Suspensions;
}

const day = 86_400_000;

/** Finds what people have said of a call, and judges whether it still counts. */
export class ApprovalFinder {
  readonly #client: ApprovalClient;
  readonly #approvers: ApproverRoles;
  readonly #suspensions: Suspensions;

  constructor({ client, approvers, suspensions }: ApprovalFinderOptions) {
    this.#client = client;
    this.#approvers = approvers;
    this.#suspensions = suspensions;
  }

  /**
   * `cost`: what the call would cost now.
   *
   * INVARIANT (A5, A7): what is expired, unknown, or cannot be relied on approves nothing, nor does what was asked about a call
   * that cost less.
   */
  async find(call: DemandedCall, refusal: Demanded, cost: MicroUnits): Promise<Finding> {
    const { now } = call.occasion;
    const found = await this.#client.read(call.context.tenant, approvalKey(factsOf(call, refusal)));
    if (found === undefined) return { kind: "absent" };
    const { row, request } = found;
    if (request === undefined || now >= request.expiresAt || now >= row.expiresAt) return { kind: "unusable", row };
    if (request.status === "denied") return { kind: "denied", request };
    const shown = parseMoney(request.cost);
    if (shown === undefined || cost > shown) return { kind: "unusable", row };
    switch (request.status) {
      case "pending":
        return { kind: "pending", request };
      case "approved":
      case "spent": {
        const approved = await this.#approved(call, refusal, { row, request });
        return approved === undefined ? { kind: "unusable", row } : { kind: "approved", approved };
      }
    }
  }

  async #approved(call: DemandedCall, refusal: Demanded, kept: KeptApproval): Promise<Approved | undefined> {
    const { approver, answeredAt = 0, expiresAt, status } = kept.request;
    const { lifetime, reuse } = call.ruling.policy.approvals;
    const { now } = call.occasion;
    // INVARIANT (A2): what was approved for one call does not become good for several with another policy.
    const reusableUntil = Math.min(answeredAt + reuse, kept.request.reusableUntil ?? 0);
    const reusable = now < reusableUntil;
    if (approver === undefined || (status === "spent" && !reusable)) return undefined;
    // What the policy says now counts, also where approvals stood for longer before.
    if (now >= answeredAt + lifetime || !(await this.#mayApprove(call, approver))) return undefined;
    const { code, reason, rule = "", hint, demand } = refusal;
    return {
      demand,
      refusal: { code, reason, rule, retryable: true, hint, demand },
      token: approvalToken(kept.request),
      // Longer than the row counts for any process, whoever's clock is behind.
      keep: expiresAt - now + day,
      reusable,
      approver,
      kept,
      reusableUntil,
    };
  }

  /** INVARIANT (A3): the approver is judged again, by the roles of this moment and the policy of this moment. */
  async #mayApprove({ context, ruling, occasion }: DemandedCall, answered: Approver): Promise<boolean> {
    const approver = await this.#approvers.current(answered);
    if (approver === undefined || isStopped(approver, this.#suspensions, occasion.now)) return false;
    const { tenant, issuer, subject: user, actor, chain } = context;
    const requester = { tenant, issuer, user, agents: [actor, ...chain] };
    return approverFault(approver, requester, ruling.policy.approvals) === undefined;
  }
}
