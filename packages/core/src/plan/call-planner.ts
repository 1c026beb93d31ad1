import type { KnownCaller, KnownCallers } from "../known-callers.ts";
import { RecentMap } from "../recent-map.ts";
import type { Requirement } from "../resolve-call.ts";
import { haveSameItems } from "../same-items.ts";
import { ArgumentTexts } from "./argument-text.ts";
import { CellNames } from "./cell-names.ts";
import type { ContextPlans, SharedPlan } from "./context-plans.ts";
import type { CallPlan } from "./plan-builder.ts";
import { type PlanRequest, planCall } from "./plan-call.ts";
import { answersAlike } from "./plan-occasion.ts";
import { RepeatedPlan } from "./repeat-plan.ts";

/** Of how many tools plans are remembered. */
const tools = { entries: 2_000, weight: Number.POSITIVE_INFINITY } as const;
/** How many plans of one tool are remembered, and how many of one context. */
const plansKept = { ofTool: 4, ofContext: 8 } as const;

/** A call to plan. */
type PlannedFacts = Omit<PlanRequest, "requirement">;

/**
 * Plans calls under one policy, as {@link planCall} does, and remembers what came out: most calls of an agent are like an
 * earlier one to every rule over history, limits and budgets. Calls of one tool share all of it but the names of the cells
 * and what comes from arguments.
 */
export class CallPlanner {
  readonly #shared = new RecentMap<string, readonly SharedPlan[]>(tools);
  readonly #callers: KnownCallers;

  constructor(callers: KnownCallers) {
    this.#callers = callers;
  }

  /** `call`: always of the same policy and calendar. `known`: what is known of the context. */
  plan(call: PlannedFacts, requirement: Requirement, known: KnownCaller): CallPlan {
    // All plans of the tool for these scopes and labels ask the same questions, in one order.
    const answers: boolean[] = [];
    let plans = known.plans;
    while (plans !== undefined && !isAlike(plans.shared, call, requirement, answers)) plans = plans.others;
    if (plans !== undefined) return repeat(plans, call);
    // What is known of a session's end is part of the plan.
    const ofTool = call.context.sessionEnds === undefined ? this.#shared.get(call.tool) : undefined;
    const shared = ofTool?.find((each) => isAlike(each, call, requirement, answers));
    return shared === undefined
      ? this.#planAnew(call, requirement, known)
      : repeat(this.#remember(known, shared, call), call);
  }

  #planAnew(facts: PlannedFacts, requirement: Requirement, known: KnownCaller): CallPlan {
    const { call, cells, validity } = planCall({ ...facts, requirement });
    if (validity.until <= validity.from) return call;
    const { tool, occasion } = facts;
    const shared = { tool, requirement, validity, plan: new RepeatedPlan(call), names: new CellNames(cells) };
    if (validity.shared) {
      const others = this.#shared.get(tool)?.filter((other) => isCurrent(other, occasion.now)) ?? [];
      this.#shared.set(tool, [shared, ...others.slice(0, plansKept.ofTool - 1)], 0);
    }
    return repeat(this.#remember(known, shared, facts), facts);
  }

  #remember({ plans }: KnownCaller, shared: SharedPlan, { context, occasion }: PlannedFacts): ContextPlans {
    const others = plans !== undefined && plans.size < plansKept.ofContext ? current(plans, occasion.now) : undefined;
    const names = shared.names.of(context);
    const kept = { shared, names, others, size: (others?.size ?? 0) + 1 };
    this.#callers.keepPlans(context, kept, names.weight);
    return kept;
  }
}

function repeat({ shared, names }: ContextPlans, call: PlannedFacts): CallPlan {
  const texts = new ArgumentTexts(call.tool, call.arguments);
  return shared.plan.of(call, names.of(texts), texts);
}

/** Those that hold at a moment. */
function current({ shared, names, others }: ContextPlans, now: number): ContextPlans | undefined {
  const rest = others && current(others, now);
  return isCurrent(shared, now) ? { shared, names, others: rest, size: (rest?.size ?? 0) + 1 } : rest;
}

function isCurrent({ validity }: SharedPlan, now: number): boolean {
  return now >= validity.from && now < validity.until;
}

/** INVARIANT (D5): alike in all that {@link planCall} looks at but the context, or it is planned anew. */
function isAlike(
  shared: SharedPlan,
  call: PlannedFacts,
  { scopes, labels, cost }: Requirement,
  answers: boolean[],
): boolean {
  const { tool, requirement, validity } = shared;
  return (
    tool === call.tool &&
    isCurrent(shared, call.occasion.now) &&
    requirement.cost === cost &&
    haveSameItems(requirement.scopes, scopes) &&
    haveSameItems(requirement.labels, labels) &&
    answersAlike(validity.asked, call, answers)
  );
}
