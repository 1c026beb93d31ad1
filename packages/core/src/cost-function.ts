import type { CallContext, JsonObject } from "./tool-call.ts";

/** What a {@link CostFunction} is told of a call. All of it is frozen. */
export interface PricedCall {
  readonly tool: string;
  /** The arguments that are judged. */
  readonly arguments: JsonObject;
  readonly context: Omit<CallContext, "signal">;
}

/**
 * Estimates what a call costs, for the tools of which the policy says `cost: { by: name }`: decimal text, or a number of at
 * most six decimals. Synchronous. Should give the same for the same call, and no less than the call may cost.
 * What it throws, and anything that is no such amount, denies the call.
 */
export type CostFunction = (call: PricedCall) => string | number;

/** Cost functions by the names that a policy file calls them. */
export type CostFunctions = ReadonlyMap<string, CostFunction>;

/** In a policy, a cost that the application computes. */
export interface CostReference {
  /** The name of a {@link CostFunction}. */
  readonly by: string;
}

/** INVARIANT (D9): what all objects inherit makes nothing a reference. */
export function isCostReference(cost: object): cost is CostReference {
  return Object.hasOwn(cost, "by");
}
