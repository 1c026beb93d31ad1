import type { ConditionEnvironment } from "./condition/frame.ts";
import { type MicroUnits, noMoney, parseMoney } from "./money.ts";
import type { Policy, ScopeChoice, ToolRule } from "./policy/policy.ts";
import { scopeFault } from "./scope.ts";

/** What a call needs before it may run. */
export interface Requirement {
  /** Literal scopes, all of them required. */
  readonly scopes: readonly string[];
  readonly cost: MicroUnits;
  /** Whether the scopes are the policy's own words, fit to be shown to a model. */
  readonly named: boolean;
}

/** Why it cannot be said what a call needs. */
export type ResolveFault = "unknown_tool" | "no_scope" | "unknown_condition" | "unknown_cost";

const toolName = /^[A-Za-z0-9_.:/-]{1,128}$/;

/** Whether a text can be the name of a tool at all. ASCII, byte-exact: look-alikes and other cases are other tools. */
export function isToolName(name: unknown): name is string {
  return typeof name === "string" && toolName.test(name);
}

/** What the policy requires for a call of a tool, or why that cannot be said. */
export function resolveCall(
  policy: Policy,
  tool: string,
  environment: ConditionEnvironment,
): Requirement | ResolveFault {
  if (!isToolName(tool)) return "unknown_tool";
  if (policy.tools !== undefined) {
    const rule = policy.tools.get(tool);
    return rule === undefined ? "unknown_tool" : resolveRule(rule, environment);
  }
  const scope = toolScope(tool);
  return scopeFault(scope) === undefined ? { scopes: [scope], cost: noMoney, named: false } : "unknown_tool";
}

/** The scope that a tool's name stands for: `crm:read` and `tool:crm:read` are both `tool:crm:read`. */
export function toolScope(tool: string): string {
  return tool.startsWith("tool:") ? tool : `tool:${tool}`;
}

function resolveRule({ choices, cost }: ToolRule, environment: ConditionEnvironment): Requirement | ResolveFault {
  const scopes = chooseScopes(choices, environment);
  if (typeof scopes === "string") return scopes;
  const amount = typeof cost === "number" ? cost : parseMoney(cost.evaluateMoney(environment));
  // INVARIANT (B4): a cost that cannot be computed denies; it is never read as zero.
  return amount === undefined ? "unknown_cost" : { scopes, cost: amount, named: true };
}

function chooseScopes(
  choices: readonly ScopeChoice[],
  environment: ConditionEnvironment,
): readonly string[] | "no_scope" | "unknown_condition" {
  for (const { when, scopes } of choices) {
    const answer = when === undefined ? true : when.evaluate(environment);
    if (answer === true) return scopes;
    // INVARIANT (D3): going on after an unknown could choose a weaker scope than the call deserves.
    if (answer !== false) return "unknown_condition";
  }
  return "no_scope";
}
