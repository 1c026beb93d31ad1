import type { ConditionAnswer, ConditionEnvironment } from "./condition/frame.ts";
import { isCostReference } from "./cost-function.ts";
import type { Alternatives, DenyCode } from "./decision.ts";
import { findAlternatives } from "./find-alternatives.ts";
import { type Change, findChanges } from "./find-changes.ts";
import { environmentOf } from "./judge-call.ts";
import { formatMoney } from "./money.ts";
import { ceilingsOf, decidePermission, grantors, holderOf, holds, type PermissionRequest } from "./permit.ts";
import type { Obligation } from "./policy/obligation.ts";
import type { BudgetRule, Policy, ScopeChoice } from "./policy/policy.ts";
import type { ScopeRules } from "./policy/scope-rules.ts";
import { policyFor } from "./policy-choice.ts";
import { readCall } from "./read-call.ts";
import { isResolveFault, type Requirement, type ResolveFault, resolveCall } from "./resolve-call.ts";
import { scopeMatches } from "./scope.ts";
import type { CallContext, ToolCall } from "./tool-call.ts";

/** One rule that covers a required scope, and what its condition answered. */
export interface RuleFinding {
  readonly rule: string;
  readonly effect: "allow" | "deny";
  /** Where it stands in the policy file, from 1. */
  readonly line: number | undefined;
  readonly condition: string | undefined;
  /** `true` where the rule has no condition. */
  readonly answer: ConditionAnswer;
}

/** How one required scope fared. */
export interface ScopeExplanation {
  readonly scope: string;
  /** Rules of the user and the user's roles that cover it. */
  readonly grants: readonly RuleFinding[];
  /** Rules of each ceiling of the agent, in order; `undefined`: the policy has ceilings, and none for this agent. */
  readonly ceilings: readonly (readonly RuleFinding[])[] | undefined;
  /** Whether the user's own credential holds it. */
  readonly held: boolean;
  /** Whether the task was given it; `true` where the task was not narrowed. */
  readonly given: boolean;
}

/** An entry of a tool's `scope`, and what its condition answered. */
export interface ChoiceFinding {
  /** In the policy file, from 1. */
  readonly line: number;
  readonly condition: string | undefined;
  /** `true` where the entry has no condition; `undefined` where it was not asked, for an entry before it had decided. */
  readonly answer: ConditionAnswer | undefined;
  readonly scopes: readonly string[];
}

/** A budget that a permitted call would reserve its cost from. */
export interface BudgetFinding {
  readonly id: string;
  readonly per: BudgetRule["per"];
  readonly window: BudgetRule["window"];
  readonly limit: string;
}

/** The whole derivation of what the policy says to a call; history, limits and budgets aside. */
export interface CallExplanation {
  readonly decision: "permit" | "deny";
  readonly code: "permitted" | DenyCode;
  readonly reason: string;
  readonly rule: string | undefined;
  /** `undefined` where the call is not resolved, and where a function of the application computes it. */
  readonly cost: string | undefined;
  /** The name of the function that computes the cost, which is not asked here. */
  readonly costBy: string | undefined;
  /** The entries of the tool's `scope`, in the order of the file; none where the policy does not list the tool. */
  readonly choices: readonly ChoiceFinding[];
  /** Which of `choices` says what the call requires, from 0. */
  readonly choice: number | undefined;
  readonly scopes: readonly ScopeExplanation[];
  /** What kind of data the agent has touched once the call has run. */
  readonly labels: readonly string[];
  /** Duties that come with the permit. */
  readonly obligations: readonly Obligation[];
  /** Ids of rules that could not be evaluated and that the policy lets pass for that. */
  readonly degraded: readonly string[];
  /** Budgets that would be asked, were the call permitted; they are not asked here. */
  readonly budgets: readonly BudgetFinding[];
  /** What would have to be otherwise for the call to be permitted: all of it together. Empty where it is. */
  readonly changes: readonly Change[];
  readonly alternatives: Alternatives | undefined;
}

/** What {@link explainCall} is asked. */
export interface ExplainRequest {
  readonly policy: Policy;
  readonly call: ToolCall;
  readonly context: CallContext;
  /** Epoch milliseconds: what conditions read as `now`. */
  readonly now: number;
}

/**
 * Derives the decision of a call step by step, by the very functions that decide it. Pure: nothing is recorded or spent,
 * and neither history nor limits nor budgets are asked.
 */
