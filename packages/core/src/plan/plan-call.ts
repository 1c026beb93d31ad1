import type { Calendar } from "../calendar.ts";
import type { KnownContext } from "../call-context.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { ConditionEnvironment } from "../condition/frame.ts";
import { sha256 } from "../digest.ts";
import type { Owner } from "../policy/history-rule.ts";
import type { BudgetRule, Policy } from "../policy/policy.ts";
import type { Requirement } from "../resolve-call.ts";
import { scopeMatches } from "../scope.ts";
import type { AccountWindow } from "../state/plan.ts";
import type { JsonObject } from "../tool-call.ts";
import { cellName, ownerKey } from "./owner-key.ts";
import { type CallPlan, PlanBuilder } from "./plan-builder.ts";
import { planHistory } from "./plan-history.ts";
import { planLimits } from "./plan-limits.ts";
import { planRunaway, switchName } from "./plan-runaway.ts";

/** What {@link planCall} needs to know. */
export interface PlanRequest {
  readonly policy: Policy;
  readonly calendar: Calendar;
  readonly context: KnownContext;
  readonly requirement: Requirement;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly environment: ConditionEnvironment;
  readonly evaluationId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds. */
  readonly leaseUntil: number;
}

/** Compiles every stateful rule that a call touches into one plan. Pure. */
export function planCall(request: PlanRequest): CallPlan {
  const { policy, context, requirement, tool, evaluationId, now, leaseUntil } = request;
  const { scopes, labels } = requirement;
  const builder = new PlanBuilder();
  planSwitches(builder, context);
  let digest: string | undefined;
  const callDigest = () => {
    digest ??= sha256(canonicalJson([tool, request.arguments]));
    return digest;
  };
  planRunaway(builder, { runaway: policy.runaway, context, tool, callDigest });
  if (policy.history.size > 0) planHistory(builder, { ...request, history: policy.history, scopes, labels });
  planLimits(builder, { limits: policy.limits, context, tool, scopes, evaluationId, leaseUntil });
  for (const budget of policy.budgets) planBudget(builder, budget, request);
  return builder.build({ partition: context.tenant, now });
}

const owners: readonly Owner[] = ["tenant", "user", "agent", "session"];

/** INVARIANT (R7): every call asks whether somebody has stopped those it is made for and by. */
function planSwitches(builder: PlanBuilder, context: KnownContext): void {
  for (const owner of owners) {
    builder.check({ kind: "off", key: builder.key(switchName(ownerKey(owner, context))) }, { kind: "switch", owner });
  }
}

function planBudget(builder: PlanBuilder, budget: BudgetRule, request: PlanRequest): void {
  const { scope, limit } = budget;
  const { scopes, cost } = request.requirement;
  if (scope !== undefined && !scopes.some((required) => scopeMatches(scope, required))) return;
  const key = builder.key(cellName("account", budget.id, ownerKey(budget.per, request.context)));
  const window = windowOf(budget, request.calendar, request.now);
  builder.check({ kind: "account", key, window, amount: cost, limit }, { kind: "budget", budget, cost });
  const { evaluationId, leaseUntil } = request;
  builder.effect({ kind: "reserve", key, window, evaluationId, amount: cost, leaseUntil, expiry: "charge" });
}

function windowOf({ window }: BudgetRule, calendar: Calendar, now: number): AccountWindow {
  if (window === "lifetime") return { kind: "lifetime" };
  if (typeof window === "object") return { kind: "rolling", span: window.rolling };
  return { kind: "calendar", ...calendar.window(window, now) };
}
