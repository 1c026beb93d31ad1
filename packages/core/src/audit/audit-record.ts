import type { DenyCode } from "../decision.ts";

/** What was decided about one call. Holds no argument value, only their digest. */
export interface DecisionRecord {
  readonly type: "decision";
  readonly evaluationId: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly decision: "permit" | "deny";
  /** `null` for a permit. */
  readonly code: DenyCode | null;
  readonly reason: string;
  readonly rule: string | null;
  readonly detail: string | null;
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string | null;
  readonly roles: readonly string[];
  readonly actor: string | null;
  /** The agents that delegated to the actor, the nearest first. */
  readonly chain: readonly string[];
  readonly session: string | null;
  readonly callId: string | null;
  readonly tool: string;
  readonly scopes: readonly string[];
  /** What kind of data the agent has touched once the call has run. */
  readonly labels: readonly string[];
  /** Ids of the duties that came with a permit. */
  readonly obligations: readonly string[];
  /** What the policy let pass though it could not be evaluated: ids of rules, and budgets. */
  readonly degraded: readonly string[];
  /** Of a permit: the approvals that it was given under; of a denial: the request that was made. Absent where there is none. */
  readonly approvals?: readonly RecordedApproval[];
  /**
   * `sha256:` and 64 hex digits over the RFC 8785 form of the arguments, computed whenever it is read; `null` where they
   * were not JSON.
   */
  readonly argumentsDigest: string | null;
  /** Decimal text in the policy's currency. */
  readonly cost: string;
  /** `sha256:` and 64 hex digits over the policy's source text. */
  readonly policy: string;
}

/** A denial that monitor mode did not enforce. It says all that a report needs, without the decision's own record. */
export interface MonitorRecord {
  readonly type: "monitor";
  /** That of the decision. An outcome of the same id follows where the call ran. */
  readonly evaluationId: string;
  readonly time: string;
  /** `call`: it was let through in spite of its denial; `result`: a permitted call's result was released in spite of it. */
  readonly denied: "call" | "result";
  readonly code: DenyCode;
  readonly reason: string;
  readonly rule: string | null;
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string | null;
  readonly actor: string | null;
  readonly session: string | null;
  readonly tool: string;
  /** `sha256:` and 64 hex digits over the policy's source text; empty where there was none. */
  readonly policy: string;
}

/** An approval that a decision had to do with. */
export interface RecordedApproval {
  readonly id: string;
  /** `null` of a request that was not approved. */
  readonly approver: string | null;
  readonly approverIssuer: string;
}

/** How a permitted call ended. */
export const outcomeStatuses = ["succeeded", "failed", "aborted", "not_started", "expired"] as const;

/** One of {@link outcomeStatuses}. */
export type OutcomeStatus = (typeof outcomeStatuses)[number];

/** What became of a call that was permitted, or that monitor mode let through: exactly one for each. */
export interface OutcomeRecord {
  readonly type: "outcome";
  readonly evaluationId: string;
  readonly time: string;
  readonly status: OutcomeStatus;
  /** What was charged in the end, as decimal text; of a call that monitor mode let through, what it said that it cost. */
  readonly cost: string;
  /** How much of that is above what was reserved, as decimal text; absent where nothing is. */
  readonly overrun?: string | undefined;
  /** What its result was found to hold, besides the labels of the decision. */
  readonly labels: readonly string[];
  /** Why its result was withheld from the caller; `null`: it was not. */
  readonly withheld: DenyCode | null;
}

/** An audit log found a torn line at its end, cut it off and went on: a crash in mid-write, never acknowledged. */
export interface RecoveryRecord {
  readonly type: "recovery";
  readonly time: string;
  /** How many bytes were cut off. */
  readonly bytes: number;
  /** `sha256:` and 64 hex digits over the bytes that were cut off. */
  readonly digest: string;
}

