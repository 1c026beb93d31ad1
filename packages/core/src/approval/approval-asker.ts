import type { AuditClient } from "../audit-client.ts";
import type { CallState } from "../call-state.ts";
import type { Granted } from "../judge-call.ts";
import { formatMoney } from "../money.ts";
import { planBeforeAsking } from "../plan/plan-approved.ts";
import { UnavailableError } from "../platform.ts";
import type { Refusal } from "../refusal.ts";
import type { ApprovalClient } from "./approval-client.ts";
import type { ApprovalFinder, Finding } from "./approval-finder.ts";
import { approvalRecord } from "./approval-record.ts";
import { approvalKey, type KeptApproval, type KeptRequest, requestId, rowOf } from "./approval-row.ts";
import type { ApprovalRow } from "./approval-store.ts";
import { type Demanded, type DemandedCall, factsOf } from "./demanded-call.ts";

/** What an {@link ApprovalAsker} works with. */
export interface ApprovalAskerOptions {
  readonly client: ApprovalClient;
  readonly finder: ApprovalFinder;
  readonly state: CallState;
  readonly audit: AuditClient;
  readonly newId: () => string;
}

/** How often a request is tried to be written that others change at the same time. */
const attempts = 5;

/** Asks people about calls. */
export class ApprovalAsker {
  readonly #options: ApprovalAskerOptions;

  constructor(options: ApprovalAskerOptions) {
    this.#options = options;
  }

  /**
   * Why a call is refused that nobody has approved; where nobody was asked yet, somebody is now, unless the call would be
   * refused whatever they said: then it is refused for that. `replaced`: a row that counts for nothing any more.
   */
  async ask(call: DemandedCall, judgment: Granted, { refusal, replaced }: Question): Promise<Refusal> {
    const { reading, ruling, occasion } = call;
    const { now } = occasion;
    const foreseen = await this.#options.state.foresee(planBeforeAsking(judgment.plan), { reading, ruling, now });
    if (foreseen !== undefined) return foreseen;
    let before = replaced;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const asked = this.#newRequest(call, judgment, refusal);
      const answer = await this.#write(asked, before, now);
      if (answer === "full") return tooMany;
      if (answer === "written") {
        const { policy } = asked.request;
        await this.#options.audit.append(approvalRecord({ action: "request", kept: asked, policy, now }));
        return pendingRefusal(refusal, asked.request);
      }
      // Two that ask at once make one request.
      const finding = await this.#options.finder.find(call, refusal, judgment.needs.cost);
      const known = knownRefusal(refusal, finding);
      if (known !== undefined) return known;
      before = finding.kind === "unusable" ? finding.row : undefined;
    }
    throw new UnavailableError("the request for approval could not be written: others changed it at the same time");
  }

  async #write(
    asked: KeptApproval,
    before: ApprovalRow | undefined,
    now: number,
  ): Promise<"written" | "changed" | "full"> {
    const { client } = this.#options;
    if (before !== undefined && before.expiresAt > now)
      return (await client.replace(asked, before.version)) ? "written" : "changed";
    // One that has expired does not count against the limits any more; the new one does.
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

/** For which demand somebody is asked. */
interface Question {
  readonly refusal: Demanded;
  readonly replaced: ApprovalRow | undefined;
}

/** Why a call is refused of which people know already. `undefined`: they do not. */
export function knownRefusal(refusal: Demanded, finding: Finding): Refusal | undefined {
  switch (finding.kind) {
    case "pending":
      return pendingRefusal(refusal, finding.request);
    case "denied":
      return deniedRefusal(refusal, finding.request);
    case "approved":
      // Answered while it was asked: the next call finds it so.
      return pendingRefusal(refusal, finding.approved.kept.request);
    case "absent":
    case "unusable":
      return undefined;
  }
}

const tooMany: Refusal = { code: "unavailable", reason: "too many calls wait for approval", retryable: true };

function pendingRefusal(refusal: Demanded, { id, expiresAt }: KeptRequest): Refusal {
  return { ...refusal, retryable: true, approval: { id, status: "pending", expiresAt } };
}

/** INVARIANT (D11): nothing that the approver said reaches the model. */
function deniedRefusal(refusal: Demanded, { id, expiresAt }: KeptRequest): Refusal {
  const reason = "a person was asked to approve this call, and has refused";
  return { ...refusal, reason, retryable: false, approval: { id, status: "denied", expiresAt } };
}
