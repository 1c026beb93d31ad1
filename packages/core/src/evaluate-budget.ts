import type { DenyCode } from "./decision.ts";
import { addMoney, formatMoney, parseMoney } from "./money.ts";

/** The question of {@link evaluateBudget}. Amounts are decimal text or numbers, exact to six decimals. */
export interface BudgetQuestion {
  readonly user: { readonly sub: string };
  /** What the call is expected to cost. */
  readonly estimatedCost: string | number;
  /** What the user has spent today. */
  readonly windowSpend: string | number;
  readonly dailyLimit: string | number;
}

/** The answer of {@link evaluateBudget}. */
export interface BudgetAnswer {
  readonly allowed: boolean;
  readonly code: "permitted" | Extract<DenyCode, "budget_exhausted" | "indeterminate">;
  readonly reason: string;
  /** Always `false`: a pure check writes nothing. */
  readonly logged: boolean;
}

/**
 * Whether one more call stays within a daily limit: denied when spend and cost together are above it. Exact decimal
 * arithmetic; an amount that is negative, not finite or has more than six decimals is denied, never rounded.
 */
export function evaluateBudget({ estimatedCost, windowSpend, dailyLimit }: BudgetQuestion): BudgetAnswer {
  const cost = parseMoney(estimatedCost);
  const spent = parseMoney(windowSpend);
  const limit = parseMoney(dailyLimit);
  if (cost === undefined) return indeterminate("estimatedCost");
  if (spent === undefined) return indeterminate("windowSpend");
  if (limit === undefined) return indeterminate("dailyLimit");
  const sum = addMoney(spent, cost);
  const terms = `${formatMoney(spent)} + ${formatMoney(cost)}`;
  if (sum === undefined || sum > limit) {
    const reason = `daily budget exceeded (${terms} > ${formatMoney(limit)})`;
    return { allowed: false, code: "budget_exhausted", reason, logged: false };
  }
  return {
    allowed: true,
    code: "permitted",
    reason: `daily budget holds (${terms} <= ${formatMoney(limit)})`,
    logged: false,
  };
}

function indeterminate(name: string): BudgetAnswer {
  const reason = `${name} is not an amount of at most six decimals; pass decimal text, such as "0.12"`;
  return { allowed: false, code: "indeterminate", reason, logged: false };
}
