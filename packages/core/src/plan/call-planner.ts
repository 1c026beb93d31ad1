import type { KnownContext } from "../call-context.ts";
import { RecentMap } from "../recent-map.ts";
import type { Requirement } from "../resolve-call.ts";
import type { CallPlan } from "./plan-builder.ts";
import { type PlannedCall, type PlanRequest, planCall } from "./plan-call.ts";
import { repeatPlan } from "./repeat-plan.ts";

/** Of how many contexts plans are remembered, how many characters of their keys, and of how many tools of each context. */
const remembered = { entries: 20_000, weight: 8_000_000, tools: 8 } as const;

interface EarlierPlan extends PlannedCall {
  readonly requirement: Requirement;
}

/**
 * Plans calls under one policy, as {@link planCall} does, and remembers what came out: most calls of an agent are like an
 * earlier one to every rule over history, limits and budgets.
 */
export class CallPlanner {
  readonly #earlier = new RecentMap<KnownContext, Map<string, EarlierPlan>>(remembered);

  /** `request`: always of the same policy and calendar. */
  plan(request: PlanRequest): CallPlan {
    const { context, tool, requirement } = request;
    const earlier = this.#earlier.get(context)?.get(tool);
    if (earlier !== undefined && isAlike(earlier, request)) return repeatPlan(earlier, request);
    const { call, validity } = planCall(request);
    if (validity.until > validity.from) this.#remember(request, { requirement, validity, call });
    return call;
  }

  #remember({ context, tool }: PlanRequest, plan: EarlierPlan): void {
    const plans = this.#earlier.get(context) ?? new Map<string, EarlierPlan>();
    if (plans.size >= remembered.tools) plans.clear();
    plans.set(tool, plan);
    const weight = plan.call.plan.keys.reduce((characters, key) => characters + key.length, 0);
    this.#earlier.set(context, plans, weight);
  }
}

/** INVARIANT (D5): alike in all that {@link planCall} looks at, or it is planned anew. */
function isAlike({ requirement, validity }: EarlierPlan, request: PlanRequest): boolean {
  const { scopes, labels, cost } = request.requirement;
  return (
    request.now >= validity.from &&
    request.now < validity.until &&
    requirement.cost === cost &&
    isSame(requirement.scopes, scopes) &&
    isSame(requirement.labels, labels)
  );
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index += 1) if (some[index] !== others[index]) return false;
  return true;
}
