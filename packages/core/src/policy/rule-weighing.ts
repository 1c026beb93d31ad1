import type { ConditionAnswer, ConditionEnvironment } from "../condition/frame.ts";
import { isMoreSpecific } from "../scope.ts";
import { type Doubts, noDoubts, type Ruling, type ScopeRule } from "./scope-rule.ts";

/** Weighs the rules of one holder that cover one scope, given in any order, against each other. */
export class RuleWeighing {
  readonly #environment: ConditionEnvironment | undefined;
  /** The most specific allow that holds, and all others of its pattern. */
  #allow: ScopeRule | undefined;
  #equals: ScopeRule[] | undefined;
  #deny: ScopeRule | undefined;
  #unknownDeny: ScopeRule | undefined;
  /** The allows with demands that could not be evaluated. */
  #unknownDemands: ScopeRule[] | undefined;
  #unmet: ScopeRule | undefined;
  #degraded: ScopeRule[] | undefined;

  /** `plain`: the allow without condition or demand that would decide alone, if there is one. */
  constructor(environment: ConditionEnvironment | undefined, plain: ScopeRule | undefined) {
    this.#environment = environment;
    this.#allow = plain;
  }

  add(rule: ScopeRule): void {
    const answer = this.#ask(rule);
    if (rule.effect === "deny") this.#addDeny(rule, answer);
    else if (answer === true) this.#addAllow(rule);
    else {
      if (answer !== false && rule.demands) this.#unknownDemands = added(this.#unknownDemands, rule);
      this.#unmet = moreSpecific(rule, this.#unmet);
    }
  }

  ruling(): Ruling | undefined {
    const allow = this.#allow;
    if (this.#deny !== undefined) return this.#rule("deny", this.#deny);
    if (this.#unknownDeny !== undefined) return this.#rule("unknown", this.#unknownDeny);
    if (allow !== undefined) return this.#allowed(allow);
    if (this.#unmet !== undefined) return this.#rule("unmet", this.#unmet);
    const passed = this.#degraded?.[0];
    return passed && this.#rule("silent", passed);
  }

  #doubts(): Doubts {
    if (this.#unknownDemands === undefined) return noDoubts;
    const allow = this.#allow;
    const asks = allow !== undefined && this.#all(allow).some(({ terms }) => terms?.approval);
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
    const environment = this.#environment;
    if (environment === undefined) return "unknown";
    const answer = when.evaluate(environment);
    environment.answers?.heard(when, answer);
    return answer;
  }

  #addDeny(rule: ScopeRule, answer: ConditionAnswer): void {
    if (answer === true) this.#deny = moreSpecific(rule, this.#deny);
    else if (answer !== false && rule.terms?.failsOpen === true) this.#degraded = added(this.#degraded, rule);
    // INVARIANT (D3): an unknown condition of a deny denies; it never counts as "does not match".
    else if (answer !== false) this.#unknownDeny = moreSpecific(rule, this.#unknownDeny);
  }

  #addAllow(rule: ScopeRule): void {
    const strongest = this.#allow;
    if (strongest?.pattern === rule.pattern) this.#equals = added(this.#equals, rule);
    else if (strongest === undefined || isMoreSpecific(rule.pattern, strongest.pattern)) {
      this.#allow = rule;
      this.#equals = undefined;
    }
  }

  #all(allow: ScopeRule): readonly ScopeRule[] {
    return this.#equals === undefined ? [allow] : [allow, ...this.#equals];
  }

  #allowed(allow: ScopeRule): Ruling {
    // A rule is what it decides alone.
    if (this.#equals === undefined && this.#unknownDemands === undefined && this.#degraded === undefined) return allow;
    const all = this.#all(allow);
    // Among equals the one that demands most speaks for all.
    const rule = all.find(({ terms }) => terms?.approval) ?? all.find(({ demands }) => demands) ?? allow;
    const approval = rule.terms?.approval ?? false;
    const obligations = rule.demands ? all.flatMap(({ terms }) => terms?.obligations ?? []) : none;
    return { effect: "allow", rule, approval, obligations, doubts: this.#doubts(), degraded: this.#degraded ?? none };
  }

  #rule(effect: Ruling["effect"], rule: ScopeRule): Ruling {
    return {
      effect,
      rule,
      approval: false,
      obligations: none,
      doubts: this.#doubts(),
      degraded: this.#degraded ?? none,
    };
  }
}

const none: readonly never[] = Object.freeze([]);

/** Into the list that is there: most often there is none, and it is not made before it is needed. */
function added(rules: ScopeRule[] | undefined, rule: ScopeRule): ScopeRule[] {
  if (rules === undefined) return [rule];
  rules.push(rule);
  return rules;
}

/** INVARIANT (D2): which rule is named does not depend on the order of the file. */
function moreSpecific(rule: ScopeRule, found: ScopeRule | undefined): ScopeRule {
  return found === undefined || isMoreSpecific(rule.pattern, found.pattern) ? rule : found;
}

function isNotLess(rule: ScopeRule, than: ScopeRule | undefined): boolean {
  return than === undefined || !isMoreSpecific(than.pattern, rule.pattern);
}
