import type { AuditClient } from "../audit-client.ts";
import { planPersonCheck } from "../plan/plan-approved.ts";
import type { Policy } from "../policy/policy.ts";
import { type PolicyChoice, policyFor } from "../policy-choice.ts";
import type { Refusal } from "../refusal.ts";
import type { StateClient } from "../state-client.ts";
import { type Suspensions, suspended } from "../suspension.ts";
import type { Subject } from "../tool-call.ts";
import type { ApprovalClient } from "./approval-client.ts";
import { approvalRecord } from "./approval-record.ts";
import type { ApprovalRequest } from "./approval-request.ts";
import { type KeptApproval, type KeptRequest, requestAt, rowOf } from "./approval-row.ts";
import type { ApprovalAnswer, ApprovalNote, ApprovalQuery, Approvals } from "./approvals.ts";
import { approverFault } from "./judge-approver.ts";
import { isStopped, type Person, readPerson } from "./person.ts";

/** What an {@link ApprovalDesk} works with. */
export interface ApprovalDeskOptions {
  readonly policy: PolicyChoice;
  readonly client: ApprovalClient;
  readonly state: StateClient;
  readonly suspensions: Suspensions;
  readonly audit: AuditClient;
  readonly newId: () => string;
  /** Epoch milliseconds. Throws where the clock does not give a time. */
  readonly now: () => number;
}

type Action = "approve" | "deny";

/** One answer, as it stood when it came in. */
interface AnswerReading {
  readonly action: Action;
  readonly id: string;
  readonly person: Person | undefined;
  readonly comment: string | undefined;
  readonly fault: string | undefined;
  readonly policy: Policy | undefined;
  readonly now: number;
}

const limits = { list: 1_000, listed: 100, comment: 1_000, id: 256 } as const;

/** Where people see what they are asked, and answer. */
export class ApprovalDesk implements Approvals {
  readonly #options: ApprovalDeskOptions;

  constructor(options: ApprovalDeskOptions) {
    this.#options = options;
  }

