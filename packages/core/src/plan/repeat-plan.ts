import type { Occasion } from "../occasion.ts";
import type { Check, Effect } from "../state/plan.ts";
import type { CallPlan } from "./plan-builder.ts";
import type { PlannedCall, PlanRequest } from "./plan-call.ts";

/**
 * The plan of a call that is like another one: the same but for the names of its cells, its moment and its reservations.
 * Pure. `keys`: the names.
 */
export function repeatPlan(
  { call, validity }: Pick<PlannedCall, "call" | "validity">,
  keys: readonly string[],
  { context, occasion }: Pick<PlanRequest, "context" | "occasion">,
): CallPlan {
  const { plan, causes, whenSucceeded, whenFailed } = call;
  const { now } = occasion;
  const later = validity.moves ? now - plan.now : 0;
  const checks = later === 0 ? plan.checks : plan.checks.map((check) => movedCheck(check, later));
  // A list that grows would take twice the room.
  const effects = plan.effects.slice();
  for (let index = 0; index < effects.length; index += 1) {
    const effect = effects[index];
    if (effect !== undefined) effects[index] = repeatedEffect(effect, occasion, later);
  }
  return { plan: { partition: context.tenant, keys, checks, effects, now }, causes, whenSucceeded, whenFailed };
}

type Timed = Extract<Check, { readonly since: number }>;

/** Whether it looks back over a length of time: since 0 is ever. */
function isTimed(check: Check): check is Timed {
  return "since" in check && check.since > 0;
}

function movedCheck(check: Check, later: number): Check {
  return isTimed(check) ? { ...check, since: check.since + later } : check;
}

function repeatedEffect(effect: Effect, { evaluationId, leaseUntil }: Occasion, later: number): Effect {
  switch (effect.kind) {
    case "reserve": {
      const { kind, key, window, amount, expiry } = effect;
      // In the order of those that are planned anew, so that V8 knows them for the same.
      return { kind, key, window, amount, evaluationId, leaseUntil, expiry };
    }
    case "mark": {
      const { after } = effect;
      if (after === undefined || after.since === 0 || later === 0) return effect;
      return { ...effect, after: { key: after.key, since: after.since + later } };
    }
    case "count":
    case "grow":
    case "break":
    case "follow":
      return effect;
    case "settle":
    case "release":
    case "expire":
    case "renew":
    case "unmark":
    case "spend":
    case "throw":
    case "reset":
      throw new TypeError(`no call's plan begins with an effect of the kind ${effect.kind}`);
  }
}
