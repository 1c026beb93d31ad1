import type {
  DecisionRecord,
  DeclassificationRecord,
  OutcomeRecord,
  OutcomeStatus,
  SuspensionRecord,
} from "./audit/audit-record.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Deny, Permit } from "./decision.ts";
import type { DeclassificationReading } from "./declassification.ts";
import { sha256 } from "./digest.ts";
import type { Needs, Refusal } from "./judge-call.ts";
import { formatMoney, type MicroUnits, subtractMoney } from "./money.ts";
import type { CallReading } from "./read-call.ts";
import type { ListedTarget, TargetMembers } from "./suspension-list.ts";
import { timeText } from "./time-text.ts";

/** What a decision was made of. */
export interface DecisionFacts {
  readonly reading: CallReading;
  readonly needs: Needs;
}

/**
 * The audit record of a decision. Argument values stay out of it: only their digest goes in (L6).
 * `now`: epoch milliseconds.
 */
export function decisionRecord(
  decision: Permit | Deny,
  { reading, needs }: DecisionFacts,
  now: number,
): DecisionRecord {
  const { context } = reading;
  return {
    type: "decision",
    evaluationId: decision.evaluationId,
    time: timeText(now),
    decision: decision.allowed ? "permit" : "deny",
    code: decision.allowed ? null : decision.code,
    reason: decision.reason,
    rule: decision.rule ?? null,
    detail: decision.allowed ? null : (decision.detail ?? null),
    tenant: context?.tenant ?? "",
    issuer: context?.issuer ?? "",
    subject: context?.subject ?? null,
    roles: context?.roles ?? [],
    actor: context?.actor ?? null,
    chain: context?.chain ?? [],
    session: context?.session ?? null,
    callId: reading.callId ?? null,
    tool: reading.tool,
    scopes: needs.scopes,
    labels: needs.labels,
    obligations: decision.allowed ? decision.obligations.map(({ id }) => id) : [],
    degraded: decision.allowed ? decision.degraded : [],
    argumentsDigest: reading.arguments === undefined ? null : `sha256:${sha256(canonicalJson(reading.arguments))}`,
    cost: decision.allowed ? decision.cost : formatMoney(needs.cost),
    policy: decision.policy,
  };
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
  const { evaluationId, status, cost, reserved, labels = [], withheld, now } = facts;
  const excess = cost > reserved ? subtractMoney(cost, reserved) : undefined;
  return {
    type: "outcome",
    evaluationId,
    time: timeText(now),
    status,
    cost: formatMoney(cost),
    ...(excess === undefined ? {} : { overrun: formatMoney(excess) }),
    labels,
    withheld: withheld?.code ?? null,
  };
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
