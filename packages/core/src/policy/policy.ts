import type { ArgumentRule } from "../arguments/argument-rule.ts";
import type { CalendarUnit } from "../calendar.ts";
import type { CompiledCondition } from "../condition/compile-condition.ts";
import type { CompiledExpression } from "../condition/compile-expression.ts";
import type { CostReference } from "../cost-function.ts";
import type { MicroUnits } from "../money.ts";
import type { HistoryIndex } from "./history-index.ts";
import type { Owner } from "./history-rule.ts";
import type { LimitRule, RunawayRule } from "./limit-rule.ts";
import type { ScopeDirectory } from "./scope-directory.ts";
import type { ScopeRules } from "./scope-rules.ts";

/** What counts where a condition holds. */
export interface ScopeChoice {
  /** `undefined`: always. */
  readonly when: CompiledCondition | undefined;
  /** The text of `when`. */
  readonly condition: string | undefined;
  /** Literal scopes, all of them required, or labels, all of them attached. At least one. */
  readonly use: readonly string[];
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

/** What looks at a tool's results, and which labels it may attach to them. */
export interface ClassifierRule {
  /** The name by which the application supplies it. */
  readonly by: string;
  /** At least one. */
  readonly labels: readonly string[];
}

/** How one tool's calls become required scopes, labels and an estimated cost. */
export interface ToolRule {
  /** In the order of the file: the first whose condition holds counts. At least one. */
  readonly choices: readonly ScopeChoice[];
  /** All whose conditions hold count. */
  readonly labels: readonly ScopeChoice[];
  /** What attaches labels to its results. */
  readonly classifiers: readonly ClassifierRule[];
  /** `undefined`: any arguments. */
  readonly arguments: ArgumentRule | undefined;
  readonly cost: MicroUnits | CompiledExpression | CostReference;
}

/** A spending limit. */
export interface BudgetRule {
  /** Unique in the policy, such as `user day`. */
  readonly id: string;
  readonly per: Owner;
  /** Only calls that require a scope of this pattern are charged. */
  readonly scope: string | undefined;
  readonly limit: MicroUnits;
  /** A window of the calendar of the policy's time zone; the last so many milliseconds; or for ever. */
  readonly window: CalendarUnit | "lifetime" | { readonly rolling: number };
  /** At which shares of the limit somebody is told, in percent, rising. */
  readonly alerts: readonly number[];
}

/** The rules for the users of one id. */
export interface UserRules {
  readonly anyIssuer: ScopeRules | undefined;
  /** For the users of these issuers, the rules for any issuer's included. */
  readonly byIssuer: ReadonlyMap<string, ScopeRules>;
}

/** What agents may hold at most, whatever their users hold. */
export interface Ceilings {
  readonly agents: ReadonlyMap<string, ScopeRules>;
  readonly tiers: ReadonlyMap<string, ScopeRules>;
}

/** Who approves, and for how long an approval stands. */
export interface ApprovalRule {
  /** Milliseconds. */
  readonly lifetime: number;
  /** The names of the roles that may approve. */
  readonly approvers: readonly string[];
  /** Whether nobody approves what they asked for themselves. */
  readonly separation: boolean;
  /** Milliseconds after the answer in which the same call may be made again under it. 0: an approval is good for one call. */
  readonly reuse: number;
}

/** A policy file, checked and compiled. Made by `parsePolicy` and never changed. */
export interface Policy {
  /** `sha256:` and 64 hex digits over the source text. */
  readonly digest: string;
  /** The file's name, for messages. */
  readonly source: string;
  /** The one tenant for whom it decides. `undefined`: every tenant. */
  readonly tenant: string | undefined;
  /** An IANA time zone. */
  readonly timezone: string;
  /** `undefined` where the file has no `tools`: a tool then requires the scope `tool:` and its name. */
  readonly tools: ReadonlyMap<string, ToolRule> | undefined;
  readonly roles: ReadonlyMap<string, ScopeRules>;
  /** What single users are allowed or denied besides their roles. */
  readonly users: ReadonlyMap<string, UserRules>;
  /** `undefined` where the file has no `agents`: agents then have no ceiling. */
  readonly ceilings: Ceilings | undefined;
  readonly approvals: ApprovalRule;
  readonly budgets: readonly BudgetRule[];
  readonly history: HistoryIndex;
  readonly limits: readonly LimitRule[];
  readonly runaway: RunawayRule;
  /** Whether calls run without their budgets where the state store cannot answer. */
  readonly opens: boolean;
  /** Whether denials name alternatives. */
  readonly suggests: boolean;
  /** Which roles may be allowed a scope, and what stands beside it, for denials that name alternatives. */
  readonly directory: ScopeDirectory;
}

/** A policy that may be replaced while calls are judged. Each call ends with the policy that it began with. */
export interface PolicyReference {
  /** `undefined`: nothing is allowed. */
  readonly current: Policy | undefined;
}

/** One policy a tenant. A tenant that has none is allowed nothing. */
export interface TenantPolicies {
  readonly tenants: ReadonlyMap<string, Policy>;
}
