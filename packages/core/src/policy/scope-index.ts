import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { ConditionEnvironment } from "../condition/frame.ts";
import { PatternIndex } from "./pattern-index.ts";

/** One `allow` or `deny` entry of the policy file. */
export interface ScopeRule {
  /** Names the rule in decisions and records, such as `role:rep deny tool:crm:write`. */
  readonly id: string;
  /** Whose rule it is: `role:rep`, `user:u1`, `agent:bot` or `tier:background`. */
  readonly holder: string;
  readonly effect: "allow" | "deny";
  /** A checked scope pattern. */
  readonly pattern: string;
  /** Where the rule stands in the file, from 1. */
  readonly line?: number | undefined;
  /** The rule counts only where this holds. */
  readonly when?: CompiledCondition | undefined;
  /** The text of `when`. */
  readonly condition?: string | undefined;
  /** What to say in place of the usual reason. The policy's own words. */
  readonly message?: string | undefined;
}

/** What a holder's rules say of one scope. */
export interface Ruling {
  /**
   * `unknown`: a deny whose condition could not be evaluated, for unknown is not false. `unmet`: there are allows, but
   * the condition of none of them holds.
   */
  readonly effect: "allow" | "deny" | "unknown" | "unmet";
  readonly rule: ScopeRule;
}

/** The rules of one holder. What a look-up costs does not depend on how many there are. */
export class ScopeIndex {
  readonly #plain = new PatternIndex<ScopeRule>(denyStays);
  readonly #conditional = new PatternIndex<readonly ScopeRule[]>(append);
  readonly #size: number;
  #conditions = 0;

  constructor(rules: Iterable<ScopeRule>) {
    let size = 0;
    for (const rule of rules) {
      size += 1;
      if (rule.when === undefined) this.#plain.add(rule.pattern, rule);
      else {
        this.#conditions += 1;
        this.#conditional.add(rule.pattern, [rule]);
      }
    }
    this.#size = size;
  }

  /** How many rules were given. */
  get size(): number {
    return this.#size;
  }

  /** Whether any rule has a condition. */
  get hasConditions(): boolean {
    return this.#conditions > 0;
  }

  /**
   * What decides a literal scope: a deny before any allow. Conditions are asked of the environment; without one, as in a
   * check that knows no arguments, their answer is unknown.
   */
  rule(scope: string, environment: ConditionEnvironment | undefined): Ruling | undefined {
    const plain = this.find(scope);
    if (plain?.effect === "deny") return { effect: "deny", rule: plain };
    const conditional = this.#conditions === 0 ? undefined : this.#ask(scope, environment);
    if (conditional !== undefined && conditional.effect !== "unmet") {
      if (conditional.effect !== "allow" || plain === undefined) return conditional;
    }
    return plain === undefined ? conditional : { effect: "allow", rule: plain };
  }

  /** The unconditional rule that decides a literal scope: a deny before any allow, the exact rule before a pattern. */
  find(scope: string): ScopeRule | undefined {
    let found = this.#plain.exact(scope);
    if (found?.effect === "deny" || !this.#plain.hasWildcards) return found;
    this.#plain.visitWildcards(scope, (rule) => {
      if (rule.effect === "deny") found = rule;
      else found ??= rule;
      return rule.effect === "deny";
    });
    return found;
  }

  /** Every rule that covers a literal scope, for explanations: of equal patterns without conditions, the one that counts. */
  matching(scope: string): ScopeRule[] {
    const plain = this.#plain.exact(scope);
    const found: ScopeRule[] = plain === undefined ? [] : [plain];
    this.#plain.visitWildcards(scope, (rule) => found.push(rule) === 0);
    found.push(...(this.#conditional.exact(scope) ?? []));
    this.#conditional.visitWildcards(scope, (rules) => found.push(...rules) === 0);
    return found;
  }

  #ask(scope: string, environment: ConditionEnvironment | undefined): Ruling | undefined {
    let unknown: ScopeRule | undefined;
    let allow: ScopeRule | undefined;
    let unmet: ScopeRule | undefined;
    let deny: ScopeRule | undefined;
    const weigh = (rules: readonly ScopeRule[]): boolean => {
      for (const rule of rules) {
        const answer = environment === undefined ? "unknown" : rule.when?.evaluate(environment);
        if (rule.effect === "deny") {
          if (answer === true) deny ??= rule;
          // INVARIANT (D3): an unknown condition of a deny denies; it never counts as "does not match".
          else if (answer !== false) unknown ??= rule;
        } else if (answer === true) allow ??= rule;
        else unmet ??= rule;
      }
      return deny !== undefined;
    };
    const stopped = weigh(this.#conditional.exact(scope) ?? []);
    if (!stopped) this.#conditional.visitWildcards(scope, weigh);
    if (deny !== undefined) return { effect: "deny", rule: deny };
    if (unknown !== undefined) return { effect: "unknown", rule: unknown };
    if (allow !== undefined) return { effect: "allow", rule: allow };
    return unmet && { effect: "unmet", rule: unmet };
  }
}

/** INVARIANT (D2): where a pattern is both allowed and denied the deny stays, in whichever order they came. */
function denyStays(before: ScopeRule | undefined, added: ScopeRule): ScopeRule {
  return before?.effect === "deny" ? before : added;
}

function append(before: readonly ScopeRule[] | undefined, added: readonly ScopeRule[]): readonly ScopeRule[] {
  return before === undefined ? added : [...before, ...added];
}
