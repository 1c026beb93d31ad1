import type { ConditionEnvironment } from "../condition/frame.ts";
import { isMoreSpecific } from "../scope.ts";
import { PatternIndex } from "./pattern-index.ts";
import { RuleWeighing } from "./rule-weighing.ts";
import type { Ruling, ScopeRule } from "./scope-rule.ts";
import type { ScopeRules } from "./scope-rules.ts";

/** The rules of one holder, arranged so that what a look-up costs does not depend on how many there are. */
export class ScopeIndex implements ScopeRules {
  /** Rules without conditions and demands: one a pattern decides. */
  readonly #plain = new PatternIndex<ScopeRule>(denyStays);
  /** All others: several of one pattern can count at once. */
  readonly #qualified = new PatternIndex<ScopeRule[]>(append);
  #size = 0;
  #qualifications = 0;
  #wildcardDenies = 0;
  /** Whether every rule is for one scope and says nothing else: then the look-up of the scope is the whole answer. */
  #isExact = true;

  constructor(rules: Iterable<ScopeRule> = []) {
    for (const rule of rules) this.add(rule);
  }

  /** Only for whoever builds the index: it does not change once it is part of a policy. */
  add(rule: ScopeRule): void {
    this.#size += 1;
    if (rule.terms?.when !== undefined || rule.demands || rule.pattern.includes("*")) this.#isExact = false;
    if (rule.terms?.when === undefined && !rule.demands) {
      if (rule.effect === "deny" && rule.pattern.includes("*")) this.#wildcardDenies += 1;
      return this.#plain.add(rule.pattern, rule);
    }
    this.#qualifications += 1;
    this.#qualified.add(rule.pattern, [rule]);
  }

  get size(): number {
    return this.#size;
  }

  rule(scope: string, environment: ConditionEnvironment | undefined): Ruling | undefined {
    if (this.#isExact) return this.#plain.exact(scope);
    const plain = this.find(scope);
    if (this.#qualifications === 0 || plain?.effect === "deny") return plain;
    const weighing = new RuleWeighing(environment, plain);
    const exact = this.#qualified.exact(scope);
    if (exact !== undefined) addAll(weighing, exact);
    if (this.#qualified.hasWildcards) this.#qualified.reduceWildcards(scope, weighing, addAll);
    return weighing.ruling();
  }

  /** The plain rule that decides a literal scope: a deny before any allow, and of allows the most specific. */
  find(scope: string): ScopeRule | undefined {
    const exact = this.#plain.exact(scope);
    // An exact rule is the most specific, so that only a deny could still decide otherwise.
    if (exact !== undefined && (exact.effect === "deny" || this.#wildcardDenies === 0)) return exact;
    return this.#plain.hasWildcards ? this.#plain.reduceWildcards(scope, exact, stronger) : exact;
  }

  matching(scope: string): ScopeRule[] {
    const found: ScopeRule[] = [];
    const plain = this.#plain.exact(scope);
    if (plain !== undefined) found.push(plain);
    this.#plain.reduceWildcards(scope, found, push);
    found.push(...(this.#qualified.exact(scope) ?? []));
    return this.#qualified.reduceWildcards(scope, found, pushAll);
  }

  mayAllow(scope: string): boolean {
    const plain = this.find(scope);
    if (plain !== undefined) return plain.effect === "allow";
    if (this.#qualifications === 0) return false;
    return this.matching(scope).some(({ effect }) => effect === "allow");
  }

  *all(): Generator<ScopeRule> {
    yield* this.#plain.values();
    for (const rules of this.#qualified.values()) yield* rules;
  }
}

/** INVARIANT (D2): where a pattern is both allowed and denied the deny stays, in whichever order they came. */
function denyStays(before: ScopeRule | undefined, added: ScopeRule): ScopeRule {
  if (before === undefined || (added.effect === "deny" && before.effect === "allow")) return added;
  return before;
}

/** Into the list that is there: a copy for each of thousands of rules of one pattern would take their square. */
function append(before: ScopeRule[] | undefined, added: ScopeRule[]): ScopeRule[] {
  if (before === undefined) return added;
  before.push(...added);
  return before;
}

function stronger(found: ScopeRule | undefined, rule: ScopeRule): ScopeRule {
  if (found === undefined || found.effect !== rule.effect) return found?.effect === "deny" ? found : rule;
  return isMoreSpecific(rule.pattern, found.pattern) ? rule : found;
}

function addAll(weighing: RuleWeighing, rules: readonly ScopeRule[]): RuleWeighing {
  for (let index = 0; index < rules.length; index += 1) {
    const rule = rules[index];
    if (rule !== undefined) weighing.add(rule);
  }
  return weighing;
}

function push(found: ScopeRule[], rule: ScopeRule): ScopeRule[] {
  found.push(rule);
  return found;
}

function pushAll(found: ScopeRule[], rules: readonly ScopeRule[]): ScopeRule[] {
  found.push(...rules);
  return found;
}
