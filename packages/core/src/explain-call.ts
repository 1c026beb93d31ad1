import type { ConditionAnswer } from "./condition/compile-condition.ts";
import type { ConditionEnvironment } from "./condition/frame.ts";
import type { Alternatives, DenyCode } from "./decision.ts";
import { findAlternatives } from "./find-alternatives.ts";
import { environmentOf } from "./judge-call.ts";
import { formatMoney } from "./money.ts";
import { ceilingsOf, decidePermission, grantors, holds, type PermissionRequest } from "./permit.ts";
import type { Policy } from "./policy/policy.ts";
import type { ScopeRules } from "./policy/scope-rules.ts";
import { readCall } from "./read-call.ts";
import { resolveCall } from "./resolve-call.ts";
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

/** The whole derivation of what the policy says to a call, budgets aside. */
export interface CallExplanation {
  readonly decision: "permit" | "deny";
  readonly code: "permitted" | DenyCode;
  readonly reason: string;
  readonly rule: string | undefined;
  readonly cost: string | undefined;
  readonly scopes: readonly ScopeExplanation[];
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
 * and budgets are not asked.
 */
export function explainCall({ policy, call, context, now }: ExplainRequest): CallExplanation {
  const reading = readCall(call, context);
  if (reading.context === undefined) return unexplained("unauthenticated", reading.contextFault);
  if (reading.arguments === undefined || reading.callFault !== undefined) {
    return unexplained("invalid_arguments", reading.callFault);
  }
  const known = reading.context;
  const environment = environmentOf(known, reading.arguments, now);
  const requirement = resolveCall({ policy, tool: reading.tool, arguments: reading.arguments, environment });
  if (!("scopes" in requirement)) return unexplained(requirement.code, requirement.reason);
  const holder = { ...known, actor: { id: known.actor, tier: known.tier } };
  const request: PermissionRequest = { policy, holder, requirement, environment };
  const permission = decidePermission(request);
  const { allowed, reason, rule } = permission;
  const refused = permission.allowed ? undefined : permission.scope;
  return {
    decision: allowed ? "permit" : "deny",
    code: permission.allowed ? "permitted" : permission.code,
    reason,
    rule,
    cost: formatMoney(requirement.cost),
    scopes: requirement.scopes.map((scope) => explainScope(request, environment, scope)),
    alternatives: refused === undefined ? undefined : findAlternatives(request, refused),
  };
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

function unexplained(code: DenyCode, reason = "the call cannot be judged"): CallExplanation {
  return { decision: "deny", code, reason, rule: undefined, cost: undefined, scopes: [], alternatives: undefined };
}
