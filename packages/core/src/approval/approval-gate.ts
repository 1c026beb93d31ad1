import type { AuditClient } from "../audit-client.ts";
import type { KnownContext } from "../call-context.ts";
import type { CallState, TakenCall } from "../call-state.ts";
import type { UsedApproval } from "../decision.ts";
import type { Judgment, Occasion, Refusal, Ruling } from "../judge-call.ts";
import { formatMoney } from "../money.ts";
import { planApproved, planBeforeAsking, type RedeemedApproval } from "../plan/plan-approved.ts";
import { UnavailableError } from "../platform.ts";
import type { CallReading } from "../read-call.ts";
import type { JsonObject } from "../tool-call.ts";
import type { ApprovalClient } from "./approval-client.ts";
import type { ApprovalDemand } from "./approval-demand.ts";
import { approvalRecord } from "./approval-record.ts";
import type { Approver } from "./approval-request.ts";
import { approvalKey, approvalToken, type KeptApproval, type KeptRequest, requestId, rowOf } from "./approval-row.ts";
import type { ApprovalRow } from "./approval-store.ts";
import type { ApproverRoles } from "./approver-roles.ts";
import { approverFault } from "./judge-approver.ts";

/** What an {@link ApprovalGate} works with. */
export interface ApprovalGateOptions {
  readonly client: ApprovalClient;
  readonly state: CallState;
  readonly audit: AuditClient;
  readonly approvers: ApproverRoles;
  readonly newId: () => string;
  readonly onFault: (fault: unknown) => void;
}

type Granted = Extract<Judgment, { granted: true }>;

/** A call that was refused for want of an approval. */
export interface UnapprovedCall {
  readonly reading: CallReading;
  readonly ruling: Ruling | undefined;
  readonly occasion: Occasion;
  /** Judges it again, whole, with the demands satisfied that people have approved. */
  readonly judge: (approved: ReadonlySet<ApprovalDemand>) => Judgment;
  /** Why it could not be executed here although it is granted. */
  readonly inability: (granted: Granted) => Refusal | undefined;
}

/** What became of such a call: it is refused all the same, or was taken under approvals. */
export type Redemption = { readonly refusal: Refusal } | RedeemedCall;

/** A call that was taken under approvals. */
export interface RedeemedCall {
  readonly refusal?: undefined;
  readonly judgment: Granted;
  readonly taken: TakenCall;
  readonly used: readonly Approved[];
}

/** An approval that stands, with the row that says so. */
interface Approved extends RedeemedApproval {
  readonly kept: KeptApproval;
}

/** What is kept for a demand. `unusable`: it counts for nothing any more, and is to be replaced. */
type Finding =
  | { readonly kind: "absent" }
  | { readonly kind: "unusable"; readonly row: ApprovalRow }
  | { readonly kind: "pending" | "denied"; readonly request: KeptRequest }
  | { readonly kind: "approved"; readonly approved: Approved };

/** A demand of a call, with all that names its row. */
interface DemandedCall extends UnapprovedCall {
  readonly context: KnownContext;
  readonly arguments: JsonObject;
  readonly ruling: Ruling;
}

interface Demanded extends Refusal {
  readonly demand: ApprovalDemand;
}

const day = 86_400_000;

/** How long a spent request is shown, in milliseconds. */
const shownSpent = 600_000;

/** How often a request is tried to be written that others change at the same time. */
const attempts = 5;

/** Lets calls through that people have approved, and asks people about the others. */
export class ApprovalGate {
  readonly #options: ApprovalGateOptions;

  constructor(options: ApprovalGateOptions) {
    this.#options = options;
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
    const demanded: Demanded[] = [];
    const judgment = judgeSatisfied(call, demanded);
    if (!judgment.granted) return { refusal: judgment.refusal };
    const refusal = call.inability(judgment);
    if (refusal !== undefined) return { refusal };
    if (isDemanded(first) && !demanded.some(({ demand }) => demand === first.demand)) demanded.push(first);
    return this.#take(call, judgment, demanded);
  }

  #nobodyToAsk({ ruling }: DemandedCall): string | undefined {
    if (!this.#options.client.keeps) return "the state store keeps no approvals";
    return ruling.policy.approvals.approvers.length === 0 ? "no role may approve" : undefined;
  }

  /** Shows of each approval that it was used. Never fails: the token is the proof, and it is spent. */
  async markSpent({ used }: RedeemedCall, now: number): Promise<void> {
    for (const { kept } of used) {
      const { request, row } = kept;
      if (request.status === "spent") continue;
      try {
        const spent = rowOf(
          { ...request, status: "spent" },
          this.#options.newId(),
          Math.min(row.expiresAt, now + shownSpent),
        );
        await this.#options.client.replace(spent, row.version);
      } catch (fault) {
        this.#options.onFault(fault);
      }
    }
  }

