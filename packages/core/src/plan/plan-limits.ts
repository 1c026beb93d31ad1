import type { MicroUnits } from "../money.ts";
import type { LimitRule } from "../policy/limit-rule.ts";
import { scopeMatches } from "../scope.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import type { PlanOccasion } from "./plan-occasion.ts";

/** What {@link planLimits} needs to know. */
export interface LimitRequest {
  readonly limits: readonly LimitRule[];
  readonly tool: string;
  readonly scopes: readonly string[];
  readonly occasion: PlanOccasion;
}

/** Adds the limits on how often, and how many at once, that a call falls under. */
export function planLimits(builder: PlanBuilder, request: LimitRequest): void {
  for (const limit of request.limits) {
    if (!appliesTo(limit, request)) continue;
    const owners = limit.per.map((owner) => (owner === "tool" ? ["tool", request.tool] : { owner }));
    const key = builder.key(limit.window === undefined ? "running" : "count", limit.id, ...owners);
    const cause = { kind: "limit", limit } as const;
    if (limit.window !== undefined) {
      builder.check({ kind: "count", key, span: limit.window, limit: limit.max }, cause);
      builder.effect({ kind: "count", key, span: limit.window });
    } else planRunning(builder, { key, limit, request });
  }
}

/** Calls under way are held like money, one unit each, and given back whatever became of the call. */
function planRunning(
  builder: PlanBuilder,
  { key, limit, request }: { readonly key: number; readonly limit: LimitRule; readonly request: LimitRequest },
): void {
  const window = { kind: "lifetime" } as const;
  const one = 1 as MicroUnits; // A safe integer, as every unit is.
  const most = limit.max as MicroUnits; // Checked when the policy was read.
  builder.check({ kind: "account", key, window, amount: one, limit: most }, { kind: "limit", limit });
  builder.effect({ kind: "reserve", key, window, amount: one, ...request.occasion.reservation, expiry: "release" });
}

function appliesTo({ scope, tool }: LimitRule, request: LimitRequest): boolean {
  if (tool !== undefined && tool !== request.tool) return false;
  return scope === undefined || request.scopes.some((required) => scopeMatches(scope, required));
}
