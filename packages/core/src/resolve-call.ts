import type { MicroUnits } from "./money.ts";
import { noMoney } from "./money.ts";
import type { Policy } from "./policy/policy.ts";
import { scopeFault } from "./scope.ts";

/** What a call needs before it may run. */
export interface Requirement {
  /** Literal scopes, all of them required. */
  readonly scopes: readonly string[];
  readonly cost: MicroUnits;
  /** Whether the scopes are the policy's own words, fit to be shown to a model. */
  readonly named: boolean;
}

const toolName = /^[A-Za-z0-9_.:/-]{1,128}$/;

/** Whether a text can be the name of a tool at all. ASCII, byte-exact: look-alikes and other cases are other tools. */
export function isToolName(name: unknown): name is string {
  return typeof name === "string" && toolName.test(name);
}

/** What the policy requires for a tool, or `undefined` where it does not know the tool. */
export function resolveCall(policy: Policy, tool: string): Requirement | undefined {
  if (!isToolName(tool)) return undefined;
  if (policy.tools !== undefined) {
    const rule = policy.tools.get(tool);
    return rule === undefined ? undefined : { scopes: rule.scopes, cost: rule.cost, named: true };
  }
  const scope = toolScope(tool);
  return scopeFault(scope) === undefined ? { scopes: [scope], cost: noMoney, named: false } : undefined;
}

/** The scope that a tool's name stands for: `crm:read` and `tool:crm:read` are both `tool:crm:read`. */
export function toolScope(tool: string): string {
  return tool.startsWith("tool:") ? tool : `tool:${tool}`;
}
