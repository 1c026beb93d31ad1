import type { AssumedAnswers } from "./assumed-answers.ts";
import type { ConditionAnswer } from "./condition/frame.ts";
import type { ScopeRule } from "./policy/scope-rule.ts";
import type { ScopeRules } from "./policy/scope-rules.ts";
import { isMoreSpecific } from "./scope.ts";

/** Where a rule stands that keeps a call from being permitted. */
export interface RulePlace {
  readonly scope: string;
  readonly rule: string;
  readonly holder: string;
  /** In the policy file, from 1. */
  readonly line: number;
  readonly condition: string | undefined;
}

/** What has to be otherwise about one rule. */
export type RuleChange =
  /** The deny has to go, or its condition must not hold. */
  | ({ readonly kind: "remove_deny" } & RulePlace)
  /** The condition has to answer otherwise: `wanted` is what permits. */
  | ({
      readonly kind: "condition";
      readonly effect: "allow" | "deny";
      readonly answer: Exclude<ConditionAnswer, true>;
      readonly wanted: boolean;
    } & RulePlace)
  /** A person has to approve. */
  | ({ readonly kind: "approval" } & RulePlace);

/**
 * What the rules of one role, user, agent or tier say of one scope, and what would have to be otherwise. Of each condition
 * that is named as a change, the wanted answer is assumed from then on.
 */
export class HolderReview {
  readonly #scope: string;
  readonly #answers: AssumedAnswers;
  readonly #allows: readonly ScopeRule[];
  readonly #denies: readonly ScopeRule[];
  /** The allows that count, once the denials are gone. */
  readonly #deciding: readonly ScopeRule[];

  constructor(rules: ScopeRules, scope: string, answers: AssumedAnswers) {
    const matching = rules.matching(scope);
    this.#scope = scope;
    this.#answers = answers;
    this.#allows = matching.filter(({ effect }) => effect === "allow");
    this.#denies = matching.filter(({ effect }) => effect === "deny");
    const holding = this.#allows.filter((rule) => answers.of(rule) === true);
    const strongest = mostSpecific(holding);
    this.#deciding = holding.filter(({ pattern }) => pattern === strongest?.pattern);
  }

  /** Whether an allow counts, once the denials are gone. */
  get allows(): boolean {
    return this.#deciding.length > 0;
  }

  /** Whether there is an allow at all, whatever its condition answers. */
  get mentions(): boolean {
    return this.#allows.length > 0;
  }

  /** Whether a person has to approve, once an allow counts. */
  get asksApproval(): boolean {
    return (this.allows ? this.#deciding : this.#nearest()).some(({ terms }) => terms?.approval === true);
  }

  /** Whether something may be demanded that is not known. */
  get mayDemand(): boolean {
    return this.#unknown(this.#deciding[0]).length > 0;
  }

  /** What denies. */
  denials(): readonly RuleChange[] {
    return this.#denies.flatMap((deny) => this.#denial(deny));
  }

  /** Allows that demand something, cannot be evaluated, and would have decided: they may deny, too. */
  doubts(): readonly RuleChange[] {
    return this.#unknownDemands(this.#deciding[0]);
  }

  /** What keeps an allow from counting, and what the allows that count ask for. */
  demands(): readonly RuleChange[] {
    if (this.allows) return this.#approvals(this.#deciding);
    return this.#nearest().flatMap((rule) => {
      const answer = this.#answers.of(rule);
      const unmet = answer === true ? [] : [this.#condition(rule, answer, true)];
      return [...unmet, ...this.#approvals([rule]), ...this.#unknownDemands(rule)];
    });
  }

  /** The allow of which the least has to be otherwise: one that asks for no approval, if there is one. */
  #nearest(): readonly ScopeRule[] {
    const nearest = this.#allows.find(({ terms }) => terms?.approval !== true) ?? this.#allows[0];
    return nearest === undefined ? [] : [nearest];
  }

  #denial(rule: ScopeRule): readonly RuleChange[] {
    const answer = this.#answers.of(rule);
    if (answer === true) return [{ kind: "remove_deny", ...this.#place(rule) }];
    return answer === false || rule.terms?.failsOpen === true ? [] : [this.#condition(rule, answer, false)];
  }

  #unknownDemands(than: ScopeRule | undefined): RuleChange[] {
    // Taken to hold, not to fail: another scope of the same call may need the very allow.
    return this.#unknown(than).flatMap((rule) => [this.#condition(rule, "unknown", true), ...this.#approvals([rule])]);
  }

  #unknown(than: ScopeRule | undefined): readonly ScopeRule[] {
    return this.#allows.filter((rule) => {
      if (this.#answers.of(rule) !== "unknown" || !rule.demands) return false;
      return than === undefined || !isMoreSpecific(than.pattern, rule.pattern);
    });
  }

  #approvals(rules: readonly ScopeRule[]): RuleChange[] {
    return rules.flatMap((rule): RuleChange[] =>
      rule.terms?.approval === true ? [{ kind: "approval", ...this.#place(rule) }] : [],
    );
  }

  #condition(rule: ScopeRule, answer: false | "unknown", wanted: boolean): RuleChange {
    this.#answers.assume(rule, wanted);
    return { kind: "condition", effect: rule.effect, answer, wanted, ...this.#place(rule) };
  }

  #place({ id, holder, line, terms }: ScopeRule): RulePlace {
    return { scope: this.#scope, rule: id, holder, line, condition: terms?.condition };
  }
}

function mostSpecific(rules: readonly ScopeRule[]): ScopeRule | undefined {
  return rules.reduce<ScopeRule | undefined>(
    (found, rule) => (found === undefined || isMoreSpecific(rule.pattern, found.pattern) ? rule : found),
    undefined,
  );
}
