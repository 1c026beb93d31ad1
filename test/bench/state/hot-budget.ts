import type { Effect, MicroUnits, Plan, StateStore } from "@ambit/core";

/** What became of a budget that 64 workers spent at once. */
export interface HotBudget {
  /** For how many calls there was money. */
  readonly room: number;
  /** How many were admitted. */
  readonly admitted: number;
  /** How many the store says were paid for. */
  readonly charged: number;
  /** Reservations a second, those that were refused included. */
  readonly rate: number;
}

const workers = 64;

/**
 * Lets 64 workers ask for a quarter more than there is in one budget, each call reserved and then settled. Throws where
 * anything is overspent or withheld.
 */
export async function spendHotBudget(store: StateStore, room: number): Promise<HotBudget> {
  const limit = room as MicroUnits; // A whole number that is small enough.
  const attempts = Math.ceil(room * 1.25);
  let asked = 0;
  let admitted = 0;
  const work = async () => {
    while (asked < attempts) {
      asked += 1;
      const evaluationId = `evaluation ${asked}`;
      const { held } = await store.apply(reservation(evaluationId, limit));
      if (!held) continue;
      admitted += 1;
      await store.apply(plan([{ kind: "settle", key: 0, evaluationId, amount: one }]));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: workers }, work));
  const rate = (attempts / (performance.now() - started)) * 1_000;
  const { observed } = await store.apply({ ...reservation("observation", limit), effects: [] });
  const charged = observed[0]?.value ?? Number.NaN;
  // INVARIANT (B1): a store that gives out more than there is, is not measured.
  if (admitted !== room || charged !== room) {
    throw new Error(`there was money for ${room} calls: ${admitted} were admitted and ${charged} charged`);
  }
  return { room, admitted, charged, rate };
}

function reservation(evaluationId: string, limit: MicroUnits): Plan {
  const terms = { evaluationId, amount: one, leaseUntil: Date.now() + 300_000, expiry: "charge" } as const;
  return {
    ...plan([{ kind: "reserve", key: 0, window, ...terms }]),
    checks: [{ kind: "account", key: 0, window, amount: one, limit }],
  };
}

function plan(effects: readonly Effect[]): Plan {
  return { partition: "acme", keys: ["account|hot"], checks: [], effects, now: Date.now() };
}

const one = 1 as MicroUnits; // A safe integer.
const window = { kind: "lifetime" } as const;
