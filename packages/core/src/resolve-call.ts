import type { KnownContext } from "./call-context.ts";
import type { ConditionEnvironment } from "./condition/frame.ts";
import { type CostFunctions, isCostReference } from "./cost-function.ts";
import type { DenyCode } from "./decision.ts";
import { type MicroUnits, noMoney, parseMoney } from "./money.ts";
import type { ClassifierRule, Policy, ScopeChoice, ToolRule } from "./policy/policy.ts";
import { type PricingFault, priceCall } from "./price-call.ts";
import { scopeFault } from "./scope.ts";
import type { JsonObject } from "./tool-call.ts";

/** What a call needs before it may run. */
export interface Requirement {
  /** Literal scopes, all of them required. */
  readonly scopes: readonly string[];
  /** What kind of data the agent has touched once the call has run. */
  readonly labels: readonly string[];
  /** What may attach more labels to its result. */
  readonly classifiers: readonly ClassifierRule[];
  readonly cost: MicroUnits;
  /** Whether the scopes are the policy's own words, fit to be shown to a model. */
  readonly named: boolean;
}

/** Why it cannot be said what a call needs. */
export interface ResolveFault {
  readonly code: Extract<DenyCode, "unknown_tool" | "condition_failed" | "invalid_arguments">;
  readonly reason: string;
  readonly detail?: string | undefined;
}

/** INVARIANT (D9): what all objects inherit is no requirement. */
export function isResolveFault(resolved: object | ResolveFault): resolved is ResolveFault {
  return Object.hasOwn(resolved, "code");
}

const unknownTool: ResolveFault = { code: "unknown_tool", reason: "the policy does not know this tool" };
const noScope: ResolveFault = { code: "condition_failed", reason: "no scope of this tool fits these arguments" };
const unknownScope: ResolveFault = {
  code: "condition_failed",
  reason: "it could not be decided which scope these arguments require",
};
const unknownCost: ResolveFault = { code: "condition_failed", reason: "the cost of this call could not be computed" };

const none: readonly never[] = Object.freeze([]);

const toolName = /^[A-Za-z0-9_.:/-]{1,128}$/;

/** Whether a text can be the name of a tool at all. ASCII, byte-exact: look-alikes and other cases are other tools. */
export function isToolName(name: unknown): name is string {
  return typeof name === "string" && toolName.test(name);
}

/** What {@link resolveCall} is asked. */
export interface ResolveRequest {
  readonly policy: Policy;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly context: KnownContext;
  readonly environment: ConditionEnvironment;
  /** What the application computes costs with. */
  readonly costs: CostFunctions;
}

/** What the policy requires for a call of a tool, or why that cannot be said. */
export function resolveCall(request: ResolveRequest): Requirement | ResolveFault {
  const { policy, tool, arguments: args } = request;
  if (policy.tools !== undefined) {
    const rule = policy.tools.get(tool);
    // No policy knows a tool whose name is no tool's.
    if (rule === undefined) return unknownTool;
    // INVARIANT: arguments are checked first, so that none that the policy does not know is passed on unjudged.
    const fault = rule.arguments?.fault(args);
    return fault === undefined ? resolveRule(rule, request) : { code: "invalid_arguments", ...fault };
  }
  const scope = toolScope(tool);
  if (!isToolName(tool) || scopeFault(scope) !== undefined) return unknownTool;
  return { scopes: [scope], labels: none, classifiers: none, cost: noMoney, named: false };
}

/**
 * The scope that a call of a tool requires where the policy has no `tools`.
 *
 * INVARIANT (D8): of two names there are two scopes.
 */
export function toolScope(tool: string): string {
  return `tool:${tool}`;
}

/** Which entry of a tool's scopes counts, and why none does where that is so. */
export function chooseScopes(
  choices: readonly ScopeChoice[],
  environment: ConditionEnvironment,
): ScopeChoice | ResolveFault {
  for (const choice of choices) {
    const answer = choice.when === undefined ? true : choice.when.evaluate(environment);
    if (answer === true) return choice;
    // INVARIANT (D3): going on after an unknown could choose a weaker scope than the call deserves.
    if (answer !== false) return unknownScope;
  }
  return noScope;
}

function resolveRule(
  { choices, labels, classifiers, cost }: ToolRule,
  request: ResolveRequest,
): Requirement | ResolveFault {
  const { environment } = request;
  const choice = chooseScopes(choices, environment);
  if (isResolveFault(choice)) return choice;
  const amount = typeof cost === "number" ? cost : computeCost(cost, request);
  // INVARIANT (B4): a cost that cannot be computed denies; it is never read as zero.
  if (typeof amount !== "number") return { ...unknownCost, detail: amount?.fault };
  return { scopes: choice.use, labels: chooseLabels(labels, environment), classifiers, cost: amount, named: true };
}

function computeCost(
  cost: Exclude<ToolRule["cost"], number>,
  request: ResolveRequest,
): MicroUnits | PricingFault | undefined {
  if (isCostReference(cost)) return priceCall({ ...request, by: cost.by });
  return parseMoney(cost.evaluateMoney(request.environment));
}

/** A label only ever restricts, so one whose condition cannot be evaluated is attached. */
function chooseLabels(choices: readonly ScopeChoice[], environment: ConditionEnvironment): readonly string[] {
  if (choices.length === 0) return none;
  const labels: string[] = [];
  for (const { when, use } of choices) {
    if (when === undefined || when.evaluate(environment) !== false) labels.push(...use);
  }
  return labels;
}
