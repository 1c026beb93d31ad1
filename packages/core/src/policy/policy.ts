import type { MicroUnits } from "../money.ts";
import type { ScopeIndex } from "./scope-index.ts";

/** How one tool's calls become required scopes and an estimated cost. */
export interface ToolRule {
  /** Literal scopes, all of them required. At least one. */
  readonly scopes: readonly string[];
  readonly cost: MicroUnits;
}

/** A spending limit. */
export interface BudgetRule {
  /** Unique in the policy, such as `budgets[0]`. */
  readonly id: string;
  readonly per: "user" | "agent" | "session" | "tenant";
  readonly limit: MicroUnits;
  /** `day`: the calendar day in the policy's time zone. `lifetime`: never resets. */
  readonly window: "day" | "lifetime";
}

/** A policy file, checked and compiled. Made by `parsePolicy` and never changed. */
export interface Policy {
  /** `sha256:` and 64 hex digits over the source text. */
  readonly digest: string;
  /** The file's name, for messages. */
  readonly source: string;
  /** An IANA time zone. */
  readonly timezone: string;
  /** `undefined` where the file has no `tools`: a tool then requires the scope `tool:` and its name. */
  readonly tools: ReadonlyMap<string, ToolRule> | undefined;
  readonly roles: ReadonlyMap<string, ScopeIndex>;
  readonly budgets: readonly BudgetRule[];
}
