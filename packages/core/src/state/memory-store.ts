import { addMoney, type MicroUnits, noMoney, subtractMoney } from "../money.ts";
import {
  type AccountCheck,
  type AccountObservation,
  type ApplyResult,
  type Effect,
  type Plan,
  type ReserveEffect,
  type StateStore,
  StateStoreError,
} from "./state-store.ts";

/** Settings of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** The most accounts that are kept. At the cap a new one is refused; none is ever forgotten. Default: 100,000. */
  readonly maximumAccounts?: number | undefined;
}

/** A store that answers at once. */
export interface MemoryStore extends StateStore {
  apply(plan: Plan): ApplyResult;
}

interface Reservation {
  readonly window: string;
  readonly amount: MicroUnits;
}

interface Account {
  window: string;
  committed: MicroUnits;
  /** The sum of the reservations of `window`. */
  reserved: MicroUnits;
  readonly reservations: Map<string, Reservation>;
}

/**
 * State in this process's memory, for one process and for tests: it is lost with the process.
 *
 * A plan is taken in one synchronous step, so no other call comes between its checks and its effects. Reservations
 * stay until they are settled, released or expired by plan.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { maximumAccounts = 100_000 } = options;
  const accounts = new Map<string, Account>();
  return { apply: (plan) => new PlanRun(accounts, plan, maximumAccounts).apply() };
}

/** Everything of a plan is computed and checked before the first write, so that a plan happens whole or not at all. */
class PlanRun {
  readonly #accounts: Map<string, Account>;
  readonly #plan: Plan;
  readonly #maximumAccounts: number;

  constructor(accounts: Map<string, Account>, plan: Plan, maximumAccounts: number) {
    this.#accounts = accounts;
    this.#plan = plan;
    this.#maximumAccounts = maximumAccounts;
  }

  apply(): ApplyResult {
    const observed: AccountObservation[] = [];
    for (const [index, check] of this.#plan.checks.entries()) {
      const spent = this.#spent(check);
      observed.push({ spent });
      const sum = addMoney(spent, check.amount);
      // INVARIANT (B1): a sum that is too large to be exact is above every limit.
      if (sum === undefined || sum > check.limit) return { held: false, failed: index, observed };
    }
    this.#makeRoom();
    const writes = this.#plan.effects.map((effect) => this.#prepare(effect));
    for (const write of writes) write();
    return { held: true, observed };
  }

  #spent(check: AccountCheck): MicroUnits {
    const account = this.#accounts.get(this.#key(check.key));
    if (account === undefined || isLater(check.window, account.window)) return noMoney;
    return sum(account.committed, account.reserved);
  }

  #makeRoom(): void {
    const added = new Set<string>();
    for (const effect of this.#plan.effects) {
      const key = this.#key(effect.key);
      if (effect.kind === "reserve" && !this.#accounts.has(key)) added.add(key);
    }
    if (this.#accounts.size + added.size > this.#maximumAccounts && added.size > 0) {
      // INVARIANT (S1, R1): at the cap a new account is refused; forgetting one would turn a deny into an allow.
      throw new StateStoreError("state_capacity", `the memory store holds its most, ${this.#maximumAccounts} accounts`);
    }
  }

  /** Computes one effect and returns its write. No two effects of a plan may touch the same key. */
  #prepare(effect: Effect): () => void {
    const key = this.#key(effect.key);
    const account = this.#accounts.get(key);
    switch (effect.kind) {
      case "reserve":
        return this.#reserve(key, account, effect);
      case "settle":
        return close(account, effect.evaluationId, () => effect.amount);
      case "release":
        return close(account, effect.evaluationId, () => noMoney);
      case "expire":
        return close(account, effect.evaluationId, (reservation) => reservation.amount);
    }
  }

  #reserve(key: string, known: Account | undefined, effect: ReserveEffect): () => void {
    const account = known ?? { window: effect.window, committed: noMoney, reserved: noMoney, reservations: new Map() };
    if (account.reservations.has(effect.evaluationId)) return () => {};
    const opens = isLater(effect.window, account.window);
    const reserved = opens ? effect.amount : sum(account.reserved, effect.amount);
    // A clock that moved back charges the latest window that was seen: it never reopens an earlier one (B8).
    const window = opens ? effect.window : account.window;
    return () => {
      if (opens) account.committed = noMoney;
      account.window = window;
      account.reserved = reserved;
      account.reservations.set(effect.evaluationId, { window, amount: effect.amount });
      this.#accounts.set(key, account);
    };
  }

  #key(index: number): string {
    const key = this.#plan.keys[index];
    if (key === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
    return key;
  }
}

/** Ends a reservation. One that is gone was ended before: a second end changes nothing (B3). */
function close(
  account: Account | undefined,
  evaluationId: string,
  charge: (reservation: Reservation) => MicroUnits,
): () => void {
  const reservation = account?.reservations.get(evaluationId);
  if (account === undefined || reservation === undefined) return () => {};
  const current = reservation.window === account.window;
  // A charge belongs to the window of its reservation (B7): that of an earlier window is over.
  const committed = current ? sum(account.committed, charge(reservation)) : account.committed;
  return () => {
    account.reservations.delete(evaluationId);
    account.committed = committed;
    if (current) account.reserved = subtract(account.reserved, reservation.amount);
  };
}

function isLater(window: string, than: string): boolean {
  return window > than;
}

function sum(left: MicroUnits, right: MicroUnits): MicroUnits {
  const total = addMoney(left, right);
  if (total === undefined) throw new StateStoreError("state_arithmetic", "an account's sum is too large to be exact");
  return total;
}

function subtract(from: MicroUnits, amount: MicroUnits): MicroUnits {
  const rest = subtractMoney(from, amount);
  if (rest === undefined) throw new StateStoreError("state_arithmetic", "an account would fall below zero");
  return rest;
}
