import { type MicroUnits, noMoney } from "../money.ts";
import type { BudgetRule } from "../policy/policy.ts";
import type { AccountCheck } from "../state/plan.ts";
import type { CallPlan } from "./plan-builder.ts";
import type { Closing } from "./plan-closing.ts";

/** A budget of which a call took more than was reserved. */
export interface OverrunBudget {
  readonly budget: BudgetRule;
  /** How much more. */
  readonly excess: MicroUnits;
  /** Holds always: what it observes is how much is spent before the call is settled. */
  readonly check: AccountCheck;
}

/**
 * The budgets that have to be looked at because a call cost more than was reserved for it. Pure. None where it did not, and
 * none whose window is over: the charge belongs to that window, about which nobody is told any more (B7).
 */
export function planOverrun(
  { plan, causes }: CallPlan,
  { status, cost }: Closing,
  now: number,
): readonly OverrunBudget[] {
  if (status === "not_started" || status === "expired") return [];
  return causes.flatMap((cause, index) => {
    const check = plan.checks[index];
    if (cause.kind !== "budget" || check?.kind !== "account" || cost <= cause.cost) return [];
    const ends = check.window.kind === "rolling" ? undefined : check.window.ends;
    if (ends !== undefined && ends <= now) return [];
    const excess = (cost - cause.cost) as MicroUnits; // Above nothing, for cost is the greater of the two.
    return [{ budget: cause.budget, excess, check: { ...check, amount: noMoney, limit: unlimited } }];
  });
}

const unlimited = Number.MAX_SAFE_INTEGER as MicroUnits; // The greatest amount.