/** Somebody stopped all calls that are made for or by somebody, or let them go on. */
export interface SuspensionRecord {
  readonly type: "suspension";
  readonly time: string;
  readonly action: "suspend" | "resume";
  /** `application`: by `suspend` and `resume`; `file`: by the operator's file, or because it cannot be understood. */
  readonly by: "application" | "file";
  readonly kind: "everything" | "tenant" | "user" | "agent" | "session";
  /** `null`: every tenant. */
  readonly tenant: string | null;
  /** `null` for what has none, and where a file names none: every issuer. */
  readonly issuer: string | null;
  /** The user, also of a session; `null` for what has none, and where a file names none: every user. */
  readonly subject: string | null;
  /** The agent's or the session's id; `null` for everything, a tenant and a user. */
  readonly id: string | null;
  /** ISO 8601, UTC; `null`: until it is resumed. */
  readonly until: string | null;
  /** Why, in the words of whoever did it. */
  readonly reason: string | null;
}

/** Somebody asked that a rule over history be lifted for a session. Holds no value, only its digest. */
export interface DeclassificationRecord {
  readonly type: "declassification";
  readonly time: string;
  readonly decision: "permit" | "deny";
  /** `null` for a permit. */
  readonly code: DenyCode | null;
  readonly reason: string;
  readonly detail: string | null;
  readonly rule: string;
  readonly tenant: string;
  readonly issuer: string;
  /** Whose session it is; `null` where the request could not be read. */
  readonly subject: string | null;
  readonly session: string | null;
  readonly approverIssuer: string;
  readonly approver: string | null;
  readonly approverRoles: readonly string[];
  /** `sha256:` and 64 hex digits over the RFC 8785 form of the value; `null`: the rule is lifted for the whole session. */
  readonly valueDigest: string | null;
  /** ISO 8601, UTC; `null` for a denial. */
  readonly until: string | null;
  /** `sha256:` and 64 hex digits over the policy's source text. */
  readonly policy: string;
}

/** A person was asked to approve a call, or answered. Holds no argument value, only their digest. */
export interface ApprovalRecord {
  readonly type: "approval";
  readonly time: string;
  readonly action: "request" | "approve" | "deny";
  /** `deny`: the answer does not count. */
  readonly decision: "permit" | "deny";
  /** `null` where it counts. */
  readonly code: DenyCode | null;
  readonly reason: string;
  readonly detail: string | null;
  /** The id of the request, as it was given. */
  readonly approval: string;
  /** `sha256:` and 64 hex digits over all that the approval is bound to; `null` where there is no such request. */
  readonly digest: string | null;
  readonly rule: string | null;
  readonly tenant: string;
  readonly issuer: string;
  /** For whom the call is made; `null`, as the next four, where there is no such request. */
  readonly subject: string | null;
  readonly actor: string | null;
  readonly session: string | null;
  readonly tool: string | null;
  /** `sha256:` and 64 hex digits over the RFC 8785 form of the arguments. */
  readonly argumentsDigest: string | null;
  readonly approverIssuer: string;
  /** `null` for a request, and where it is not known who answers. */
  readonly approver: string | null;
  readonly approverRoles: readonly string[];
  /** What the approver said about it. */
  readonly comment: string | null;
  /** ISO 8601, UTC: until when the request or the answer stands. */
  readonly until: string | null;
  /** `sha256:` and 64 hex digits over the policy's source text. */
  readonly policy: string;
}

/** One line of the audit log, before it is chained. */
export type AuditRecord =
  | DecisionRecord
  | MonitorRecord
  | OutcomeRecord
  | SuspensionRecord
  | DeclassificationRecord
  | ApprovalRecord
  | RecoveryRecord;

/**
 * Where decisions are recorded.
 *
 * `append` resolves once the record is durable, and rejects when it cannot be made so; a permit whose record was not
 * made durable does not start its tool. A log that has all it needs at once may return nothing, or throw, instead.
 * Records are kept in the order of the calls to `append`.
 */
export interface AuditLog {
  append(record: AuditRecord): void | Promise<void>;
}
