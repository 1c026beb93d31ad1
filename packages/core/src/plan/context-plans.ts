import type { Requirement } from "../resolve-call.ts";
import type { CellNames, ContextNames } from "./cell-names.ts";
import type { PlanValidity } from "./plan-occasion.ts";
import type { RepeatedPlan } from "./repeat-plan.ts";

/** A plan that calls of a tool have in common. */
export interface SharedPlan {
  readonly tool: string;
  readonly requirement: Requirement;
  readonly validity: PlanValidity;
  readonly plan: RepeatedPlan;
  readonly names: CellNames;
}

/** How calls of one context are planned, the latest plan first. */
export interface ContextPlans {
  readonly shared: SharedPlan;
  readonly names: ContextNames;
  readonly others: ContextPlans | undefined;
  /** How many plans there are. */
  readonly size: number;
}
