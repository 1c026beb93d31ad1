import type { OutcomeStatus } from "../audit/audit-record.ts";
import { type MicroUnits, noMoney } from "../money.ts";
import type { Check, Effect, Plan, ReserveEffect } from "../state/plan.ts";
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
  const effects = endReservations(plan, status, cost);
  if (status === "succeeded" && whenSucceeded.length > 0) effects.push(...whenSucceeded);
  if (status === "failed" && whenFailed.length > 0) effects.push(...whenFailed);
  return { partition: plan.partition, keys: plan.keys, checks: none, effects, now };
}

/** What gives back all that a plan reserved: its call certainly never started. Pure. */
export function planUndoing(plan: Plan): Plan {
  const { partition, keys, now } = plan;
  return { partition, keys, checks: none, effects: endReservations(plan, "not_started", noMoney), now };
}

const none: readonly Check[] = Object.freeze([]);

function endReservations({ effects }: Plan, status: OutcomeStatus, cost: MicroUnits): Effect[] {
  let count = 0;
  for (let index = 0; index < effects.length; index += 1) if (effects[index]?.kind === "reserve") count += 1;
  // A list that grows would take four times the room.
  const ends = effects.slice(0, count);
  let end = 0;
  for (let index = 0; index < effects.length; index += 1) {
    const effect = effects[index];
    if (effect?.kind !== "reserve") continue;
    ends[end] = endOf(effect, status, cost);
    end += 1;
  }
  return ends;
}

function endOf({ key, evaluationId, expiry }: ReserveEffect, status: OutcomeStatus, cost: MicroUnits): Effect {
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
