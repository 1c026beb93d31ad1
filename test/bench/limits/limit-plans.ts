import type { AccountWindow, Check, Effect, MicroUnits, Plan } from "@ambit/core";

/** What one decision asks of a store: its reservations, and later their end. */
export interface LimitPlans {
  /** Three limits and two budgets. */
  readonly reserve: Plan;
  readonly settle: Plan;
}

/** How much of everything there is for a user. */
export interface Bounds {
  /** Calls in a minute, by the user and by the user with the tool. */
  readonly calls: number;
  /** Calls at once. */
  readonly running: number;
  /** What may be spent in a day, and in a month, in millionths. */
  readonly money: readonly [day: number, month: number];
}

/** The plans of one of a user's decisions. */
export function limitPlans(user: string, evaluationId: string, { calls, running, money }: Bounds): LimitPlans {
  const names = ["count|user", "count|user, tool", "running|session", "account|day", "account|month"];
  const owner = `|5[|user|27:https://identity.example.com|${user.length}:${user}`;
  // Frozen, as the keys of every call are.
  const keys = Object.freeze(names.map((name) => `${name}${owner}`));
  const accounts = [
    { key: 2, window: lifetime, amount: micro(1), limit: micro(running), expiry: "release" },
    { key: 3, window: day, amount: cost, limit: micro(money[0]), expiry: "charge" },
    { key: 4, window: month, amount: cost, limit: micro(money[1]), expiry: "charge" },
  ] as const;
  const checks: Check[] = [
    { kind: "count", key: 0, span: minute, limit: calls },
    { kind: "count", key: 1, span: minute, limit: calls },
    ...accounts.map(({ key, window, amount, limit }) => ({ kind: "account", key, window, amount, limit }) as const),
  ];
  const effects: Effect[] = [
    { kind: "count", key: 0, span: minute },
    { kind: "count", key: 1, span: minute },
    ...accounts.map(({ key, window, amount, expiry }) => {
      return { kind: "reserve", key, window, evaluationId, amount, leaseUntil: monthEnds, expiry } as const;
    }),
  ];
  const ends: Effect[] = [
    { kind: "release", key: 2, evaluationId },
    { kind: "settle", key: 3, evaluationId, amount: cost },
    { kind: "settle", key: 4, evaluationId, amount: cost },
  ];
  const shared = { partition: "acme", keys, now: firstMoment };
  return { reserve: { ...shared, checks, effects }, settle: { ...shared, checks: [], effects: ends } };
}

/** Epoch milliseconds at which the plans' windows begin. */
export const firstMoment = Date.UTC(2026, 0, 1);

const micro = (amount: number) => amount as MicroUnits; // Safe integers all.
/** What a call costs, in millionths. */
export const cost = micro(120_000);
const minute = 60_000;
const lifetime: AccountWindow = { kind: "lifetime" };
const day: AccountWindow = { kind: "calendar", name: "2026-01-01", ends: Date.UTC(2026, 0, 2) };
const monthEnds = Date.UTC(2026, 1, 1);
const month: AccountWindow = { kind: "calendar", name: "2026-01", ends: monthEnds };
