import type { AccountWindow, Check, Effect, MicroUnits, Plan } from "@ambit/core";

/** How much of everything there is for a user. */
export interface Bounds {
  /** Calls in a minute, by the user and by the user with the tool. */
  readonly calls: number;
  /** Calls at once. */
  readonly running: number;
  /** What may be spent in a day, and in a month, in millionths. */
  readonly money: readonly [day: number, month: number];
}

/** The names of a user's cells. Frozen, as the keys of every call are, which are remembered for the next call. */
export function namesOf(user: string): readonly string[] {
  const names = ["count|user", "count|user, tool", "running|session", "account|day", "account|month"];
  const owner = `|5[|user|27:https://identity.example.com|${user.length}:${user}`;
  return Object.freeze(names.map((name) => `${name}${owner}`));
}

/** One decision of a user's. */
export interface LimitedCall {
  readonly keys: readonly string[];
  readonly evaluationId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Makes the plans of decisions as the authorizer makes those of calls that are alike: checks are shared, reservations are not. */
export class LimitPlans {
  readonly #checks: readonly Check[];

  constructor({ calls, running, money }: Bounds) {
    this.#checks = [
      { kind: "count", key: 0, span: minute, limit: calls },
      { kind: "count", key: 1, span: minute, limit: calls },
      { kind: "account", key: 2, window: lifetime, amount: micro(1), limit: micro(running) },
      { kind: "account", key: 3, window: day, amount: cost, limit: micro(money[0]) },
      { kind: "account", key: 4, window: month, amount: cost, limit: micro(money[1]) },
    ];
  }

  /** What a decision asks of a store: three limits and two budgets. */
  reserve({ keys, evaluationId, now }: LimitedCall): Plan {
    const held = { evaluationId, leaseUntil: monthEnds };
    const effects: Effect[] = [
      { kind: "count", key: 0, span: minute },
      { kind: "count", key: 1, span: minute },
      { kind: "reserve", key: 2, window: lifetime, amount: micro(1), ...held, expiry: "release" },
      { kind: "reserve", key: 3, window: day, amount: cost, ...held, expiry: "charge" },
      { kind: "reserve", key: 4, window: month, amount: cost, ...held, expiry: "charge" },
    ];
    return { partition: "acme", keys, checks: this.#checks, effects, now };
  }

  /** What ends its reservations. */
  settle({ keys, evaluationId, now }: LimitedCall): Plan {
    const effects: Effect[] = [
      { kind: "release", key: 2, evaluationId },
      { kind: "settle", key: 3, evaluationId, amount: cost },
      { kind: "settle", key: 4, evaluationId, amount: cost },
    ];
    return { partition: "acme", keys, checks: none, effects, now };
  }
}

const none: readonly Check[] = [];

/** Epoch milliseconds at which the windows begin. */
export const firstMoment = Date.UTC(2026, 0, 1);

const micro = (amount: number) => amount as MicroUnits; // Safe integers all.
/** What a call costs, in millionths. */
export const cost = micro(120_000);
const minute = 60_000;
const lifetime: AccountWindow = { kind: "lifetime" };
const day: AccountWindow = { kind: "calendar", name: "2026-01-01", ends: Date.UTC(2026, 0, 2) };
const monthEnds = Date.UTC(2026, 1, 1);
const month: AccountWindow = { kind: "calendar", name: "2026-01", ends: monthEnds };
