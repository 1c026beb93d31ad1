import type {
  DecisionRecord,
  DeclassificationRecord,
  OutcomeRecord,
  OutcomeStatus,
  RecordedApproval,
  SuspensionRecord,
} from "./audit/audit-record.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Deny, Permit } from "./decision.ts";
import type { DeclassificationReading } from "./declassification.ts";
import { sha256 } from "./digest.ts";
import type { Needs } from "./judge-call.ts";
import { formatMoney, type MicroUnits, subtractMoney } from "./money.ts";
import type { CallReading } from "./read-call.ts";
import type { Refusal } from "./refusal.ts";
import type { ListedTarget, TargetMembers } from "./suspension-list.ts";
import { timeText } from "./time-text.ts";
import type { JsonObject } from "./tool-call.ts";

/** What a decision was made of. */
export interface DecisionFacts {
  readonly reading: CallReading;
  readonly needs: Needs;
}

/**
 * The audit record of a decision. Argument values stay out of it: only their digest goes in (L6).
 * `now`: epoch milliseconds.
 */
export function decisionRecord(decision: Permit | Deny, facts: DecisionFacts, now: number): DecisionRecord {
  return new JudgedCall(decision, facts, now);
}

/** The digest is the dearest part of a record: it is computed when the log reads it, mostly after the call has gone on. */
class JudgedCall implements DecisionRecord {
  // INVARIANT (L6): nobody who has the record can read the arguments from it.
  readonly #arguments: JsonObject | undefined;
  declare readonly type: "decision";
  declare readonly evaluationId: DecisionRecord["evaluationId"];
  declare readonly time: DecisionRecord["time"];
  declare readonly decision: DecisionRecord["decision"];
  declare readonly code: DecisionRecord["code"];
  declare readonly reason: DecisionRecord["reason"];
  declare readonly rule: DecisionRecord["rule"];
  declare readonly detail: DecisionRecord["detail"];
  declare readonly tenant: DecisionRecord["tenant"];
  declare readonly issuer: DecisionRecord["issuer"];
  declare readonly subject: DecisionRecord["subject"];
  declare readonly roles: DecisionRecord["roles"];
  declare readonly actor: DecisionRecord["actor"];
  declare readonly chain: DecisionRecord["chain"];
  declare readonly session: DecisionRecord["session"];
  declare readonly callId: DecisionRecord["callId"];
  declare readonly tool: DecisionRecord["tool"];
  declare readonly scopes: DecisionRecord["scopes"];
  declare readonly labels: DecisionRecord["labels"];
  declare readonly obligations: DecisionRecord["obligations"];
  declare readonly degraded: DecisionRecord["degraded"];
  declare readonly cost: DecisionRecord["cost"];
  declare readonly policy: DecisionRecord["policy"];
  declare readonly approvals?: readonly RecordedApproval[];
  declare readonly argumentsDigest: DecisionRecord["argumentsDigest"];

  constructor(decision: Permit | Deny, { reading, needs }: DecisionFacts, now: number) {
    const { context } = reading;
    this.type = "decision";
    this.evaluationId = decision.evaluationId;
    this.time = timeText(now);
    this.decision = decision.allowed ? "permit" : "deny";
    this.code = decision.allowed ? null : decision.code;
    this.reason = decision.reason;
    this.rule = decision.rule ?? null;
    this.detail = decision.allowed ? null : (decision.detail ?? null);
    this.tenant = context?.tenant ?? "";
    this.issuer = context?.issuer ?? "";
    this.subject = context?.subject ?? null;
    this.roles = context?.roles ?? none;
    this.actor = context?.actor ?? null;
    this.chain = context?.chain ?? none;
    this.session = context?.session ?? null;
    this.callId = reading.callId ?? null;
    this.tool = reading.tool;
    this.scopes = needs.scopes;
    this.labels = needs.labels;
    this.obligations = decision.allowed ? obligationIds(decision) : none;
    this.degraded = decision.allowed ? decision.degraded : none;
    this.cost = decision.allowed ? decision.cost : formatMoney(needs.cost);
    this.policy = decision.policy;
    this.#arguments = reading.arguments;
    const approvals = recordedApprovals(decision);
    // Most decisions have none: their records keep one form.
    if (approvals !== undefined) this.approvals = approvals;
    // As a member of its own, so that whoever copies or writes the record has it like any other.
    Object.defineProperty(this, "argumentsDigest", JudgedCall.#digest);
  }

  static readonly #digest: PropertyDescriptor & ThisType<JudgedCall> = {
    enumerable: true,
    get() {
      return this.#arguments === undefined ? null : `sha256:${sha256(canonicalJson(this.#arguments))}`;
    },
  };
}

