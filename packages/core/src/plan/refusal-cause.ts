import { type ApprovalDemand, ruleDemand } from "../approval/approval-demand.ts";
import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { DenyCode } from "../decision.ts";
import { formatMoney, type MicroUnits } from "../money.ts";
import type { HistoryRule, Owner } from "../policy/history-rule.ts";
import type { LimitRule } from "../policy/limit-rule.ts";
import type { BudgetRule } from "../policy/policy.ts";
import type { Observation } from "../state/state-store.ts";

/** What a check is for: whose refusal it is when it fails. */
export type RefusalCause =
  | { readonly kind: "budget"; readonly budget: BudgetRule; readonly cost: MicroUnits }
  | { readonly kind: "limit"; readonly limit: LimitRule }
  | { readonly kind: "rule"; readonly rule: HistoryRule<CompiledCondition> }
  | { readonly kind: "runaway"; readonly sign: "identical" | "failures" | "denials" | "cycles" }
  | { readonly kind: "switch"; readonly owner: Owner }
  | { readonly kind: "approval"; readonly refusal: StateRefusal };

/** Why the state refused a call. */
export interface StateRefusal {
  readonly code: DenyCode;
  readonly reason: string;
  readonly rule: string;
  readonly retryable: boolean;
  /** Seconds, at least 1. */
  readonly retryAfter?: number | undefined;
  readonly hint?: string | undefined;
  /** What a person has to approve. */
  readonly demand?: ApprovalDemand | undefined;
}

/** Words for a failed check, such as `daily budget exceeded (49.93 + 0.12 > 50.00)`. Pure; only words of the policy. */
export function describeCause(cause: RefusalCause, observed: Observation, now: number): StateRefusal {
  const retryAfter = secondsUntil(observed.at, now);
  switch (cause.kind) {
    case "budget":
      return describeBudget(cause, observed, now);
    case "limit":
      return { ...describeLimit(cause.limit), ...(cause.limit.window === undefined ? {} : retryAfter) };
    case "rule":
      return describeRule(cause.rule);
    case "runaway":
      return {
        code: "runaway",
        reason: `this session is suspended: ${signs[cause.sign]}`,
        rule: `runaway ${cause.sign}`,
        retryable: false,
      };
    case "switch":
      return {
        code: "suspended",
        reason: `${owners[cause.owner]} is suspended`,
        rule: `switch ${cause.owner}`,
        retryable: false,
        ...retryAfter,
      };
    case "approval":
      return cause.refusal;
  }
}

/** Whether a sign of a runaway is among some names of rules. */
export function hasRunawaySign(rules: ReadonlySet<string>): boolean {
  return Object.keys(signs).some((sign) => rules.has(`runaway ${sign}`));
}

const owners: Readonly<Record<Owner, string>> = {
  user: "this user",
  agent: "this agent",
  session: "this session",
  tenant: "this tenant",
};

const signs: Readonly<Record<Extract<RefusalCause, { kind: "runaway" }>["sign"], string>> = {
  identical: "the same call was made too often",
  failures: "too many calls in a row have failed",
  denials: "too many calls in a row were denied",
  cycles: "the same few calls go round in a circle",
};

function describeBudget(
  { budget, cost }: Extract<RefusalCause, { kind: "budget" }>,
  { value, at }: Observation,
  now: number,
): StateRefusal {
  const { id, per, window, limit } = budget;
  // What an account holds is an amount of money, exact in every store.
  const terms = `${formatMoney(value as MicroUnits)} + ${formatMoney(cost)} > ${formatMoney(limit)}`;
  const reason = `${window === "day" ? "daily" : per} budget exceeded (${terms})`;
  return { code: "budget_exhausted", reason, rule: id, retryable: window !== "lifetime", ...secondsUntil(at, now) };
}

function describeLimit({ id, max, window, message, hint }: LimitRule): StateRefusal {
  const usual =
    window === undefined
      ? `at most ${max} of these calls may run at once`
      : `at most ${max} of these calls in ${durationText(window)}`;
  return { code: "rate_limited", reason: message ?? usual, rule: id, retryable: true, hint };
}

function describeRule(rule: HistoryRule<CompiledCondition>): StateRefusal {
  const { id, message, hint } = rule;
  if (rule.kind === "before") {
    return {
      code: "history_requires",
      reason: message ?? `rule ${id}: ${rule.required.text} must have succeeded before`,
      rule: id,
      retryable: true,
      hint,
    };
  }
  const reason =
    message ??
    `rule ${id}: what this session has already done ${rule.effect === "deny" ? "forbids it" : "makes approval necessary"}`;
  const described = { reason, rule: id, retryable: false, hint };
  if (rule.effect === "deny") return { ...described, code: "history_forbids" };
  return { ...described, code: "approval_required", demand: ruleDemand(rule) };
}

function secondsUntil(at: number, now: number): { readonly retryAfter?: number } {
  return at > now && at < Number.MAX_SAFE_INTEGER ? { retryAfter: Math.ceil((at - now) / 1_000) } : {};
}

/** `90000` is `90s`, `3600000` is `1h`. */
function durationText(milliseconds: number): string {
  for (const [unit, length] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const) {
    if (milliseconds % length === 0) return `${milliseconds / length}${unit}`;
  }
  return `${milliseconds / 1_000}s`;
}
