import type { KnownContext } from "../call-context.ts";
import type { Owner } from "../policy/history-rule.ts";
import type { BudgetRule, Policy } from "../policy/policy.ts";
import type { Requirement } from "../resolve-call.ts";
import { scopeMatches } from "../scope.ts";
import type { AccountWindow } from "../state/plan.ts";
import type { CellPattern } from "./owner-key.ts";
import { type CallPlan, PlanBuilder } from "./plan-builder.ts";
import { planHistory } from "./plan-history.ts";
import { planLimits } from "./plan-limits.ts";
import { type OccasionFacts, PlanOccasion, type PlanValidity } from "./plan-occasion.ts";
import { planRunaway, switchKind } from "./plan-runaway.ts";

/** What {@link planCall} needs to know. */
export interface PlanRequest extends OccasionFacts {
  readonly policy: Policy;
  readonly context: KnownContext;
  readonly requirement: Requirement;
}

/** A plan, and at which moments another call would have the same, but for the names of its cells and what comes from arguments. */
export interface PlannedCall {
  readonly call: CallPlan;
  /** One for each key. */
  readonly cells: readonly CellPattern[];
  readonly validity: PlanValidity;
}

/** Compiles every stateful rule that a call touches into one plan. Pure. */
export function planCall(request: PlanRequest): PlannedCall {
  const { policy, context, requirement, tool } = request;
  const { scopes, labels } = requirement;
  const occasion = new PlanOccasion(request);
  const builder = new PlanBuilder(context);
  planSwitches(builder);
  const keep = occasion.keep(undefined, "session");
  planRunaway(builder, { runaway: policy.runaway, tool, occasion, keep });
  if (policy.history.size > 0) {
    planHistory(builder, { history: policy.history, scopes, labels, occasion });
  }
  planLimits(builder, { limits: policy.limits, tool, scopes, occasion });
  for (const budget of policy.budgets) planBudget(builder, budget, { requirement, occasion });
  return { call: builder.build(request.occasion.now), cells: builder.cells, validity: occasion.validity };
}

const owners: readonly Owner[] = ["tenant", "user", "agent", "session"];

/** INVARIANT (R7): every call asks whether somebody has stopped those it is made for and by. */
function planSwitches(builder: PlanBuilder): void {
  for (const owner of owners) {
    builder.check({ kind: "off", key: builder.key(switchKind, { owner }) }, { kind: "switch", owner });
  }
}

interface BudgetRequest extends Pick<PlanRequest, "requirement"> {
  readonly occasion: PlanOccasion;
}

function planBudget(builder: PlanBuilder, budget: BudgetRule, { requirement, occasion }: BudgetRequest): void {
  const { scope, limit } = budget;
  const { scopes, cost } = requirement;
  if (scope !== undefined && !scopes.some((required) => scopeMatches(scope, required))) return;
  const key = builder.key("account", budget.id, { owner: budget.per });
  const window = windowOf(budget, occasion);
  builder.check({ kind: "account", key, window, amount: cost, limit }, { kind: "budget", budget, cost });
  builder.effect({ kind: "reserve", key, window, amount: cost, ...occasion.reservation, expiry: "charge" });
}

function windowOf({ per, window }: BudgetRule, occasion: PlanOccasion): AccountWindow {
  if (window === "lifetime") {
    const ends = occasion.endOf(per);
    return ends === undefined ? { kind: "lifetime" } : { kind: "lifetime", ends };
  }
  return typeof window === "object" ? { kind: "rolling", span: window.rolling } : occasion.window(window);
}