  async list({ tenant = "", status, limit = limits.listed }: ApprovalQuery = {}): Promise<readonly ApprovalRequest[]> {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > limits.list) {
      throw new RangeError(`limit must be an integer of 1 to ${limits.list}, not ${String(limit)}`);
    }
    const now = this.#options.now();
    let listed: ApprovalRequest[] = [];
    for await (const { row, request } of this.#options.client.all(tenant)) {
      if (request === undefined) continue;
      const shown = requestAt({ row, request }, now);
      if (status === undefined || shown.status === status) listed.push(shown);
      // INVARIANT (R1): no more than a few requests are held at once, however many there are.
      if (listed.length >= 2 * limit) listed = oldest(listed, limit);
    }
    return oldest(listed, limit);
  }

  async get(id: string, { tenant = "" }: Pick<ApprovalQuery, "tenant"> = {}): Promise<ApprovalRequest | undefined> {
    const now = this.#options.now();
    const kept = await this.#options.client.find(tenant, id);
    return kept && requestAt(kept, now);
  }

  async approve(id: string, approver: Subject, note: ApprovalNote = {}): Promise<ApprovalAnswer> {
    return this.#answer(this.#read("approve", id, { approver, note }));
  }

  async deny(id: string, approver: Subject, note: ApprovalNote = {}): Promise<ApprovalAnswer> {
    return this.#answer(this.#read("deny", id, { approver, note }));
  }

  /** Reads each member once. */
  #read(
    action: Action,
    source: unknown,
    { approver, note }: { readonly approver: Subject; readonly note: ApprovalNote },
  ): AnswerReading {
    const person = readPerson(approver);
    const { comment } = note;
    const isComment = comment === undefined || (typeof comment === "string" && comment.length <= limits.comment);
    const fault = isComment ? undefined : `the comment is not a text of at most ${limits.comment} characters`;
    return {
      action,
      id: typeof source === "string" ? source.slice(0, limits.id).toWellFormed() : "",
      person,
      comment: isComment ? comment?.toWellFormed() : undefined,
      fault,
      policy: policyFor(this.#options.policy, person?.tenant),
      now: this.#options.now(),
    };
  }

  async #answer(reading: AnswerReading): Promise<ApprovalAnswer> {
    const { person, id } = reading;
    const kept = person && (await this.#options.client.find(person.tenant, id));
    const judged = judgeAnswer(reading, kept);
    if ("refusal" in judged) return this.#refuse(reading, kept, judged.refusal);
    if (await this.#isSuspended(judged.person, reading.now)) return this.#refuse(reading, kept, suspended);
    const answered = rowOf(judged.answered, this.#options.newId());
    // INVARIANT: nothing is approved before the record of who approved it is durable.
    await this.#record(reading, answered);
    if (await this.#options.client.replace(answered, judged.row.version)) {
      const request = requestAt(answered, reading.now);
      return { allowed: true, request, logged: this.#options.audit.writes };
    }
    // INVARIANT (A2): of two answers at once the first counts; the record of the other is taken back.
    return this.#refuse(reading, kept, answeredAlready);
  }

  async #refuse(reading: AnswerReading, kept: KeptApproval | undefined, refusal: Refusal): Promise<ApprovalAnswer> {
    await this.#record(reading, kept, refusal);
    return { allowed: false, code: refusal.code, reason: refusal.reason, logged: this.#options.audit.writes };
  }

  async #record(reading: AnswerReading, kept: KeptApproval | undefined, refusal?: Refusal): Promise<void> {
    const { action, id, person: approver, comment, policy, now } = reading;
    const facts = { action, id, kept, refusal, approver, comment, policy: policy?.digest ?? "", now };
    await this.#options.audit.append(approvalRecord(facts));
  }

  /** INVARIANT (R7): who is suspended answers nothing, as far as is known here or in the store. */
  async #isSuspended(person: Person, now: number): Promise<boolean> {
    const { suspensions, state } = this.#options;
    if (isStopped(person, suspensions, now)) return true;
    return (await state.apply(planPersonCheck(person, now))).held !== true;
  }
}

/** The request as it is once it is answered, or why the answer does not count. Pure. */
function judgeAnswer(
  { action, person, comment, fault, policy, now }: AnswerReading,
  kept: KeptApproval | undefined,
):
  | { readonly answered: KeptRequest; readonly person: Person; readonly row: KeptApproval["row"] }
  | { readonly refusal: Refusal } {
  if (person === undefined) return refuse("unauthenticated", "it is not known who answers");
  if (policy === undefined) return refuse("unavailable", "no policy is loaded, so nothing is allowed");
  if (fault !== undefined) return refuse("invalid_arguments", "the answer is not acceptable", fault);
  if (kept === undefined) return refuse("not_granted", "there is no such request");
  const { request, row } = kept;
  const { tenant, issuer, id, roles } = person;
  const agents = [request.actor, ...request.chain];
  switch (approverFault(person, { ...request, agents }, policy.approvals)) {
    case "not_approver":
      return refuse("not_granted", "this person may not approve");
    case "own_request":
      return refuse("forbidden", "nobody approves what they have asked for themselves");
    case undefined:
  }
  if (request.status !== "pending") return { refusal: answeredAlready };
  if (now >= request.expiresAt) return refuse("forbidden", "this request has expired");
  const answered: KeptRequest = Object.freeze({
    ...request,
    status: action === "approve" ? "approved" : "denied",
    expiresAt: now + policy.approvals.lifetime,
    answeredAt: now,
    ...(action === "approve" ? { reusableUntil: now + policy.approvals.reuse } : {}),
    approver: { tenant, issuer, id, roles },
    ...(comment === undefined ? {} : { comment }),
  });
  return { answered, person, row };
}

const answeredAlready: Refusal = { code: "forbidden", reason: "this request has been answered already" };

function refuse(code: Refusal["code"], reason: string, detail?: string): { readonly refusal: Refusal } {
  return { refusal: { code, reason, detail } };
}

function oldest(requests: readonly ApprovalRequest[], limit: number): ApprovalRequest[] {
  const order = (one: ApprovalRequest, other: ApprovalRequest) =>
    one.requestedAt - other.requestedAt || (one.id < other.id ? -1 : 1);
  return [...requests].sort(order).slice(0, limit);
}
