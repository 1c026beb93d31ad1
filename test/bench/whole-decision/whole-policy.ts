import type { CallContext, ToolCall } from "@ambit/core";
import { planPolicy } from "../policy/policy-plan.ts";
import { askQueries, type Query } from "../policy/queries.ts";

/** One call, who makes it, and the right answer. */
export interface Asked {
  readonly query: Query;
  readonly call: ToolCall;
  readonly context: CallContext;
  readonly allowed: boolean;
}

/** The article's policy: what the permission checks of the peers answer from. */
export const seedPlan = planPolicy("seed", "full");

/** As many calls, half of them stopped by permission. Each has a session of its own, in which it is made again and again. */
export function askCalls(count: number): Asked[] {
  const calls = askQueries(seedPlan, count).map((query, index): Asked => {
    const subject = { id: query.user, roles: [query.role], scopes: ["tool:**"] };
    const context = { subject, actor: { id: "sales-assistant" }, session: `session ${index}` };
    return { query, call: callOf(query.scope, `quarter ${index}`), context, allowed: query.allowed };
  });
  // Texts made from JSON are new ones, never the policy's own. What was just written is a list of calls.
  return JSON.parse(JSON.stringify(calls)) as Asked[];
}

/** A call of the tool that requires a scope, with arguments that the policy's condition holds for. */
export function callOf(scope: string, subject = "Q1"): ToolCall {
  const judged = { to: ["vp@acme.com", "cfo@acme.com"], amount: 12, subject };
  return { tool: scope.replace(/^tool:/, ""), arguments: judged };
}

/** How much of each limit and budget there is. */
export interface Bounds {
  readonly calls: number;
  readonly money: string;
}

/** So much that none of the calls that are timed is refused for it. */
export const ample: Bounds = { calls: 400, money: "1000000.00" };

/**
 * The article's policy with a condition on every allow, a rule over history that every permitted call falls under, three
 * limits and two budgets. Every tool that is asked for is known, so that permission alone stops what is stopped.
 */
export function wholePolicy(asked: readonly Asked[], { calls, money }: Bounds): string {
  const when = "args.to.all(address, address.endsWith('@acme.com')) && args.amount < 100";
  const roles = seedPlan.roles.map(({ role, allow, deny }) => ({
    role,
    allow: allow.map((scope) => ({ scope, when })),
    deny,
  }));
  const scopes = new Set([...asked.map(({ query }) => query.scope), "tool:crm:read", "tool:email:draft"]);
  const policy = {
    tools: Object.fromEntries([...scopes].map((scope) => [callOf(scope).tool, { scope, cost: 0.12 }])),
    policies: roles,
    rules: [{ id: "no-mail-after-crm", after: "tool:crm:*", deny: "tool:email:**", within: "1h" }],
    limits: [
      { per: "user", max: calls, window: "1m" },
      { per: ["user", "tool"], max: calls, window: "1m" },
      { per: "session", concurrent: 5 },
    ],
    budgets: [
      { per: "user", limit: money, window: "day" },
      { per: "session", limit: money, window: "month" },
    ],
  };
  // JSON is YAML.
  return JSON.stringify(policy);
}
