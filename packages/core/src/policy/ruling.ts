import type { Obligation } from "./policy.ts";
import type { ScopeRule } from "./scope-rule.ts";

/** What a holder's rules say of one scope. */
export interface Ruling {
  /**
   * `unknown`: a deny, or an allow with demands that would have decided, whose condition could not be evaluated, for
   * unknown is not false. `unmet`: there are allows, but the condition of none of them holds.
   */
  readonly effect: "allow" | "deny" | "unknown" | "unmet";
  readonly rule: ScopeRule;
  /** Of an allow: whether a person must approve. */
  readonly approval: boolean;
  /** Of an allow: the duties that come with it. */
  readonly obligations: readonly Obligation[];
  /** Denies that could not be evaluated and that the policy lets pass for that. */
  readonly degraded: readonly ScopeRule[];
}
