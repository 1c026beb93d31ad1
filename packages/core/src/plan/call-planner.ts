import type { KnownCaller, KnownCallers } from "../known-callers.ts";
import { RecentMap } from "../recent-map.ts";
import type { Requirement } from "../resolve-call.ts";
import { CellNames } from "./cell-names.ts";
import type { CallPlan } from "./plan-builder.ts";
import { type PlannedCall, type PlanRequest, planCall } from "./plan-call.ts";
import { repeatPlan } from "./repeat-plan.ts";

/** Of how many tools plans are remembered. */
const tools = { entries: 2_000, weight: Number.POSITIVE_INFINITY } as const;
/** Of how many tools of each context names are remembered. */
const toolsOfContext = 8;

/** A call to plan. */
type PlannedFacts = Omit<PlanRequest, "requirement">;

/** A plan that calls of a tool have in common. */
interface SharedPlan extends Omit<PlannedCall, "cells"> {
  readonly tool: string;
  readonly requirement: Requirement;
  readonly names: CellNames;
}

/** How calls of one context and tool are planned, and those of the context's other tools. */
export interface ContextPlans {
  readonly plan: SharedPlan;
  readonly keys: readonly string[];
  readonly others: ContextPlans | undefined;
  /** How many tools there are. */
  readonly size: number;
}

/**
 * Plans calls under one policy, as {@link planCall} does, and remembers what came out: most calls of an agent are like an
 * earlier one to every rule over history, limits and budgets. Calls of one tool share all of it but the names of the cells.
 */
export class CallPlanner {
  readonly #shared = new RecentMap<string, SharedPlan>(tools);
  readonly #callers: KnownCallers;

  constructor(callers: KnownCallers) {
    this.#callers = callers;
  }

  /** `call`: always of the same policy and calendar. `known`: what is known of the context. */
  plan(call: PlannedFacts, requirement: Requirement, known: KnownCaller): CallPlan {
    const { context, tool, occasion } = call;
    const plans = plansOf(tool, known.plans);
    if (plans !== undefined && isAlike(plans.plan, requirement, occasion.now))
      return repeatPlan(plans.plan, plans.keys, call);
    const shared = this.#shared.get(tool);
    // What is known of a session's end is part of the plan.
    if (shared !== undefined && context.sessionEnds === undefined && isAlike(shared, requirement, occasion.now)) {
      const keys = shared.names.of(context);
      this.#remember(known, shared, { context, keys });
      return repeatPlan(shared, keys, call);
    }
    const planned = planCall({ ...call, requirement });
    const { validity } = planned;
    if (validity.until <= validity.from) return planned.call;
    const plan = { tool, requirement, validity, call: planned.call, names: new CellNames(planned.cells) };
    if (validity.shared) this.#shared.set(tool, plan, 0);
    this.#remember(known, plan, { context, keys: planned.call.plan.keys });
    return planned.call;
  }

  #remember({ plans }: KnownCaller, plan: SharedPlan, { context, keys }: NamedCells): void {
    let weight = 0;
    for (const key of keys) weight += key.length;
    const others = plans !== undefined && plans.size < toolsOfContext ? without(plan.tool, plans) : undefined;
    this.#callers.keepPlans(context, { plan, keys, others, size: (others?.size ?? 0) + 1 }, weight);
  }
}

/** The names of a context's cells. */
interface NamedCells {
  readonly context: PlanRequest["context"];
  readonly keys: readonly string[];
}

function plansOf(tool: string, known: ContextPlans | undefined): ContextPlans | undefined {
  let plans = known;
  while (plans !== undefined && plans.plan.tool !== tool) plans = plans.others;
  return plans;
}

function without(tool: string, { plan, keys, others }: ContextPlans): ContextPlans | undefined {
  const rest = others && without(tool, others);
  return plan.tool === tool ? rest : { plan, keys, others: rest, size: (rest?.size ?? 0) + 1 };
}

/** INVARIANT (D5): alike in all that {@link planCall} looks at but the context, or it is planned anew. */
function isAlike({ requirement, validity }: SharedPlan, { scopes, labels, cost }: Requirement, now: number): boolean {
  return (
    now >= validity.from &&
    now < validity.until &&
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
