import { formatMoney } from "../../money.ts";
import type { BudgetRule } from "../policy.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedPolicy } from "./linted-policy.ts";
import { PatternCover } from "./pattern-cover.ts";

/** How many pairs of budgets are compared at most. */
const maximumCompared = 500_000;

/** Finds budgets that never refuse a call, for another refuses it before, and budgets that refuse every call with a cost. */
export const idleBudgets: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const { budgets } = policy.model;
    const tightest = tightestOf(budgets);
    let compared = 0;
    for (const [index, budget] of budgets.entries()) {
      if (budget.limit === 0) reportZero(policy, index);
      compared += tightest.length;
      if (compared > maximumCompared) return;
      const binding = tightest.find((other) => other !== budget && binds(other, budget));
      if (binding === undefined) continue;
      const message = `this budget never refuses a call: "${binding.id}" with ${formatMoney(binding.limit)} refuses it before`;
      policy.warn(["budgets", index, "limit"], { code: "never_binds", message, help: "lower its limit, or remove it" });
    }
  },
};

function reportZero(policy: LintedPolicy, index: number): void {
  const message = "this budget denies every call that costs anything";
  policy.warn(["budgets", index, "limit"], {
    code: "zero_budget",
    message,
    help: "raise the limit, or deny the scopes",
  });
}

/** Of the budgets that count the same over the same time, the first of the smallest. */
function tightestOf(budgets: readonly BudgetRule[]): readonly BudgetRule[] {
  const tightest = new Map<string, BudgetRule>();
  for (const budget of budgets) {
    const kind = JSON.stringify([budget.per, budget.window, budget.scope ?? null]);
    const known = tightest.get(kind);
    if (known === undefined || budget.limit < known.limit) tightest.set(kind, budget);
  }
  return [...tightest.values()];
}

/** Whether one budget counts all that another counts, for at least as long, and allows no more. */
function binds(one: BudgetRule, other: BudgetRule): boolean {
  if (one.limit > other.limit || !owners[one.per].includes(other.per)) return false;
  if (!lastsAsLong(one.window, other.window)) return false;
  if (one.scope === undefined || one.scope === other.scope) return true;
  return other.scope !== undefined && new PatternCover([{ pattern: one.scope }]).coversAll(other.scope);
}

/** Whose spending is part of whose. */
const owners: Readonly<Record<BudgetRule["per"], readonly BudgetRule["per"][]>> = {
  tenant: ["tenant", "user", "agent", "session"],
  user: ["user", "session"],
  agent: ["agent"],
  session: ["session"],
};

type Window = BudgetRule["window"];

/** Which calendar windows lie whole in which. */
const within: Readonly<Record<Exclude<Window, object>, readonly Window[]>> = {
  hour: ["hour"],
  day: ["hour", "day"],
  week: ["hour", "day", "week"],
  month: ["hour", "day", "month"],
  lifetime: ["hour", "day", "week", "month", "lifetime"],
};

function lastsAsLong(one: Window, other: Window): boolean {
  if (one === "lifetime") return true;
  if (typeof one === "object") return typeof other === "object" && one.rolling === other.rolling;
  return within[one].includes(other);
}
