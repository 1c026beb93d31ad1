import type { KnownContext } from "./call-context.ts";
import type { AnswerListener, AskedCondition, ConditionAnswer, ConditionEnvironment } from "./condition/frame.ts";
import { findAlternatives } from "./find-alternatives.ts";
import { decidePermission, type Granted, holderOf, type PermissionRequest } from "./permit.ts";
import type { Refusal } from "./refusal.ts";

/** What {@link decidePermission} says of a call, with what can be done instead where it refuses. */
export type DecidedPermission = Granted | { readonly allowed: false; readonly refusal: Refusal };

/** A call whose permission is to be decided. */
export interface PermissionFacts extends Pick<PermissionRequest, "policy" | "approved"> {
  readonly context: KnownContext;
  readonly tool: string;
  readonly environment: ConditionEnvironment & { answers: AnswerListener | undefined };
}

/**
 * So many steps are remembered in all, with so many characters of the names of rights. A permission that asks more conditions
 * is decided anew each time: to remember it would take longer.
 */
const remembered = { steps: 20_000, characters: 8_000_000, conditions: 64 } as const;

/**
 * Decides permissions under one policy, and remembers what was decided for the same rights and the same requirement: which
 * conditions were asked, one after the other, what each answered, and what came out. The conditions are asked of every call.
 *
 * INVARIANT (D5): a permission depends on the policy, the rights, the requirement and the answers of conditions, and on
 * nothing else. Where all of these are the same, it is the same.
 */
export class PermissionMemory {
  #byRights = new Map<string, Map<unknown, Step>>();
  #steps = 0;
  #characters = 0;

  /** How many steps are remembered. */
  get steps(): number {
    return this.#steps;
  }

  /** `rights`: names all that the context brings. */
  decide(call: PermissionFacts, requirement: PermissionRequest["requirement"], rights: string): DecidedPermission {
    // What people have approved is part of no rights.
    if (call.approved !== undefined) return decide(requestOf(call, requirement));
    // The policy's own lists are the same ones for each call.
    const key = requirement.named ? requirement.scopes : call.tool;
    let step = this.#byRights.get(rights)?.get(key);
    while (step?.condition !== undefined) step = step.next(step.condition.evaluate(call.environment));
    if (step?.decided !== undefined) return step.decided;
    return this.#decideAnew(call, requirement, { rights, key });
  }

  #decideAnew(
    call: PermissionFacts,
    requirement: PermissionRequest["requirement"],
    { rights, key }: { readonly rights: string; readonly key: unknown },
  ): DecidedPermission {
    const { environment } = call;
    const trail: Heard[] = [];
    environment.answers = { heard: (condition, answer) => trail.push({ condition, answer }) };
    const decided = decide(requestOf(call, requirement));
    environment.answers = undefined;
    if (trail.length > remembered.conditions) return decided;
    // INVARIANT (R1): what is remembered is bounded, whatever is asked.
    if (this.#steps + trail.length >= remembered.steps || this.#characters + rights.length > remembered.characters) {
      this.#byRights = new Map();
      this.#steps = 0;
      this.#characters = 0;
    }
    this.#steps += trail.length + 1;
    const known = this.#byRights.get(rights) ?? this.#addRights(rights);
    known.set(key, stepAt(known.get(key), trail, decided));
    return decided;
  }

  #addRights(rights: string): Map<unknown, Step> {
    const added = new Map<unknown, Step>();
    this.#byRights.set(rights, added);
    this.#characters += rights.length;
    return added;
  }
}

interface Heard {
  readonly condition: AskedCondition;
  readonly answer: ConditionAnswer;
}

/** What comes next: a condition to ask, with where each answer leads, or the end. */
class Step {
  readonly condition: AskedCondition | undefined;
  readonly decided: DecidedPermission | undefined;
  #whenTrue: Step | undefined;
  #whenFalse: Step | undefined;
  #whenUnknown: Step | undefined;

  constructor(condition: AskedCondition | undefined, decided: DecidedPermission | undefined) {
    this.condition = condition;
    this.decided = decided;
  }

  next(answer: ConditionAnswer): Step | undefined {
    if (answer === true) return this.#whenTrue;
    return answer === false ? this.#whenFalse : this.#whenUnknown;
  }

  lead(answer: ConditionAnswer, step: Step): void {
    if (answer === true) this.#whenTrue = step;
    else if (answer === false) this.#whenFalse = step;
    else this.#whenUnknown = step;
  }
}

/** A step that leads, by what was heard, to what was decided, and wherever it led before. */
function stepAt(step: Step | undefined, [heard, ...later]: readonly Heard[], decided: DecidedPermission): Step {
  if (heard === undefined) return new Step(undefined, decided);
  const { condition, answer } = heard;
  const asked = step?.condition === condition ? step : new Step(condition, undefined);
  asked.lead(answer, stepAt(asked.next(answer), later, decided));
  return asked;
}

function requestOf(
  { policy, context, environment, approved }: PermissionFacts,
  requirement: PermissionRequest["requirement"],
): PermissionRequest {
  return { policy, holder: holderOf(context), requirement, environment, approved };
}

/** INVARIANT (D5): what callers are given of it they cannot change for the next one. */
function decide(request: PermissionRequest): DecidedPermission {
  const permission = decidePermission(request);
  if (permission.allowed) {
    Object.freeze(permission.obligations);
    Object.freeze(permission.degraded);
    return permission;
  }
  const { scope } = permission;
  const alternatives = scope === undefined ? undefined : findAlternatives(request, scope);
  if (alternatives !== undefined) {
    Object.freeze(alternatives.scopes);
    Object.freeze(alternatives.roles);
  }
  return { allowed: false, refusal: { ...permission, alternatives: Object.freeze(alternatives) } };
}
