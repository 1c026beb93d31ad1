import type { ConditionAnswer, ConditionEnvironment } from "./condition/frame.ts";
import type { ScopeRule } from "./policy/scope-rule.ts";

/** What the conditions of rules answer for one call, save for those that are taken to answer otherwise. */
export class AssumedAnswers {
  readonly #environment: ConditionEnvironment;
  /** By what a rule is known by: rules of one holder, pattern and condition answer alike. */
  readonly #assumed = new Map<string, boolean>();

  constructor(environment: ConditionEnvironment) {
    this.#environment = environment;
  }

  /** How many answers are assumed. */
  get size(): number {
    return this.#assumed.size;
  }

  /** `true` where the rule has no condition. */
  of(rule: ScopeRule): ConditionAnswer {
    const when = rule.terms?.when;
    return this.#assumed.get(nameOf(rule)) ?? (when === undefined ? true : when.evaluate(this.#environment));
  }

  /** From now on the rule's condition counts as answering so. */
  assume(rule: ScopeRule, answer: boolean): void {
    this.#assumed.set(nameOf(rule), answer);
  }
}

function nameOf({ id, terms }: ScopeRule): string {
  return JSON.stringify([id, terms?.condition]);
}
