import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { CompiledExpression } from "../condition/compile-expression.ts";
import type { MicroUnits } from "../money.ts";
import type { ScopeIndex } from "./scope-index.ts";

/** What a tool requires where a condition holds. */
export interface ScopeChoice {
  /** `undefined`: always. */
  readonly when: CompiledCondition | undefined;
  /** Literal scopes, all of them required. At least one. */
  readonly scopes: readonly string[];
}

/** How one tool's calls become required scopes and an estimated cost. */
export interface ToolRule {
  /** In the order of the file: the first whose condition holds counts. At least one. */
  readonly choices: readonly ScopeChoice[];
  readonly cost: MicroUnits | CompiledExpression;
}

/** A spending limit. */
export interface BudgetRule {
  /** Unique in the policy, such as `user day`. */
  readonly id: string;
  readonly per: "user" | "agent" | "session" | "tenant";
  readonly limit: MicroUnits;
  /** `day`: the calendar day in the policy's time zone. `lifetime`: never resets. */
  readonly window: "day" | "lifetime";
}

/** What agents may hold at most, whatever their users hold. */
export interface Ceilings {
  readonly agents: ReadonlyMap<string, ScopeIndex>;
  readonly tiers: ReadonlyMap<string, ScopeIndex>;
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
  /** What single users are allowed or denied besides their roles. */
  readonly users: ReadonlyMap<string, ScopeIndex>;
  /** `undefined` where the file has no `agents`: agents then have no ceiling. */
  readonly ceilings: Ceilings | undefined;
  readonly budgets: readonly BudgetRule[];
  /** Whether denials name alternatives. */
  readonly suggests: boolean;
  /** The literal scopes that the file names, by their text before the last segment. */
  readonly neighbours: ReadonlyMap<string, readonly string[]>;
}

/** A policy that may be replaced while calls are judged. Each call ends with the policy that it began with. */
export interface PolicyReference {
  /** `undefined`: nothing is allowed. */
  readonly current: Policy | undefined;
}
