import type { Calendar } from "./calendar.ts";
import type { KnownContext } from "./call-context.ts";
import type { DenyCode } from "./decision.ts";
import { formatMoney, type MicroUnits } from "./money.ts";
import type { BudgetRule } from "./policy/policy.ts";
import type { AccountWindow, Check, Effect, Plan } from "./state/plan.ts";
import type { Observation } from "./state/state-store.ts";

/** What {@link planCall} needs to know. */
export interface PlanRequest {
  readonly budgets: readonly BudgetRule[];
  readonly calendar: Calendar;
  readonly context: KnownContext;
  readonly cost: MicroUnits;
  readonly evaluationId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds. */
  readonly leaseUntil: number;
}

/** Compiles every stateful rule that a call touches into one plan. Check `n` belongs to budget `n`. Pure. */
export function planCall({ budgets, calendar, context, cost, evaluationId, now, leaseUntil }: PlanRequest): Plan {
  const keys: string[] = [];
  const checks: Check[] = [];
  const effects: Effect[] = [];
  for (const budget of budgets) {
    const key = keys.push(accountKey(budget, context)) - 1;
    const window = windowOf(budget, calendar, now);
    checks.push({ kind: "account", key, window, amount: cost, limit: budget.limit });
    effects.push({ kind: "reserve", key, window, evaluationId, amount: cost, leaseUntil, expiry: "charge" });
  }
  return { partition: context.tenant, keys, checks, effects, now };
}

function windowOf({ window }: BudgetRule, calendar: Calendar, now: number): AccountWindow {
  return window === "lifetime" ? { kind: "lifetime" } : { kind: "calendar", ...calendar.window(window, now) };
}

/** How a reservation ends: charged with what the call cost, given back, or charged in full for want of news. */
export type Closing =
  | { readonly kind: "settle"; readonly amount: MicroUnits }
  | { readonly kind: "release" }
  | { readonly kind: "expire" };

/** What ends the reservations of an earlier plan. Pure. */
export function planClosing({ partition, keys, effects: made }: Plan, closing: Closing, now: number): Plan {
  const effects: Effect[] = [];
  for (const effect of made) {
    if (effect.kind === "reserve") effects.push({ ...closing, key: effect.key, evaluationId: effect.evaluationId });
  }
  return { partition, keys, checks: [], effects, now };
}

/** Why a budget refused a call. */
export interface BudgetRefusal {
  readonly code: Extract<DenyCode, "budget_exhausted">;
  readonly reason: string;
  readonly rule: string;
  readonly retryable: boolean;
}

/** Words for a failed account check: `daily budget exceeded (49.93 + 0.12 > 50.00)`. */
export function describeRefusal(budget: BudgetRule, cost: MicroUnits, observed: Observation): BudgetRefusal {
  const name = budget.window === "day" ? "daily budget" : `${budget.per} budget`;
  // What an account holds is an amount of money, exact in every store.
  const spent = observed.value as MicroUnits;
  const terms = `${formatMoney(spent)} + ${formatMoney(cost)} > ${formatMoney(budget.limit)}`;
  return {
    code: "budget_exhausted",
    reason: `${name} exceeded (${terms})`,
    rule: budget.id,
    retryable: budget.window === "day",
  };
}

/**
 * INVARIANT (B9, B10): distinct owners have distinct keys, and no key of a user or agent depends on the session, so that
 * a new session restores nothing. A JSON array is injective where joined text would not be.
 */
function accountKey(budget: BudgetRule, context: KnownContext): string {
  const { issuer, subject, actor, session } = context;
  switch (budget.per) {
    case "tenant":
      return JSON.stringify(["account", "tenant", budget.id]);
    case "agent":
      return JSON.stringify(["account", "agent", budget.id, actor]);
    case "user":
      return JSON.stringify(["account", "user", budget.id, issuer, subject]);
    case "session":
      return JSON.stringify(["account", "session", budget.id, issuer, subject, session]);
  }
}
