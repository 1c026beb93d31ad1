import { type RedeemedCall, usedApprovals } from "./approval/approval-gate.ts";
import type { TakenCall } from "./call-state.ts";
import type { AskedApproval, Deny, Permit } from "./decision.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Granted } from "./judge-call.ts";
import { formatMoney } from "./money.ts";
import type { Refusal } from "./refusal.ts";

/** What a permit is made of. */
export interface PermitFacts {
  readonly judgment: Granted;
  readonly taken: Pick<TakenCall, "degraded" | "lifted">;
  /** The approvals that the call runs under. */
  readonly redeemed: RedeemedCall | undefined;
  readonly logged: boolean;
}

/** The permit of an evaluation. `digest`: of the policy that decided. */
export function permitOf(
  evaluationId: string,
  digest: string,
  { judgment, taken, redeemed, logged }: PermitFacts,
): Permit {
  const { needs, reason, obligations } = judgment;
  const { degraded, lifted } = taken;
  const permit: Permit = {
    allowed: true,
    evaluationId,
    reason,
    rule: lifted.length === 0 && redeemed === undefined ? judgment.rule : rulesOf(judgment, lifted, redeemed),
    scopes: needs.scopes,
    cost: formatMoney(needs.cost),
    obligations,
    degraded,
    policy: digest,
    logged,
  };
  return Object.freeze(redeemed === undefined ? permit : { ...permit, approvals: usedApprovals(redeemed) });
}

/** What the denial says besides. */
export interface DenialFacts {
  readonly logged: boolean;
  readonly asked: AskedApproval | undefined;
}

/** The denial of an evaluation. */
export function denialOf(
  { evaluationId, needs, ruling }: Evaluation,
  refusal: Refusal,
  { logged, asked }: DenialFacts,
): Deny {
  const { code, reason, rule, detail, retryable = false, retryAfter, hint, alternatives } = refusal;
  const decision: { -readonly [Member in keyof Deny]: Deny[Member] } = {
    allowed: false,
    evaluationId,
    code,
    reason,
    rule,
    detail,
    retryable,
    scopes: needs.scopes,
    policy: ruling?.policy.digest ?? "",
    logged,
  };
  // Members that most denials lack are added one by one: a literal that spreads them takes a microsecond.
  if (retryAfter !== undefined) decision.retryAfter = retryAfter;
  if (hint !== undefined) decision.hint = hint;
  if (alternatives !== undefined) decision.alternatives = alternatives;
  if (asked !== undefined) decision.approval = asked;
  return Object.freeze(decision);
}

function rulesOf(judgment: Granted, lifted: readonly string[], redeemed: RedeemedCall | undefined): string {
  return [judgment.rule, ...lifted.map((id) => `${id} declassified`), ...approvedRules(redeemed)].join(", ");
}

function approvedRules(redeemed: RedeemedCall | undefined): readonly string[] {
  return redeemed === undefined ? [] : redeemed.used.map(({ refusal: { rule } }) => `${rule} approved`);
}
