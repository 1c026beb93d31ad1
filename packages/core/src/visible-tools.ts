import { type KnownContext, readContext } from "./call-context.ts";
import { ceilingsOf, grantors, holderOf, holds } from "./permit.ts";
import type { Policy } from "./policy/policy.ts";
import type { ScopeRules } from "./policy/scope-rules.ts";
import { type PolicyChoice, policyFor } from "./policy-choice.ts";
import { isToolName, toolScope } from "./resolve-call.ts";
import { scopeFault } from "./scope.ts";
import type { CallContext } from "./tool-call.ts";

/** The question of {@link visibleTools}. */
export interface VisibilityQuestion {
  /** The names of tools, as calls would name them. */
  readonly tools: Iterable<string>;
  readonly context: CallContext | undefined;
  readonly policy: PolicyChoice;
}

/**
 * Those of the tools of which some call could be permitted to this subject and agent, in the order given, each once.
 * Pure. Conditions, arguments, history, budgets and duties are not looked at and count as fulfilled; a grant that
 * demands approval counts. Never throws: where it is not known who asks, or no policy decides, nothing is visible.
 * It is for what a model is shown: being visible permits nothing.
 */
export function visibleTools({ tools, context, policy }: VisibilityQuestion): readonly string[] {
  try {
    const known = readContext(context).context;
    const deciding = policyFor(policy, known?.tenant);
    if (known === undefined || deciding === undefined) return [];
    const isReachable = reach(deciding, known);
    return [...new Set(tools)].filter((tool) =>
      requirements(deciding, tool).some((scopes) => scopes.length > 0 && scopes.every(isReachable)),
    );
  } catch {
    // A revoked proxy, a throwing accessor or iterator: a call with it would be denied as well.
    return [];
  }
}

/** The lists of scopes, one of which a call of the tool requires. None where every call of it is denied. */
function requirements(policy: Policy, tool: string): readonly (readonly string[])[] {
  if (!isToolName(tool)) return [];
  if (policy.tools === undefined) {
    const scope = toolScope(tool);
    return scopeFault(scope) === undefined ? [[scope]] : [];
  }
  const found: (readonly string[])[] = [];
  for (const { when, use } of policy.tools.get(tool)?.choices ?? []) {
    if (when?.constant !== false) found.push(use);
    // No call gets past an entry that always holds.
    if (when === undefined || when.constant === true) break;
  }
  return found;
}

/** Whether a scope could be granted to somebody, whatever the conditions of rules answer. */
function reach(policy: Policy, context: KnownContext): (scope: string) => boolean {
  const holder = holderOf(context);
  const granting = grantors({ policy, holder });
  const bounds = ceilingsOf({ policy, holder });
  return (scope) => {
    // An agent that no ceiling names holds nothing.
    if (bounds === undefined || !bounds.every((bound) => bound.mayAllow(scope))) return false;
    if (granting.some((rules) => deniesAlways(rules, scope))) return false;
    if (!granting.some((rules) => rules.mayAllow(scope))) return false;
    return holds(holder.scopes, scope) && (holder.grant === undefined || holds(holder.grant, scope));
  };
}

/** Without an environment a deny with a condition is unknown, so that only one without is a deny. */
function deniesAlways(rules: ScopeRules, scope: string): boolean {
  return rules.rule(scope, undefined)?.effect === "deny";
}
