import type { KnownContext } from "../call-context.ts";
import type { Policy } from "../policy/policy.ts";
import { type CallPlan, PlanBuilder } from "./plan-builder.ts";
import { planHistory } from "./plan-history.ts";
import { type OccasionFacts, PlanOccasion } from "./plan-occasion.ts";

/** What {@link planRelease} needs to know. */
export interface ReleaseRequest extends OccasionFacts {
  readonly policy: Policy;
  readonly context: KnownContext;
  /** The labels that were found in the result, besides those that the call has attached anyway. */
  readonly labels: readonly string[];
  readonly succeeded: boolean;
  /** Whether nobody can hold the result back any more: it is remembered then, whatever the rules say. */
  readonly released: boolean;
}

/** What the rules over history ask before a result with these labels is released, and remember of it. Pure. */
export function planRelease(request: ReleaseRequest): CallPlan {
  const { policy, context, labels, succeeded, released } = request;
  const builder = new PlanBuilder(context);
  const occasion = new PlanOccasion(request);
  planHistory(builder, { history: policy.history, scopes: [], labels, occasion });
  const { plan, causes, whenSucceeded } = builder.build(request.occasion.now);
  const effects = succeeded ? [...plan.effects, ...whenSucceeded] : plan.effects;
  if (released) return { plan: { ...plan, checks: [], effects }, causes: [], whenSucceeded: [], whenFailed: [] };
  return { plan: { ...plan, effects }, causes, whenSucceeded: [], whenFailed: [] };
}
