import { formatMoney } from "../../money.ts";
import type { BudgetRule } from "../policy.ts";
import type { LintPass } from "./lint-pass.ts";

/** Finds budgets that never refuse a call, for another refuses it before, and budgets that refuse every call with a cost. */
export const idleBudgets: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const { budgets } = policy.model;
    const tightest = new Map<string, number>();
    for (const [index, budget] of budgets.entries()) {
      const known = tightest.get(kindOf(budget));
      if (known === undefined || budget.limit < (budgets[known]?.limit ?? 0)) tightest.set(kindOf(budget), index);
    }
    for (const [index, budget] of budgets.entries()) {
      if (budget.limit === 0) {
        const message = "this budget denies every call that costs anything";
        const help = "raise the limit, or deny the scopes";
        policy.warn(["budgets", index, "limit"], { code: "zero_budget", message, help });
      }
      const binding = [...tightest.values()].find((other) => binds(budgets[other], other, { budget, index }));
      const other = binding === undefined ? undefined : budgets[binding];
      if (other === undefined) continue;
      const message = `this budget never refuses a call: "${other.id}" with ${formatMoney(other.limit)} refuses it before`;
      policy.warn(["budgets", index, "limit"], { code: "never_binds", message, help: "lower its limit, or remove it" });
    }
  },
};

function kindOf({ per, window }: BudgetRule): string {
  return `${per} ${window}`;
}

/** Whether one budget counts all that another counts, for at least as long, and allows no more. */
function binds(
  other: BudgetRule | undefined,
  at: number,
  { budget, index }: { readonly budget: BudgetRule; readonly index: number },
): boolean {
  if (other === undefined || at === index || other.limit > budget.limit) return false;
  return includes[other.per].includes(budget.per) && (other.window === "lifetime" || budget.window === "day");
}

/** Whose spending is part of whose. */
const includes: Readonly<Record<BudgetRule["per"], readonly BudgetRule["per"][]>> = {
  tenant: ["tenant", "user", "agent", "session"],
  user: ["user", "session"],
  agent: ["agent"],
  session: ["session"],
};
