import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { Obligation } from "./obligation.ts";

/** What an entry says besides its scope. */
export interface RuleTerms {
  /** The rule counts only where this holds. */
  readonly when: CompiledCondition | undefined;
  /** The text of `when`. */
  readonly condition: string | undefined;
  /** What to say in place of the usual reason. The policy's own words. */
  readonly message: string | undefined;
  /** What the model should do instead. The policy's own words. */
  readonly hint: string | undefined;
  readonly approval: boolean;
  readonly obligations: readonly Obligation[];
  /** Of a deny: whether it is passed over where its condition cannot be evaluated. */
  readonly failsOpen: boolean;
}

/** What a holder's rules say of one scope. */
export interface Ruling {
  /**
   * `unknown`: a deny whose condition could not be evaluated, for unknown is not false. `unmet`: there are allows, but
   * the condition of none of them holds. `silent`: there are only denies, and all were passed over.
   */
  readonly effect: "allow" | "deny" | "unknown" | "unmet" | "silent";
  readonly rule: ScopeRule;
  /** Of an allow: whether a person must approve. */
  readonly approval: boolean;
  /** Of an allow: the duties that come with it. */
  readonly obligations: readonly Obligation[];
  /** Allows with demands that could not be evaluated, and would decide among the holder's if they held. */
  readonly doubts: Doubts;
  /** Denies that could not be evaluated and that the policy lets pass for that. */
  readonly degraded: readonly ScopeRule[];
}

/** What a holder might demand, for all that is known. */
export interface Doubts {
  /** With it the holder's grant would ask for approval. */
  readonly approval: ScopeRule | undefined;
  /** With it the holder's grant would carry duties, and ask for no approval. */
  readonly duty: ScopeRule | undefined;
}

/** Nothing is in doubt. */
export const noDoubts: Doubts = { approval: undefined, duty: undefined };

/** What decisions say of a rule. */
export interface RuleWords {
  readonly id: string;
  /** Such as `role:rep denied tool:crm:write`. */
  readonly description: string;
}

/** One `allow` or `deny` entry of the policy file. Most say only a scope, and there may be 100,000 of them. */
export class ScopeRule implements Ruling {
  /** Whose rule it is: `role:rep`, `user:u1`, `agent:bot` or `tier:background`. */
  readonly holder: string;
  readonly effect: "allow" | "deny";
  /** A checked scope pattern. */
  readonly pattern: string;
  /** Where the rule stands in the file, from 1. */
  readonly line: number;
  readonly terms: RuleTerms | undefined;
  #words: RuleWords | undefined;

  constructor(
    holder: string,
    { effect, pattern, line }: Pick<ScopeRule, "effect" | "pattern" | "line">,
    terms?: RuleTerms,
  ) {
    this.holder = holder;
    this.effect = effect;
    this.pattern = pattern;
    this.line = line;
    this.terms = terms;
  }

  /** Names the rule in decisions and records, such as `role:rep deny tool:crm:write`. */
  get id(): string {
    return this.words.id;
  }

  /** What is said of the rule. Made when it is first asked for: most rules never decide. */
  get words(): RuleWords {
    const { holder, effect, pattern } = this;
    this.#words ??= {
      id: `${holder} ${effect} ${pattern}`,
      description: `${holder} ${effect === "deny" ? "denied" : "allowed"} ${pattern}`,
    };
    return this.#words;
  }

  /** Whether something is asked of an allowed call besides its condition. */
  get demands(): boolean {
    return this.terms !== undefined && (this.terms.approval || this.terms.obligations.length > 0);
  }

  /** A rule is what it decides alone: a look-up that ends here has no other object to fetch. */
  get rule(): ScopeRule {
    return this;
  }

  get approval(): boolean {
    return this.terms?.approval ?? false;
  }

  get obligations(): readonly Obligation[] {
    return this.terms?.obligations ?? none;
  }

  get doubts(): Doubts {
    return noDoubts;
  }

  get degraded(): readonly ScopeRule[] {
    return none;
  }
}

/** What a rule decides whose condition could not be evaluated, and which could deny. */
export function unknownRuling(rule: ScopeRule): Ruling {
  return { effect: "unknown", rule, approval: false, obligations: none, doubts: noDoubts, degraded: none };
}

const none: readonly never[] = Object.freeze([]);
