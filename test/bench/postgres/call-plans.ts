import type { Check, Effect, MicroUnits, Plan } from "@ambit/core";

const lifetime = { kind: "lifetime" } as const;
const micro = (amount: number) => amount as MicroUnits; // Safe integers all.

/** Eight checks and eight effects: what a policy with budgets, limits and history makes of one call. Always permitted. */
export function decidingPlan(user: string, evaluationId: string, now: number): Plan {
  const keys = ["tenant", "user", "agent", "session"].map((owner) => `switch|${owner}|${user}`);
  keys.push(`account|${user}`, `counter|${user}`, `streak|${user}`, `label|${user}`, `order|${user}`, `trail|${user}`);
  keys.push(`account|day|${user}`, `seen|${user}`);
  const day = { kind: "calendar", name: "2026-01-01", ends: now + 86_400_000 } as const;
  const checks: Check[] = [0, 1, 2, 3].map((key) => ({ kind: "off", key }));
  checks.push(
    { kind: "account", key: 4, window: lifetime, amount: micro(1), limit: micro(1e15) },
    { kind: "account", key: 10, window: day, amount: micro(1), limit: micro(1e15) },
    { kind: "streak", key: 6, limit: 1e9 },
    { kind: "unmarked", key: 7, since: 0 },
  );
  const terms = { evaluationId, amount: micro(1), leaseUntil: now + 300_000, expiry: "charge" } as const;
  const effects: Effect[] = [
    { kind: "reserve", key: 4, window: lifetime, ...terms },
    { kind: "reserve", key: 10, window: day, ...terms },
    { kind: "count", key: 5, span: 60 },
    { kind: "grow", key: 6, keep: 0 },
    { kind: "mark", key: 8, keep: 3_600_000 },
    { kind: "mark", key: 11, keep: 0 },
    { kind: "follow", key: 9, entry: "a", keep: 0 },
    { kind: "mark", key: 8, keep: 0 },
  ];
  return { partition: "tenant", keys, checks, effects, now };
}

/** The end of a call, so that reservations do not pile up. */
export function closingPlan({ partition, keys, effects, now }: Plan): Plan {
  const settles = effects.flatMap((effect): Effect[] =>
    effect.kind === "reserve"
      ? [{ kind: "settle", key: effect.key, evaluationId: effect.evaluationId, amount: micro(1) }]
      : [],
  );
  return { partition, keys, checks: [], effects: settles, now };
}