const none: readonly never[] = Object.freeze([]);

/** INVARIANT (D9): of a decision's own members only. */
function recordedApprovals(decision: Permit | Deny): readonly RecordedApproval[] | undefined {
  if (!Object.hasOwn(decision, decision.allowed ? "approvals" : "approval")) return undefined;
  if (!decision.allowed) {
    const { approval } = decision;
    return approval && [{ id: approval.id, approver: null, approverIssuer: "" }];
  }
  return decision.approvals?.map(({ id, approver }) => ({
    id,
    approver: approver.id,
    approverIssuer: approver.issuer,
  }));
}

function obligationIds({ obligations }: Permit): readonly string[] {
  return obligations.length === 0 ? none : obligations.map(({ id }) => id);
}

/** What an outcome's record is made of. */
export interface OutcomeFacts {
  readonly evaluationId: string;
  readonly status: OutcomeStatus;
  readonly cost: MicroUnits;
  readonly reserved: MicroUnits;
  /** Default: none. */
  readonly labels?: readonly string[] | undefined;
  /** Why its result is withheld. Default: it is not. */
  readonly withheld?: Refusal | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The audit record of how a permitted call ended. */
export function outcomeRecord(facts: OutcomeFacts): OutcomeRecord {
  const { evaluationId, status, cost, reserved, labels = none, withheld, now } = facts;
  const record = {
    type: "outcome",
    evaluationId,
    time: timeText(now),
    status,
    cost: formatMoney(cost),
    labels,
    withheld: withheld?.code ?? null,
  } as const;
  const excess = cost > reserved ? subtractMoney(cost, reserved) : undefined;
  return excess === undefined ? record : { ...record, overrun: formatMoney(excess) };
}

/** What a declassification's record is made of. */
export interface DeclassificationFacts {
  readonly reading: DeclassificationReading;
  readonly answer: { readonly until: number } | { readonly refusal: Refusal };
  /** The digest of the policy that decided; empty where there was none. */
  readonly policy: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The audit record of a request to lift a rule. */
export function declassificationRecord({
  reading,
  answer,
  policy,
  now,
}: DeclassificationFacts): DeclassificationRecord {
  const { session, approver, rule, value } = reading;
  const refusal = "refusal" in answer ? answer.refusal : undefined;
  return {
    type: "declassification",
    time: timeText(now),
    decision: refusal === undefined ? "permit" : "deny",
    code: refusal?.code ?? null,
    reason: refusal?.reason ?? "lifted with approval",
    detail: refusal?.detail ?? null,
    rule,
    tenant: session?.tenant ?? "",
    issuer: session?.issuer ?? "",
    subject: session?.subject ?? null,
    session: session?.session ?? null,
    approverIssuer: approver?.issuer ?? "",
    approver: approver?.subject ?? null,
    approverRoles: approver?.roles ?? [],
    valueDigest: value === undefined ? null : `sha256:${sha256(canonicalJson(value))}`,
    until: "until" in answer ? timeText(answer.until) : null,
    policy,
  };
}

/** What the record of a suspension or its end is made of. */
export interface SuspensionFacts {
  /** Epoch milliseconds; `undefined`: it has ended. */
  readonly until: number | undefined;
  readonly by: SuspensionRecord["by"];
  readonly reason?: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The audit record of a suspension or its end. */
export function suspensionRecord(target: ListedTarget, { until, by, reason, now }: SuspensionFacts): SuspensionRecord {
  const { kind, tenant, issuer, user, id }: TargetMembers = target;
  return {
    type: "suspension",
    time: timeText(now),
    action: until === undefined ? "resume" : "suspend",
    by,
    kind,
    tenant: tenant ?? null,
    issuer: issuer ?? null,
    subject: (kind === "user" ? id : user) ?? null,
    id: kind === "user" ? null : (id ?? null),
    until: until === undefined || until === Number.MAX_SAFE_INTEGER ? null : timeText(until),
    reason: reason ?? null,
  };
}