  /** Each round adds an approval: a rule over history demands one only once the others are satisfied. */
  async #take(call: DemandedCall, judgment: Granted, demanded: readonly Demanded[]): Promise<Redemption> {
    const used: Approved[] = [];
    const waiting = [...demanded];
    for (;;) {
      for (const refusal of waiting.splice(0)) {
        const finding = await this.#find(call, refusal);
        if (finding.kind !== "approved") return this.#refuse(call, judgment, { refusal, finding });
        used.push(finding.approved);
      }
      const { reading, ruling, occasion } = call;
      const plan = planApproved(judgment.plan, used);
      const application = await this.#options.state.take({ ...judgment, plan }, { reading, ruling, now: occasion.now });
      if (application.refusal === undefined) return { judgment, taken: application, used };
      const { refusal } = application;
      if (!isDemanded(refusal)) return { refusal };
      const failed = used.find(({ demand }) => demand === refusal.demand);
      // Somebody else was faster, or the approver is suspended: what was approved is used up.
      if (failed !== undefined) return this.#ask(call, judgment, { refusal, row: failed.kept.row });
      waiting.push(refusal);
    }
  }

  async #find(call: DemandedCall, refusal: Demanded): Promise<Finding> {
    const { tenant } = call.context;
    const found = await this.#options.client.read(tenant, approvalKey(factsOf(call, refusal)));
    if (found === undefined) return { kind: "absent" };
    const { row, request } = found;
    // INVARIANT (A5): a row that cannot be relied on approves nothing.
    if (request === undefined) return { kind: "unusable", row };
    const { now } = call.occasion;
    if (now >= request.expiresAt || now >= row.expiresAt) return { kind: "unusable", row };
    switch (request.status) {
      case "pending":
      case "denied":
        return { kind: request.status, request };
      case "approved":
      case "spent":
        return (await this.#approved(call, refusal, { row, request })) ?? { kind: "unusable", row };
    }
  }

  async #approved(call: DemandedCall, refusal: Demanded, kept: KeptApproval): Promise<Finding | undefined> {
    const { approver, answeredAt = 0, expiresAt, status } = kept.request;
    const { approvals } = call.ruling.policy;
    const { now } = call.occasion;
    const reusable = now < answeredAt + approvals.reuse;
    if (approver === undefined || (status === "spent" && !reusable)) return undefined;
    // What the policy says now counts, also where approvals stood for longer before.
    if (now >= answeredAt + approvals.lifetime) return undefined;
    if (!(await this.#mayApprove(call, approver))) return undefined;
    const { code, reason, rule = "", hint, demand } = refusal;
    const approved: Approved = {
      demand,
      refusal: { code, reason, rule, retryable: true, hint, demand },
      token: approvalToken(kept.request),
      // Longer than the row stands, whoever's clock is behind.
      keep: expiresAt - now + day,
      reusable,
      approver,
      kept,
    };
    return { kind: "approved", approved };
  }

  /** INVARIANT (A3): the approver is judged again, by the roles of this moment and the policy of this moment. */
  async #mayApprove({ context, ruling }: DemandedCall, answered: Approver): Promise<boolean> {
    const approver = await this.#options.approvers.current(answered);
    if (approver === undefined) return false;
    const { tenant, issuer, subject: user, actor, chain } = context;
    const requester = { tenant, issuer, user, agents: [actor, ...chain] };
    return approverFault(approver, requester, ruling.policy.approvals) === undefined;
  }

  async #refuse(
    call: DemandedCall,
    judgment: Granted,
    { refusal, finding }: { readonly refusal: Demanded; readonly finding: Exclude<Finding, { kind: "approved" }> },
  ): Promise<Redemption> {
    switch (finding.kind) {
      case "pending":
        return { refusal: pendingRefusal(refusal, finding.request) };
      case "denied":
        return { refusal: deniedRefusal(refusal, finding.request) };
      case "unusable":
        return this.#ask(call, judgment, { refusal, row: finding.row });
      case "absent":
        return this.#ask(call, judgment, { refusal, row: undefined });
    }
  }

  /** Asks people, unless the call would be refused whatever they said: then it is refused for that. */
  async #ask(
    call: DemandedCall,
    judgment: Granted,
    { refusal, row }: { readonly refusal: Demanded; readonly row: ApprovalRow | undefined },
  ): Promise<Redemption> {
    const { reading, ruling, occasion } = call;
    const now = occasion.now;
    const foreseen = await this.#options.state.foresee(planBeforeAsking(judgment.plan), { reading, ruling, now });
    if (foreseen !== undefined) return { refusal: foreseen };
    let replaced = row;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const asked = this.#newRequest(call, judgment, refusal);
      const answer = await this.#write(asked, replaced, now);
      if (answer === "full") return { refusal: tooMany };
      if (answer === "written") {
        await this.#options.audit.append(
          approvalRecord({ action: "request", kept: asked, policy: asked.request.policy, now }),
        );
        return { refusal: pendingRefusal(refusal, asked.request) };
      }
      const finding = await this.#find(call, refusal);
      // Two that ask at once make one request.
      if (finding.kind === "pending" || finding.kind === "denied")
        return this.#refuse(call, judgment, { refusal, finding });
      if (finding.kind === "approved") return { refusal: pendingRefusal(refusal, finding.approved.kept.request) };
      replaced = finding.kind === "unusable" ? finding.row : undefined;
    }
    throw new UnavailableError("the request for approval could not be written: others changed it at the same time");
  }

  async #write(
    asked: KeptApproval,
    replaced: ApprovalRow | undefined,
    now: number,
  ): Promise<"written" | "changed" | "full"> {
    const { client } = this.#options;
    // One that has expired no longer counts against the limits: in its place there is a new one.
    if (replaced !== undefined && replaced.expiresAt > now)
      return (await client.replace(asked, replaced.version)) ? "written" : "changed";
    const answer = await client.insert(asked, now);
    if (answer === "full") return "full";
    return answer === "inserted" ? "written" : "changed";
  }

  #newRequest(call: DemandedCall, { needs }: Granted, refusal: Demanded): KeptApproval {
    const { newId } = this.#options;
    const { now } = call.occasion;
    const { policy } = call.ruling;
    const facts = factsOf(call, refusal);
    const request: KeptRequest = Object.freeze({
      ...facts,
      id: requestId(approvalKey(facts), newId()),
      status: "pending",
      cost: formatMoney(needs.cost),
      scopes: needs.scopes,
      rule: refusal.rule ?? "",
      message: refusal.reason,
      policy: policy.digest,
      requestedAt: now,
      expiresAt: now + policy.approvals.lifetime,
    });
    return rowOf(request, newId());
  }
}

