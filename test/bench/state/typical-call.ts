import type { AccountWindow, Effect, MicroUnits, Plan } from "@ambit/core";

/** What one call asks of a state store. */
export interface TypicalCall {
  /** 8 checks and 8 effects. */
  readonly decide: Plan;
  /** The end of its three reservations. */
  readonly close: Plan;
}

/** The plans of a user's call number `call`, ten in a millisecond, so that 500 entries are in the counted interval. */
export function typicalCall(call: number): TypicalCall {
  const now = Date.UTC(2026, 0, 1) + Math.floor(call / 10);
  const evaluationId = `evaluation ${call}`;
  const owner = "user|27:https://identity.example.com|6:user-1";
  const keys = ["switch", "count", "mark", "denials", "trail", "day", "hour", "running"].map(
    (kind) => `${kind}|5[|${owner}|9:session-1`,
  );
  const held = { evaluationId, leaseUntil: now + 60_000, expiry: "charge" } as const;
  const reserves: Effect[] = [
    { kind: "reserve", key: 5, window: day, amount: cost, ...held },
    { kind: "reserve", key: 6, window: hour, amount: cost, ...held },
    { kind: "reserve", key: 7, window: lifetime, amount: cost, ...held, expiry: "release" },
  ];
  const settled: Effect[] = [
    { kind: "settle", key: 5, evaluationId, amount: cost },
    { kind: "settle", key: 6, evaluationId, amount: cost },
    { kind: "release", key: 7, evaluationId },
  ];
  const shared = { partition: "acme", keys, now };
  return {
    decide: {
      ...shared,
      checks: [
        { kind: "off", key: 0 },
        { kind: "count", key: 1, span: 50, limit: 1_000 },
        { kind: "unmarked", key: 2, since: now + 1 },
        { kind: "streak", key: 3, limit: 5 },
        { kind: "acyclic", key: 4, entry: evaluationId, repeats: 3 },
        { kind: "account", key: 5, window: day, amount: cost, limit: budget },
        { kind: "account", key: 6, window: hour, amount: cost, limit: budget },
        { kind: "account", key: 7, window: lifetime, amount: cost, limit: budget },
      ],
      effects: [
        { kind: "count", key: 1, span: 50 },
        { kind: "mark", key: 2, keep: 3_600_000 },
        { kind: "break", key: 3 },
        { kind: "follow", key: 4, entry: evaluationId, keep: 0 },
        { kind: "reset", key: 0, until: 0 },
        ...reserves,
      ],
    },
    close: { ...shared, checks: [], effects: settled },
  };
}

const day: AccountWindow = { kind: "calendar", name: "2026-01-01", ends: Date.UTC(2026, 0, 2) };
const hour: AccountWindow = { kind: "rolling", span: 3_600_000 };
const lifetime: AccountWindow = { kind: "lifetime" };
const budget = 9e15 as MicroUnits; // A whole number.
const cost = 1_000 as MicroUnits;
