import type { Check, Effect, MicroUnits, Plan } from "@ambit/core";

const lifetime = { kind: "lifetime" } as const;
/** The moment at which these plans happen. */
export const moment = 1_767_225_600_000;

/** Reserves an amount on the account `budget` if it is within the limit, which is 100 where none is given. */
export function spend(
  evaluationId: string,
  { amount = 10, limit = 100, partition = "acme" }: { amount?: number; limit?: number; partition?: string } = {},
): Plan {
  const held = { key: 0, window: lifetime, amount: amount as MicroUnits };
  return {
    partition,
    keys: ["budget"],
    checks: [{ kind: "account", ...held, limit: limit as MicroUnits }],
    effects: [{ kind: "reserve", ...held, evaluationId, leaseUntil: moment + 60_000, expiry: "charge" }],
    now: moment,
  };
}

/** What the account `budget` holds, as a plan that is always held. */
export function ask(partition = "acme"): Plan {
  const { checks, ...plan } = spend("", { amount: 0, limit: Number.MAX_SAFE_INTEGER, partition });
  return { ...plan, checks, effects: [] };
}

/** Checks and effects on one cell named `cell`, as a plan. */
export function onCell(checks: readonly Check[], effects: readonly Effect[]): Plan {
  return { partition: "acme", keys: ["cell"], checks, effects, now: moment };
}