/** What a permit says of the approvals that it was given under. */
export function usedApprovals({ used }: RedeemedCall): readonly UsedApproval[] {
  return used.map(({ kept: { request }, approver: { issuer, id } }) => ({ id: request.id, approver: { issuer, id } }));
}

const tooMany: Refusal = {
  code: "unavailable",
  reason: "too many calls wait for approval",
  retryable: true,
};

function pendingRefusal(refusal: Refusal, { id, expiresAt }: KeptRequest): Refusal {
  return { ...refusal, retryable: true, approval: { id, status: "pending", expiresAt } };
}

/** INVARIANT (D11): nothing that the approver said reaches the model. */
function deniedRefusal(refusal: Refusal, { id, expiresAt }: KeptRequest): Refusal {
  const reason = "a person was asked to approve this call, and has refused";
  return { ...refusal, reason, retryable: false, approval: { id, status: "denied", expiresAt } };
}

/** The judgment once every allow's demand is satisfied, and these demands in the order in which they were made. */
function judgeSatisfied(call: DemandedCall, demanded: Demanded[]): Judgment {
  const satisfied = new Set<ApprovalDemand>();
  for (;;) {
    const judgment = call.judge(satisfied);
    if (judgment.granted || !isDemanded(judgment.refusal)) return judgment;
    // INVARIANT (D3): a demand that is made although it is satisfied is a fault, and a fault denies.
    if (satisfied.has(judgment.refusal.demand)) throw new TypeError("a demand was made that is satisfied");
    satisfied.add(judgment.refusal.demand);
    demanded.push(judgment.refusal);
  }
}

function isDemanded(refusal: Refusal): refusal is Demanded {
  return refusal.demand !== undefined;
}

function demandedCall(call: UnapprovedCall): DemandedCall {
  const { context, arguments: args } = call.reading;
  if (context === undefined || args === undefined) throw new TypeError("a demand without arguments or context");
  if (call.ruling === undefined) throw new TypeError("a demand without a policy");
  return { ...call, context, arguments: args, ruling: call.ruling };
}

function factsOf({ context, reading: { tool }, arguments: args }: DemandedCall, { demand }: Demanded) {
  const { tenant, issuer, subject: user, actor, tier, chain, session } = context;
  return { tenant, issuer, user, actor, tier, chain, session, tool, arguments: args, demand };
}
