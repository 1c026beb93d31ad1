import type { AuditClient } from "../audit-client.ts";
import type { CallState, TakenCall } from "../call-state.ts";
import type { UsedApproval } from "../decision.ts";
import type { Granted } from "../judge-call.ts";
import { planApproved } from "../plan/plan-approved.ts";
import type { Refusal } from "../refusal.ts";
import type { Suspensions } from "../suspension.ts";
import { ApprovalAsker, knownRefusal } from "./approval-asker.ts";
import type { ApprovalClient } from "./approval-client.ts";
import { ApprovalFinder, type Approved } from "./approval-finder.ts";
import { rowOf } from "./approval-row.ts";
import type { ApproverRoles } from "./approver-roles.ts";
import {
  type Demanded,
  type DemandedCall,
  demandedCall,
  isDemanded,
  judgeSatisfied,
  type UnapprovedCall,
} from "./demanded-call.ts";

/** What an {@link ApprovalGate} works with. */
export interface ApprovalGateOptions {
  readonly client: ApprovalClient;
  readonly state: CallState;
  readonly audit: AuditClient;
  readonly approvers: ApproverRoles;
  readonly suspensions: Suspensions;
  readonly newId: () => string;
  readonly onFault: (fault: unknown) => void;
}

/** What became of a call that lacked an approval: it is refused all the same, or was taken under approvals. */
export type Redemption = { readonly refusal: Refusal } | RedeemedCall;

/** A call that was taken under approvals. */
export interface RedeemedCall {
  readonly refusal?: undefined;
  readonly judgment: Granted;
  readonly taken: TakenCall;
  readonly used: readonly Approved[];
}

/** How long a spent request is shown, in milliseconds. */
const shownSpent = 600_000;

/** Lets calls through that people have approved, and asks people about the others. */
export class ApprovalGate {
  readonly #options: ApprovalGateOptions;
  readonly #finder: ApprovalFinder;
  readonly #asker: ApprovalAsker;

  constructor(options: ApprovalGateOptions) {
    this.#options = options;
    this.#finder = new ApprovalFinder(options);
    this.#asker = new ApprovalAsker({ ...options, finder: this.#finder });
  }

  /**
   * Takes a call under the approvals that stand for its demands, or asks for the first that is missing. Fails where store or
   * log do.
   *
   * INVARIANT (A4): what is approved is the demand. The call is judged again, whole, by the policy of this moment, and all of
   * its other checks hold in the step that spends the approvals, or it is refused.
   */
  async redeem(unapproved: UnapprovedCall, first: Refusal): Promise<Redemption> {
    const call = demandedCall(unapproved);
    const nobody = this.#nobodyToAsk(call);
    if (nobody !== undefined) return { refusal: { ...first, detail: nobody } };
    const { judgment, demanded } = judgeSatisfied(call);
    if (!judgment.granted) return { refusal: judgment.refusal };
    const refusal = call.inability(judgment);
    if (refusal !== undefined) return { refusal };
    const isNew = isDemanded(first) && !demanded.some(({ demand }) => demand === first.demand);
    return this.#take(call, judgment, isNew ? [...demanded, first] : demanded);
  }

  /** Shows of each approval that it was used. Never fails: the token is the proof, and it is spent. */
  async markSpent({ used }: RedeemedCall, now: number): Promise<void> {
    for (const { kept, reusableUntil } of used) {
      const { request, row } = kept;
      if (request.status === "spent") continue;
      try {
        const until = Math.min(row.expiresAt, Math.max(now + shownSpent, reusableUntil));
        const spent = rowOf({ ...request, status: "spent" }, this.#options.newId(), until);
        await this.#options.client.replace(spent, row.version);
      } catch (fault) {
        this.#options.onFault(fault);
      }
    }
  }

  #nobodyToAsk({ ruling }: DemandedCall): string | undefined {
    if (!this.#options.client.keeps) return "the state store keeps no approvals";
    return ruling.policy.approvals.approvers.length === 0 ? "no role may approve" : undefined;
  }

  /** Each round adds an approval: a rule over history demands one only once what comes before it holds. */
  async #take(call: DemandedCall, judgment: Granted, demanded: readonly Demanded[]): Promise<Redemption> {
    const used: Approved[] = [];
    let missing = demanded;
    for (;;) {
      for (const refusal of missing) {
        const finding = await this.#finder.find(call, refusal, judgment.needs.cost);
        if (finding.kind !== "approved") {
          const replaced = finding.kind === "unusable" ? finding.row : undefined;
          const known = knownRefusal(refusal, finding);
          return { refusal: known ?? (await this.#asker.ask(call, judgment, { refusal, replaced })) };
        }
        used.push(finding.approved);
      }
      const { reading, ruling, occasion } = call;
      const plan = planApproved(judgment.plan, used);
      const application = await this.#options.state.take({ ...judgment, plan }, { reading, ruling, now: occasion.now });
      if (application.refusal === undefined) return { judgment, taken: application, used };
      const { refusal } = application;
      if (!isDemanded(refusal)) return { refusal };
      const failed = used.find(({ demand }) => demand === refusal.demand);
      if (failed !== undefined) {
        // Somebody else was faster, or the approver is suspended: what was approved counts for nothing any more.
        const replaced = failed.kept.row;
        return { refusal: await this.#asker.ask(call, judgment, { refusal, replaced }) };
      }
      missing = [refusal];
    }
  }
}

/** What a permit says of the approvals that it was given under. */
export function usedApprovals({ used }: RedeemedCall): readonly UsedApproval[] {
  return used.map(({ kept: { request }, approver: { issuer, id } }) => ({ id: request.id, approver: { issuer, id } }));
}
