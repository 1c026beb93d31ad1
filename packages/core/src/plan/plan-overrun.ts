import type { MicroUnits } from "../money.ts";
import type { BudgetRule } from "../policy/policy.ts";
import type { AccountCheck, Plan } from "../state/plan.ts";
import type { ApplyResult } from "../state/state-store.ts";
import type { CallPlan } from "./plan-builder.ts";
import type { Closing } from "./plan-closing.ts";

/** A budget of which a call took more than was reserved. */
export interface OverrunBudget {
  readonly budget: BudgetRule;
  /** How much more. */
  readonly excess: MicroUnits;
  /** Holds where there is room for a sum of all that. What it observes is how much is spent before the call is settled. */
  readonly check: AccountCheck;
  /** Whether its window is over: the charge belongs to it, and nobody is told of it any more (B7). */
  readonly over: boolean;
}

/** The budgets that have to be looked at because a call cost more than was reserved for it. Pure. */
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
    const over = ends !== undefined && ends <= now;
    const excess = (cost - cause.cost) as MicroUnits; // Above nothing, for cost is the greater of the two.
    return [
      { budget: cause.budget, excess, check: { ...check, amount: excess, limit: mostWithin(check.limit) }, over },
    ];
  });
}

/**
 * The same plan, which settles for no more than there is room for on the account of the check that failed. `undefined` where
 * it charges nothing there that was not reserved.
 *
 * INVARIANT (R6): to an account that is full to the greatest exact amount nothing is added, in no later window either.
 */
export function withinExact(plan: Plan, { failed, observed }: FailedChecks): Plan | undefined {
  const check = plan.checks[failed];
  const spent = observed[failed]?.value;
  if (check?.kind !== "account" || spent === undefined) return undefined;
  const room = Math.max(0, check.limit - spent);
  const surplus = check.amount - Math.min(room, check.amount);
  if (surplus === 0) return undefined;
  const less = (amount: MicroUnits) => (amount - surplus) as MicroUnits; // Of both, surplus is a part.
  return {
    ...plan,
    checks: plan.checks.map((other) => (other === check ? { ...check, amount: less(check.amount) } : other)),
    effects: plan.effects.map((effect) =>
      effect.kind === "settle" && effect.key === check.key ? { ...effect, amount: less(effect.amount) } : effect,
    ),
  };
}

type FailedChecks = Extract<ApplyResult, { held: false }>;

/** So much may be spent of a budget, above its limit, that what is reserved next, within its limit, can still be added. */
function mostWithin(limit: MicroUnits): MicroUnits {
  return Math.max(limit, Number.MAX_SAFE_INTEGER - limit) as MicroUnits; // Safe, for a limit is.
}
