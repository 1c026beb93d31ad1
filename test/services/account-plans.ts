import type { MicroUnits, Plan } from "@ambit/core";

const window = { kind: "lifetime" } as const;

/** Asks whether an amount fits into each of some accounts, and reserves it there. */
export function reservePlan(
  keys: readonly string[],
  evaluationId: string,
  { amount = 1, limit = 1_000_000 }: { readonly amount?: number; readonly limit?: number } = {},
): Plan {
  const money = amount as MicroUnits; // Whole and small.
  const most = limit as MicroUnits; // The same.
  return {
    partition: "tenant",
    keys,
    checks: keys.map((_, key) => ({ kind: "account", key, window, amount: money, limit: most })),
    effects: keys.map((_, key) => ({
      kind: "reserve",
      key,
      window,
      evaluationId,
      amount: money,
      leaseUntil: 9e12,
      expiry: "charge",
    })),
    now: 1_767_225_600_000,
  };
}

/** Asks what some accounts hold, and changes nothing: the answer is in `observed`. */
export function readPlan(keys: readonly string[]): Plan {
  return { ...reservePlan(keys, "", { amount: 0, limit: Number.MAX_SAFE_INTEGER }), effects: [] };
}
