import type { AccountWindow, MicroUnits, Plan } from "@ambit/core";

/** What redis-benchmark replaces by twelve random digits. */
export const anyNumber = "__rand_int__";

/** Twelve digits. */
export const digits = (number: number): string => String(number).padStart(12, "0");

/** The plan of a call with four switches, a history rule and a budget, all of one user's. It is always permitted. */
export function callPlan(user: string, evaluationId: string): Plan {
  const window: AccountWindow = { kind: "calendar", name: "2026-01-01", ends: 1_767_312_000_000 };
  const amount = 2_000 as MicroUnits; // A safe integer, as every amount is.
  const limit = Number.MAX_SAFE_INTEGER as MicroUnits; // So that every call is permitted.
  const now = 1_767_225_600_000;
  const names = ["tenant", "agent|bot", `user|${user}`, `session|${user}`];
  return {
    partition: "acme",
    keys: [...names.map((name) => `switch|${name}`), `mark|read|${user}`, `mark|sent|${user}`, `account|day|${user}`],
    checks: [
      ...names.map((_, key) => ({ kind: "off", key }) as const),
      { kind: "unmarked", key: 5, since: now - 3_600_000 },
      { kind: "account", key: 6, window, amount, limit },
    ],
    effects: [
      { kind: "mark", key: 4, keep: 3_600_000 },
      { kind: "reserve", key: 6, window, evaluationId, amount, leaseUntil: now + 300_000, expiry: "charge" },
    ],
    now,
  };
}
