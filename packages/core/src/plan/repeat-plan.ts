import type { Occasion } from "../occasion.ts";
import type { Check, Effect } from "../state/plan.ts";
import type { ArgumentTexts } from "./argument-text.ts";
import type { CallPlan } from "./plan-builder.ts";
import type { PlanRequest } from "./plan-call.ts";

type RepeatedCall = Pick<PlanRequest, "context" | "occasion">;

/** A plan that is used again, and what of it is made anew for each call. */
export class RepeatedPlan {
  readonly #call: CallPlan;
  /** The checks and effects that depend on the call or its moment, by their index. */
  readonly #checks: readonly number[];
  readonly #effects: readonly number[];

  constructor(call: CallPlan) {
    this.#call = call;
    // INVARIANT (D5): the plans of all calls share them, and no store that is given one can change the others.
    const { plan, whenSucceeded, whenFailed } = call;
    for (const step of [...plan.checks, ...plan.effects, ...whenSucceeded, ...whenFailed]) Object.freeze(step);
    this.#checks = indexesOf(plan.checks, (check) => check.kind === "acyclic" || isTimed(check));
    // What is copied for each call stays as it is: an engine takes ten times as long to copy a frozen list.
    if (this.#checks.length === 0) Object.freeze(plan.checks);
    this.#effects = indexesOf(plan.effects, dependsOnCall);
  }

  /**
   * The plan of a call that is like the first one: the same but for the names of its cells, its moment, its reservations and
   * what comes from arguments. Pure. `keys`: the names.
   */
  of({ context, occasion }: RepeatedCall, keys: readonly string[], texts: ArgumentTexts): CallPlan {
    const { plan, causes, whenSucceeded, whenFailed } = this.#call;
    const { now } = occasion;
    const later = now - plan.now;
    // Copied at their length: lists that grow would take twice the room.
    const effects = plan.effects.slice();
    for (const index of this.#effects) {
      const effect = effects[index];
      if (effect !== undefined) effects[index] = repeatedEffect(effect, occasion, { texts, later });
    }
    const checks = this.#checks.length === 0 ? plan.checks : this.#repeatedChecks(texts, later);
    return { plan: { partition: context.tenant, keys, checks, effects, now }, causes, whenSucceeded, whenFailed };
  }

  #repeatedChecks(texts: ArgumentTexts, later: number): Check[] {
    const checks = this.#call.plan.checks.slice();
    for (const index of this.#checks) {
      const check = checks[index];
      if (check !== undefined) checks[index] = repeatedCheck(check, texts, later);
    }
    return checks;
  }
}

function indexesOf<Entry>(list: readonly Entry[], chosen: (entry: Entry) => boolean): readonly number[] {
  return [...list.keys()].filter((index) => {
    const entry = list[index];
    return entry !== undefined && chosen(entry);
  });
}

type Timed = Extract<Check, { readonly since: number }>;

/** Whether it looks back over a length of time: since 0 is ever. INVARIANT (D9): by its kind, whatever all objects inherit. */
function isTimed(check: Check): check is Timed {
  const { kind } = check;
  return (kind === "marked" || kind === "unmarked" || kind === "incomplete") && check.since > 0;
}

/** Of a check that depends on the call. Written out member by member: an engine is slow to copy what is frozen. */
function repeatedCheck(check: Check, texts: ArgumentTexts, later: number): Check {
  if (check.kind === "acyclic")
    return { kind: check.kind, key: check.key, entry: texts.digest, repeats: check.repeats };
  if (!isTimed(check)) return check;
  const since = check.since + later;
  if (check.kind === "incomplete") return { kind: check.kind, keys: check.keys, since };
  return { kind: check.kind, key: check.key, since };
}

function dependsOnCall(effect: Effect): boolean {
  switch (effect.kind) {
    case "reserve":
    case "follow":
      return true;
    case "mark":
      return effect.after !== undefined && effect.after.since > 0;
    case "count":
    case "grow":
    case "break":
      return false;
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

interface Repetition {
  readonly texts: ArgumentTexts;
  /** Milliseconds. */
  readonly later: number;
}

/** Of an effect that depends on the call. */
function repeatedEffect(effect: Effect, { evaluationId, leaseUntil }: Occasion, { texts, later }: Repetition): Effect {
  if (effect.kind === "reserve") {
    const { kind, key, window, amount, expiry } = effect;
    // In the order of those that are planned anew, so that V8 knows them for the same.
    return { kind, key, window, amount, evaluationId, leaseUntil, expiry };
  }
  if (effect.kind === "follow") return { kind: effect.kind, key: effect.key, entry: texts.digest, keep: effect.keep };
  if (effect.kind !== "mark" || effect.after === undefined) return effect;
  const { key, since } = effect.after;
  return { kind: effect.kind, key: effect.key, after: { key, since: since + later }, keep: effect.keep };
}
