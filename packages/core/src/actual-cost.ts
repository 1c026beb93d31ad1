import type { Execution } from "./execution.ts";

/**
 * Tells what a call cost from its result: decimal text, a number of at most six decimals, or `undefined` where the result
 * does not say. Its parameter may be annotated with the type of the tool's result.
 */
export type ActualCost = Pricing["costOf"];

interface Pricing {
  // As a method, for of methods the parameters may be narrower than declared: what a tool gives, its user knows.
  costOf(result: unknown): string | number | undefined;
}

/** The result of a tool, and who says what it cost. */
export interface ActualCostRequest {
  /** By the names of tools. */
  readonly costs: { readonly [tool: string]: ActualCost | undefined } | undefined;
  readonly tool: string;
  readonly result: unknown;
}

/** Reports what a result cost, if anybody says so. Never throws: what goes wrong leaves the reservation charged. */
export function reportActualCost({ costs, tool, result }: ActualCostRequest, execution: Execution): void {
  // INVARIANT (D9): a tool named like something that objects inherit has no price by that.
  const costOf = costs !== undefined && Object.hasOwn(costs, tool) ? costs[tool] : undefined;
  if (costOf !== undefined) execution.reportCostOf(() => costOf(result));
}
