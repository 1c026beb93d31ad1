import type { Owner } from "./history-rule.ts";

/** At most so many calls in any interval, or at once. */
export interface LimitRule {
  /** Unique in the policy. */
  readonly id: string;
  /** Whose calls count together: all of these being equal. At least one. */
  readonly per: readonly (Owner | "tool")[];
  /** Only calls that require a scope of this pattern count. */
  readonly scope: string | undefined;
  /** Only calls of this tool count. */
  readonly tool: string | undefined;
  /** 1 to 1,000. */
  readonly max: number;
  /** Milliseconds. `undefined`: `max` is how many may run at once. */
  readonly window: number | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
}

/** When a session counts as having run away. `undefined`: that does not matter. */
export interface RunawayRule {
  /** At most `max` equal calls in `window` milliseconds. */
  readonly identical: { readonly max: number; readonly window: number } | undefined;
  /** Fewer failed calls in a row than this. */
  readonly failures: number | undefined;
  /** Fewer denied calls in a row than this. */
  readonly denials: number | undefined;
  /** No cycle of 2 to 4 calls so many times in a row. */
  readonly cycles: number | undefined;
  /** How long the session is suspended, in milliseconds. */
  readonly cooldown: number;
}
