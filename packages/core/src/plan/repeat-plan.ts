import type { Check, Effect } from "../state/plan.ts";
import type { CallPlan } from "./plan-builder.ts";
import type { PlannedCall } from "./plan-call.ts";
import type { OccasionFacts } from "./plan-occasion.ts";

/** The plan of a call that is like another one: the same but for its moment and its reservations. Pure. */
export function repeatPlan({ call, validity }: PlannedCall, facts: RepeatedFacts): CallPlan {
  const { plan, causes, whenSucceeded, whenFailed } = call;
  const later = validity.moves ? facts.now - plan.now : 0;
  const checks = later === 0 ? plan.checks : plan.checks.map((check) => movedCheck(check, later));
  const effects: Effect[] = [];
  for (const effect of plan.effects) effects.push(repeatedEffect(effect, facts, later));
  const { partition, keys } = plan;
  return { plan: { partition, keys, checks, effects, now: facts.now }, causes, whenSucceeded, whenFailed };
}

type RepeatedFacts = Pick<OccasionFacts, "evaluationId" | "leaseUntil" | "now">;

type Timed = Extract<Check, { readonly since: number }>;

/** Whether it looks back over a length of time: since 0 is ever. */
function isTimed(check: Check): check is Timed {
  return "since" in check && check.since > 0;
}

function movedCheck(check: Check, later: number): Check {
  return isTimed(check) ? { ...check, since: check.since + later } : check;
}

function repeatedEffect(effect: Effect, { evaluationId, leaseUntil }: RepeatedFacts, later: number): Effect {
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
