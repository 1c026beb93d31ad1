import { scopeMatches } from "../scope.ts";

/** One `allow` or `deny` entry of the policy file. */
export interface ScopeRule {
  /** Names the rule in decisions and records, such as `role:rep deny tool:crm:write`. */
  readonly id: string;
  /** The role whose rule it is. */
  readonly role: string;
  readonly effect: "allow" | "deny";
  /** A checked scope pattern. */
  readonly pattern: string;
}

/** The rules of one role, arranged so that a look-up costs the same however many there are. */
export class ScopeIndex {
  readonly #exact = new Map<string, ScopeRule>();
  readonly #patterns: ScopeRule[] = [];

  constructor(rules: Iterable<ScopeRule>) {
    for (const rule of rules) this.#add(rule);
  }

  /** The rule that decides a literal scope: a deny before any allow, the exact rule before a pattern. */
  find(scope: string): ScopeRule | undefined {
    let found = this.#exact.get(scope);
    if (found?.effect === "deny") return found;
    for (const rule of this.#patterns) {
      if (!scopeMatches(rule.pattern, scope)) continue;
      if (rule.effect === "deny") return rule;
      found ??= rule;
    }
    return found;
  }

  #add(rule: ScopeRule): void {
    if (rule.pattern.includes("*")) {
      this.#patterns.push(rule);
      return;
    }
    // INVARIANT: where a scope is both allowed and denied, the deny stays, in whichever order they came.
    if (this.#exact.get(rule.pattern)?.effect !== "deny") this.#exact.set(rule.pattern, rule);
  }
}