export function explainCall({ policy, call, context, now }: ExplainRequest): CallExplanation {
  const reading = readCall(call, context);
  const { context: known, arguments: args, tool } = reading;
  if (known === undefined) {
    const reason = reading.contextFault ?? "it is not known who is asking";
    return { ...nothing, code: "unauthenticated", reason, changes: [{ kind: "context", reason }] };
  }
  if (policyFor(policy, known.tenant) === undefined) {
    const changes: readonly Change[] = [{ kind: "context", reason: "this policy is another tenant's" }];
    return { ...nothing, code: "unavailable", reason: "no policy is loaded, so nothing is allowed", changes };
  }
  if (args === undefined || reading.callFault !== undefined) {
    const reason = reading.callFault ?? "the arguments are not acceptable JSON";
    return { ...nothing, code: "invalid_arguments", reason, changes: [{ kind: "argument", reason }] };
  }
  const environment = environmentOf(known, args, now);
  const choices = findChoices(policy.tools?.get(tool)?.choices ?? [], environment);
  const costBy = costFunctionOf(policy, tool);
  // What the application computes is none of the policy's, so here any amount will do.
  const costs = new Map(costBy === undefined ? [] : [[costBy, () => 0]]);
  const requirement = resolveCall({ policy, tool, arguments: args, context: known, environment, costs });
  if (isResolveFault(requirement)) {
    const { code, reason } = requirement;
    return { ...nothing, code, reason, choices, changes: [unresolved(tool, requirement)] };
  }
  const holder = holderOf(known);
  const choice = choices.findIndex(({ answer }) => answer === true);
  const explained = explainPermission({ policy, holder, requirement, environment }, environment, requirement);
  return {
    ...explained,
    cost: costBy === undefined ? formatMoney(requirement.cost) : undefined,
    costBy,
    choices,
    choice: choice === -1 ? undefined : choice,
  };
}

const nothing = {
  decision: "deny",
  rule: undefined,
  cost: undefined,
  costBy: undefined,
  choices: [],
  choice: undefined,
  scopes: [],
  labels: [],
  obligations: [],
  degraded: [],
  budgets: [],
  alternatives: undefined,
} as const;

function costFunctionOf({ tools }: Policy, tool: string): string | undefined {
  const cost = tools?.get(tool)?.cost;
  return typeof cost === "object" && isCostReference(cost) ? cost.by : undefined;
}

function unresolved(tool: string, { code, reason, detail }: ResolveFault): Change {
  return code === "unknown_tool" ? { kind: "tool", tool } : { kind: "argument", reason: detail ?? reason };
}

function findChoices(choices: readonly ScopeChoice[], environment: ConditionEnvironment): readonly ChoiceFinding[] {
  let decided = false;
  return choices.map(({ when, condition, use, line }): ChoiceFinding => {
    const answer = when === undefined ? true : when.evaluate(environment);
    const finding = { line, condition, answer: decided ? undefined : answer, scopes: use };
    decided ||= answer !== false;
    return finding;
  });
}

function explainPermission(
  request: PermissionRequest,
  environment: ConditionEnvironment,
  requirement: Requirement,
): Omit<CallExplanation, "choices" | "choice" | "cost" | "costBy"> {
  const permission = decidePermission(request);
  const refused = permission.allowed ? undefined : permission.scope;
  return {
    decision: permission.allowed ? "permit" : "deny",
    code: permission.allowed ? "permitted" : permission.code,
    reason: permission.reason,
    rule: permission.rule,
    scopes: requirement.scopes.map((scope) => explainScope(request, environment, scope)),
    labels: requirement.labels,
    obligations: permission.allowed ? permission.obligations : [],
    degraded: permission.allowed ? permission.degraded : [],
    budgets: findBudgets(request.policy, requirement.scopes),
    changes: permission.allowed ? [] : findChanges(request, environment),
    alternatives: refused === undefined ? undefined : findAlternatives(request, refused),
  };
}

function findBudgets({ budgets }: Policy, required: readonly string[]): readonly BudgetFinding[] {
  return budgets
    .filter(({ scope }) => scope === undefined || required.some((literal) => scopeMatches(scope, literal)))
    .map(({ id, per, window, limit }) => ({ id, per, window, limit: formatMoney(limit) }));
}

function explainScope(request: PermissionRequest, environment: ConditionEnvironment, scope: string): ScopeExplanation {
  const { scopes, grant } = request.holder;
  return {
    scope,
    grants: grantors(request).flatMap((index) => findings(index, environment, scope)),
    ceilings: ceilingsOf(request)?.map((index) => findings(index, environment, scope)),
    held: holds(scopes, scope),
    given: grant === undefined || holds(grant, scope),
  };
}

function findings(index: ScopeRules, environment: ConditionEnvironment, scope: string): RuleFinding[] {
  return index.matching(scope).map(({ id, effect, line, terms }) => ({
    rule: id,
    effect,
    line,
    condition: terms?.condition,
    answer: terms?.when === undefined ? true : terms.when.evaluate(environment),
  }));
}
