import type { ConditionAnswer } from "../condition/compile-condition.ts";
import type { ConditionEnvironment } from "../condition/frame.ts";
import { isMoreSpecific } from "../scope.ts";
import type { Obligation } from "./obligation.ts";
import { type Doubts, noDoubts, type Ruling, type ScopeRule } from "./scope-rule.ts";

/** Weighs the rules of one holder that cover one scope, given in any order, against each other. */
export class RuleWeighing {
  readonly #environment: ConditionEnvironment | undefined;
  /** The most specific allows that hold; all of one pattern. */
  #allows: ScopeRule[] = [];
  #deny: ScopeRule | undefined;
  #unknownDeny: ScopeRule | undefined;
  /** The allows with demands that could not be evaluated. */
  readonly #unknownDemands: ScopeRule[] = [];
  #unmet: ScopeRule | undefined;
  readonly #degraded: ScopeRule[] = [];

  /** `plain`: the allow without condition or demand that would decide alone, if there is one. */
  constructor(environment: ConditionEnvironment | undefined, plain: ScopeRule | undefined) {
    this.#environment = environment;
    if (plain !== undefined) this.#allows = [plain];
  }

  add(rule: ScopeRule): void {
    const answer = this.#ask(rule);
    if (rule.effect === "deny") this.#addDeny(rule, answer);
    else if (answer === true) this.#addAllow(rule);
    else {
      if (answer !== false && rule.demands) this.#unknownDemands.push(rule);
      this.#unmet = moreSpecific(rule, this.#unmet);
    }
  }

  ruling(): Ruling | undefined {
    const [allow] = this.#allows;
    if (this.#deny !== undefined) return this.#rule("deny", this.#deny);
    if (this.#unknownDeny !== undefined) return this.#rule("unknown", this.#unknownDeny);
    if (allow !== undefined) return this.#allowed(allow);
    if (this.#unmet !== undefined) return this.#rule("unmet", this.#unmet);
    const [passed] = this.#degraded;
    return passed && this.#rule("silent", passed);
  }

  #doubts(): Doubts {
    if (this.#unknownDemands.length === 0) return noDoubts;
    const [allow] = this.#allows;
    const asks = this.#allows.some(({ terms }) => terms?.approval);
    let approval: ScopeRule | undefined;
    let duty: ScopeRule | undefined;
    for (const rule of this.#unknownDemands) {
      // What is less specific than an allow that holds would decide nothing.
      if (!isNotLess(rule, allow)) continue;
      if (rule.terms?.approval || (asks && rule.pattern === allow?.pattern)) approval = moreSpecific(rule, approval);
      else duty = moreSpecific(rule, duty);
    }
    return { approval, duty };
  }

  #ask(rule: ScopeRule): ConditionAnswer {
    const when = rule.terms?.when;
    if (when === undefined) return true;
    return this.#environment === undefined ? "unknown" : when.evaluate(this.#environment);
  }

  #addDeny(rule: ScopeRule, answer: ConditionAnswer): void {
    if (answer === true) this.#deny = moreSpecific(rule, this.#deny);
    else if (answer !== false && rule.terms?.failsOpen === true) this.#degraded.push(rule);
    // INVARIANT (D3): an unknown condition of a deny denies; it never counts as "does not match".
    else if (answer !== false) this.#unknownDeny = moreSpecific(rule, this.#unknownDeny);
  }

  #addAllow(rule: ScopeRule): void {
    const [strongest] = this.#allows;
    if (strongest === undefined || strongest.pattern === rule.pattern) this.#allows.push(rule);
    else if (isMoreSpecific(rule.pattern, strongest.pattern)) this.#allows = [rule];
  }

  #allowed(first: ScopeRule): Ruling {
    // Among equals the one that demands most speaks for all.
    const rule =
      this.#allows.find(({ terms }) => terms?.approval) ?? this.#allows.find(({ demands }) => demands) ?? first;
    const approval = rule.terms?.approval ?? false;
    const obligations = rule.demands ? this.#allows.flatMap(({ terms }) => terms?.obligations ?? []) : none;
    return { effect: "allow", rule, approval, obligations, doubts: this.#doubts(), degraded: this.#degraded };
  }

  #rule(effect: Ruling["effect"], rule: ScopeRule): Ruling {
    return { effect, rule, approval: false, obligations: none, doubts: this.#doubts(), degraded: this.#degraded };
  }
}

const none: readonly Obligation[] = [];

/** INVARIANT (D2): which rule is named does not depend on the order of the file. */
function moreSpecific(rule: ScopeRule, found: ScopeRule | undefined): ScopeRule {
  return found === undefined || isMoreSpecific(rule.pattern, found.pattern) ? rule : found;
}

function isNotLess(rule: ScopeRule, than: ScopeRule | undefined): boolean {
  return than === undefined || !isMoreSpecific(than.pattern, rule.pattern);
}
