import type { OutcomeStatus } from "../audit/audit-record.ts";
import type { MicroUnits } from "../money.ts";
import type { Effect, Plan } from "../state/plan.ts";
import type { CallPlan } from "./plan-builder.ts";

/** How a permitted call ended. */
export interface Closing {
  readonly status: OutcomeStatus;
  /** What it cost. */
  readonly cost: MicroUnits;
}

/** What ends the reservations of a call and remembers how it ended. Pure. */
export function planClosing(
  { plan, whenSucceeded, whenFailed }: CallPlan,
  { status, cost }: Closing,
  now: number,
): Plan {
  const effects: Effect[] = [];
  for (const effect of plan.effects) {
    if (effect.kind === "reserve") effects.push(endOf(effect, { status, cost }));
  }
  if (status === "succeeded") effects.push(...whenSucceeded);
  if (status === "failed") effects.push(...whenFailed);
  return { partition: plan.partition, keys: plan.keys, checks: [], effects, now };
}

function endOf({ key, evaluationId, expiry }: Extract<Effect, { kind: "reserve" }>, { status, cost }: Closing): Effect {
  // What was held only while the call ran is free again, whatever became of it.
  if (expiry === "release") return { kind: "release", key, evaluationId };
  switch (status) {
    case "not_started":
      return { kind: "release", key, evaluationId };
    case "expired":
      return { kind: "expire", key, evaluationId };
    case "succeeded":
    case "failed":
    case "aborted":
      return { kind: "settle", key, evaluationId, amount: cost };
  }
}
