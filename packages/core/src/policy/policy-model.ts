import type { CostReference } from "../cost-function.ts";
import type { MicroUnits } from "../money.ts";
import type { JsonObject } from "../tool-call.ts";
import type { HistoryRule } from "./history-rule.ts";
import type { LimitRule, RunawayRule } from "./limit-rule.ts";
import type { Obligation } from "./obligation.ts";
import type { BudgetRule, ClassifierRule } from "./policy.ts";

/** One `allow` or `deny` entry. */
export interface RuleModel {
  readonly effect: "allow" | "deny";
  /** A checked scope pattern. */
  readonly pattern: string;
  /** Where it stands in the file, from 1. */
  readonly line: number;
  readonly terms: RuleTermsModel | undefined;
}

/** What an entry says besides its scope. */
export interface RuleTermsModel {
  readonly condition: string | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
  readonly approval: boolean;
  readonly obligations: readonly Obligation[];
  readonly failsOpen: boolean;
}

/** The rules of one role, user, agent or tier. */
export interface HolderModel {
  readonly kind: "role" | "user" | "agent" | "tier";
  readonly name: string;
  /** Of a user: the one issuer whose user is meant. */
  readonly issuer: string | undefined;
  readonly rules: readonly RuleModel[];
}

/** What counts where a condition holds: scopes that a tool requires, or labels that it attaches. */
export interface ChoiceModel {
  readonly condition: string | undefined;
  readonly use: readonly string[];
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

/** One entry of `tools`. */
export interface ToolModel {
  readonly name: string;
  readonly choices: readonly ChoiceModel[];
  readonly labels: readonly ChoiceModel[];
  readonly classifiers: readonly ClassifierRule[];
  readonly arguments: readonly string[] | JsonObject | undefined;
  /** An exact amount, the text of an expression, or the name of what the application computes it with. */
  readonly cost: MicroUnits | string | CostReference;
}

/** A policy file that was checked whole, as plain data that can be sent to another thread. */
export interface PolicyModel {
  readonly digest: string;
  readonly source: string;
  readonly tenant: string | undefined;
  readonly timezone: string;
  readonly opens: boolean;
  readonly suggests: boolean;
  readonly approvals: ApprovalModel;
  readonly tools: readonly ToolModel[] | undefined;
  readonly holders: readonly HolderModel[];
  /** Whether the file has the section `agents`. */
  readonly hasCeilings: boolean;
  readonly budgets: readonly BudgetRule[];
  readonly rules: readonly HistoryRuleModel[];
  readonly limits: readonly LimitRule[];
  readonly runaway: RunawayRule;
}

/** A rule over what was done before, with its condition as text. */
export type HistoryRuleModel = HistoryRule<string>;

/** Who approves, and for how long an approval stands. */
export interface ApprovalModel {
  /** Milliseconds. */
  readonly lifetime: number;
  /** The names of the roles that may approve. */
  readonly approvers: readonly string[];
  /** Whether nobody approves what they asked for themselves. */
  readonly separation: boolean;
  /** Milliseconds after the answer in which the same call may be made again under it. 0: an approval is good for one call. */
  readonly reuse: number;
}
