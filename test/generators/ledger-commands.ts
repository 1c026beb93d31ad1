import type { ApplyResult, Check, Effect, MicroUnits, Plan, StateStore } from "@ambit/core";
import fc from "fast-check";
import { expect } from "vitest";
import { type AccountName, accountNames, countLimit, type LedgerModel } from "./ledger-model.ts";

/** A store that can be left and taken up again. */
export interface ReopenableStore {
  store: StateStore;
  /** Whose state it is: nobody else's. */
  readonly partition: string;
  /** Leaves it and opens it again, as after a restart. */
  readonly reopen?: (() => Promise<StateStore>) | undefined;
}

/** Something that is done to the model and to a store, after which both must hold the same. */
export type LedgerCommand = fc.AsyncCommand<LedgerModel, ReopenableStore>;

const keys: readonly string[] = [...accountNames, "counter"];
const id = fc.nat(9).map((number) => `call-${number}`);
const amount = fc.oneof(fc.bigInt(0n, 40n), fc.constantFrom(0n, 100n, 101n));

/** Commands, many of which meet in the same reservations. */
export const ledgerCommands: readonly fc.Arbitrary<LedgerCommand>[] = [
  ...Array.from({ length: 3 }, () =>
    fc
      .record({
        accounts: fc.subarray([...accountNames], { minLength: 1 }),
        id,
        amount,
        lease: fc.constantFrom(1, 1_000, 60_000),
      })
      .map(reserve),
  ),
  fc.record({ id, amount }).map((end) => command("settle", end, (model, real) => settle(model, real, end))),
  fc.record({ id }).map((end) => command("release", end, (model, real) => endWith("release", model, real, end))),
  fc.record({ id }).map((end) => command("expire", end, (model, real) => endWith("expire", model, real, end))),
  fc.bigInt(0n, 150n).map((limit) => command("limit", limit, (model) => model.changeLimit(limit))),
  fc
    .constantFrom(0, 1, 250, 999, 1_000, 19_999, 30_000, 60_000, 86_400_000, -1, -500, -20_000, -90_000)
    .map((by) => command("tick", by, (model, real) => tick(model, real, by))),
  fc.constant(command("count", "", count)),
  fc.constant(command("read", "", read)),
  fc.constant(command("reopen", "", reopen)),
];

function command(
  name: string,
  terms: unknown,
  run: (model: LedgerModel, real: ReopenableStore) => void | Promise<void>,
): LedgerCommand {
  return {
    check: () => true,
    run: async (model, real) => run(model, real),
    toString: () => `${name} ${fc.stringify(terms)}`,
  };
}

function micro(value: bigint): MicroUnits {
  return Number(value) as MicroUnits; // Whole and small.
}

function plan(model: LedgerModel, real: ReopenableStore, parts: { checks?: Check[]; effects?: Effect[] }): Plan {
  return { partition: real.partition, keys, checks: [], effects: [], now: model.now, ...parts };
}

function accountCheck(model: LedgerModel, name: AccountName, value: bigint): Check {
  const key = keys.indexOf(name);
  return { kind: "account", key, window: model.windowOf(name), amount: micro(value), limit: micro(model.limit) };
}

/** B1, B5, B12: everywhere or nowhere, and never above the limit of the moment, with all that was spent before it changed. */
function reserve(terms: {
  readonly accounts: readonly AccountName[];
  readonly id: string;
  readonly amount: bigint;
  readonly lease: number;
}): LedgerCommand {
  return command("reserve", terms, async (model, real) => {
    const { accounts, id: evaluationId, amount: value, lease } = terms;
    if (model.isForgettable(evaluationId)) return;
    const leaseUntil = model.now + lease;
    const effects = accounts.map((name): Effect => {
      const expiry = name === "slots" ? "release" : "charge";
      const window = model.windowOf(name);
      return {
        kind: "reserve",
        key: keys.indexOf(name),
        window,
        evaluationId,
        amount: micro(value),
        leaseUntil,
        expiry,
      };
    });
    const checks = accounts.map((name) => accountCheck(model, name, value));
    const answer = await real.store.apply(plan(model, real, { checks, effects }));
    const expected = model.reserve({ accounts, id: evaluationId, amount: value, leaseUntil });
    expect({ held: answer.held, seen: seenBy(answer) }).toEqual(expected);
  });
}

/** B3: whichever end is said first counts. Calls under way are given back, as the authorizer does. */
async function settle(model: LedgerModel, real: ReopenableStore, end: { id: string; amount: bigint }): Promise<void> {
  if (model.isForgettable(end.id)) return;
  const effects = accountNames.map((name): Effect => {
    const of = { key: keys.indexOf(name), evaluationId: end.id };
    return name === "slots" ? { kind: "release", ...of } : { kind: "settle", ...of, amount: micro(end.amount) };
  });
  await real.store.apply(plan(model, real, { effects }));
  for (const name of accountNames) {
    if (name === "slots") model.release(name, end.id);
    else model.settle(name, end.id, end.amount);
  }
}

async function endWith(
  kind: "release" | "expire",
  model: LedgerModel,
  real: ReopenableStore,
  { id: evaluationId }: { readonly id: string },
): Promise<void> {
  if (model.isForgettable(evaluationId)) return;
  const effects = accountNames.map((name): Effect => ({ kind, key: keys.indexOf(name), evaluationId }));
  await real.store.apply(plan(model, real, { effects }));
  for (const name of accountNames) model[kind](name, evaluationId);
}

/** B8: the clock goes back, too. */
async function tick(model: LedgerModel, real: ReopenableStore, by: number): Promise<void> {
  model.now += by;
  // After a day a reservation may be forgotten, but only once somebody has asked: then all stores have.
  if (by >= 86_400_000) for (let round = 0; round < 2; round += 1) await read(model, real);
}

/** B11. */
async function count(model: LedgerModel, real: ReopenableStore): Promise<void> {
  const key = keys.indexOf("counter");
  const { limit, span } = countLimit;
  const parts: { checks: Check[]; effects: Effect[] } = {
    checks: [{ kind: "count", key, span, limit }],
    effects: [{ kind: "count", key, span }],
  };
  const answer = await real.store.apply(plan(model, real, parts));
  const { held, seen } = model.count();
  expect({ held: answer.held, seen: seenBy(answer) }).toEqual({ held, seen: [seen] });
  expect(model.shortestExcess).toBeGreaterThanOrEqual(span);
}

/** B2, B6, B7: the balances are what the ledger adds up to. */
async function read(model: LedgerModel, real: ReopenableStore): Promise<void> {
  const checks = accountNames.map((name): Check => {
    const check = accountCheck(model, name, 0n);
    return check.kind === "account" ? { ...check, limit: micro(BigInt(Number.MAX_SAFE_INTEGER)) } : check;
  });
  const answer = await real.store.apply(plan(model, real, { checks }));
  expect(seenBy(answer)).toEqual(accountNames.map((name) => model.spent(name)));
}

async function reopen(_model: LedgerModel, real: ReopenableStore): Promise<void> {
  if (real.reopen !== undefined) real.store = await real.reopen();
}

function seenBy({ observed }: ApplyResult): readonly bigint[] {
  return observed.map(({ value }) => BigInt(value));
}
