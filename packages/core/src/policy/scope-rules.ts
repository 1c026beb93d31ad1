import type { ConditionEnvironment } from "../condition/frame.ts";
import type { Ruling, ScopeRule } from "./scope-rule.ts";

/** The rules of one holder, by scope. What a look-up costs does not depend on how many there are. */
export interface ScopeRules {
  /** How many rules there are. */
  readonly size: number;
  /**
   * What decides a literal scope: a deny before any allow, and of allows the most specific. Conditions are asked of the
   * environment; without one, as in a check that knows no arguments, their answer is unknown.
   */
  rule(scope: string, environment: ConditionEnvironment | undefined): Ruling | undefined;
  /** Every rule that covers a literal scope, for explanations. */
  matching(scope: string): ScopeRule[];
  /** Whether some call of the scope could be allowed, whatever conditions answer. */
  mayAllow(scope: string): boolean;
  /** All rules, in no order. */
  all(): Iterable<ScopeRule>;
}
