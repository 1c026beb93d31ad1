import type { Effect, Plan } from "../state/plan.ts";
import type { CallPlan } from "./plan-builder.ts";

/** What lets the reservations of a call that still runs last until a moment in epoch milliseconds. Pure. */
export function planRenewal({ plan }: CallPlan, leaseUntil: number, now: number): Plan {
  const effects: Effect[] = [];
  for (const effect of plan.effects) {
    if (effect.kind !== "reserve") continue;
    effects.push({ kind: "renew", key: effect.key, evaluationId: effect.evaluationId, leaseUntil });
  }
  return { partition: plan.partition, keys: plan.keys, checks: [], effects, now };
}
