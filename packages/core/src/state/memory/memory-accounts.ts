import { type MicroUnits, noMoney } from "../../money.ts";
import type { AccountCheck, AccountWindow, ReserveEffect } from "../plan.ts";
import type { Observation } from "../state-store.ts";
import { hasOthers, reservationState } from "./account-cell.ts";
import { accountLayout, comesAfter } from "./account-fields.ts";
import { AccountSteps } from "./account-steps.ts";
import { isMoney, keptMoney, requireMoney, subtractExactly, sumExactly } from "./exact-money.ts";
import { observe } from "./observations.ts";

const { committedAt, reservedAt, nextLeaseAt, latestAt, newestStateAt, newestWindowAt, windowAt, spanAt } =
  accountLayout;
const { newestAmountAt, newestMomentAt, newestLeaseAt, lastLeaseAt, lifetimeEndsAt } = accountLayout;
const { newestIdAt, windowNameAt, othersAt } = accountLayout;
const { present, charged, expired } = reservationState;

/** Accounts: money, or calls under way: what is committed, and what is reserved by whom. A slot below 0: one without anything. */
export class MemoryAccounts {
  /** What mostly happens to an account is done at once; all else in these steps, of the cell that is opened. */
  readonly #steps = new AccountSteps();
  readonly #cell = this.#steps.cell;
  readonly table = this.#cell.table;
  /** No account ever held more, committed and reserved: where there is room above it, no account need be asked for its own. */
  #most = 0;

  begin(slot: number): void {
    this.#cell.begin(slot);
  }

  /** When nothing can be asked of it any more; infinity where that never comes. */
  expendableAt(slot: number): number {
    return this.#steps.expendableAt(slot);
  }

  remove(slot: number): void {
    this.table.remove(slot);
  }

  /** Whether the check holds. What it saw goes into `observed`. */
  check(slot: number, { window, amount, limit }: AccountCheck, now: number, observed: Observation[]): boolean {
    const spent = slot < 0 ? noMoney : this.#spent(slot, window, now);
    const sum = spent + amount;
    // INVARIANT (B1): a sum that is too large to be exact is above every limit.
    const held = isMoney(amount) && sum <= Number.MAX_SAFE_INTEGER && sum <= limit;
    const at = held || slot < 0 || window.kind !== "rolling" ? 0 : this.#steps.freeAt(window.span, amount, limit);
    observed.push(at === 0 ? observe(spent) : { value: spent, at });
    return held;
  }

  #spent(slot: number, window: AccountWindow, now: number): MicroUnits {
    const { table } = this;
    const { numbers, references } = table.block(slot);
    const base = table.base(slot);
    if (window.kind === "rolling" || now >= (numbers[base + nextLeaseAt] ?? 0)) this.#catchUp(slot, window, now);
    if (window.kind === "calendar" && comesAfter(window.name, references[table.referenceBase(slot) + windowNameAt])) {
      return noMoney;
    }
    return sumExactly(keptMoney(numbers[base + committedAt]), keptMoney(numbers[base + reservedAt]));
  }

  #catchUp(slot: number, window: AccountWindow, now: number): void {
    this.#cell.open(slot);
    this.#steps.expire(now);
    if (window.kind === "rolling") this.#steps.roll(window.span, now);
  }

  /** Throws where the reservation would make a sum inexact. */
  verifyReserve(slot: number, amount: MicroUnits): void {
    requireMoney(amount);
    if (slot < 0 || amount + this.#most <= Number.MAX_SAFE_INTEGER) return;
    const { numbers } = this.table.block(slot);
    const base = this.table.base(slot);
    const held = sumExactly(keptMoney(numbers[base + committedAt]), keptMoney(numbers[base + reservedAt]));
    sumExactly(held, amount);
  }

  reserve(slot: number, effect: ReserveEffect, now: number): void {
    const { window, amount, leaseUntil, expiry } = effect;
    const { table } = this;
    const { numbers, references } = table.block(slot);
    const base = table.base(slot);
    const at = table.referenceBase(slot);
    const nextLease = numbers[base + nextLeaseAt] ?? 0;
    // Mostly nothing else is reserved, and the window is the one that the account is in.
    if (numbers[base + newestStateAt] !== 0 || now >= nextLease || hasOthers(references[at + othersAt])) {
      return this.#reserveBeside(slot, effect, now);
    }
    if (window.kind === "lifetime") {
      const ends = window.ends ?? Number.POSITIVE_INFINITY;
      if (expiry === "charge" && ends > (numbers[base + lifetimeEndsAt] ?? 0)) numbers[base + lifetimeEndsAt] = ends;
    } else if (window.kind === "rolling" || comesAfter(window.name, references[at + windowNameAt])) {
      return this.#reserveBeside(slot, effect, now);
    }
    const reserved = sumExactly(keptMoney(numbers[base + reservedAt]), amount);
    this.#sawSum(reserved + (numbers[base + committedAt] ?? 0));
    // INVARIANT (B8): a clock that moved back charges at the latest moment that was seen: no charge leaves sooner for it.
    const latest = Math.max(numbers[base + latestAt] ?? 0, now);
    references[at + newestIdAt] = effect.evaluationId;
    numbers[base + reservedAt] = reserved;
    numbers[base + latestAt] = latest;
    numbers[base + newestStateAt] = expiry === "charge" ? present | charged : present;
    numbers[base + newestWindowAt] = numbers[base + windowAt] ?? 0;
    numbers[base + newestAmountAt] = amount;
    numbers[base + newestMomentAt] = latest;
    numbers[base + newestLeaseAt] = leaseUntil;
    if (leaseUntil < nextLease) numbers[base + nextLeaseAt] = leaseUntil;
    if (leaseUntil > (numbers[base + lastLeaseAt] ?? 0)) numbers[base + lastLeaseAt] = leaseUntil;
  }

  /** The same, whatever else is reserved and whichever window it is. */
  #reserveBeside(slot: number, effect: ReserveEffect, now: number): void {
    const { window, evaluationId, amount, leaseUntil } = effect;
    const cell = this.#cell;
    cell.open(slot);
    if (cell.has(evaluationId)) return;
    this.#steps.expire(now);
    this.#steps.enter(window, now);
    if (window.kind === "lifetime" && effect.expiry === "charge") {
      cell.lifetimeEnds = Math.max(cell.lifetimeEnds, window.ends ?? Number.POSITIVE_INFINITY);
    }
    // INVARIANT (B8): as above.
    cell.latest = Math.max(cell.latest, now);
    cell.add(effect);
    cell.reserved = sumExactly(cell.reserved, amount);
    this.#sawSum(cell.reserved + cell.committed);
    cell.nextLease = Math.min(cell.nextLease, leaseUntil);
    cell.lastLease = Math.max(cell.lastLease, leaseUntil);
  }

  #sawSum(sum: number): void {
    if (sum > this.#most) this.#most = sum;
  }

  renew(slot: number, { evaluationId, leaseUntil }: { evaluationId: string; leaseUntil: number }, now: number): void {
    if (slot < 0) return;
    this.#cell.open(slot);
    this.#steps.expire(now);
    if (this.#cell.renew(evaluationId, leaseUntil)) this.#cell.lastLease = Math.max(this.#cell.lastLease, leaseUntil);
  }

  /** Throws where the charge would make a sum inexact. */
  verifySettle(slot: number, amount: MicroUnits): void {
    requireMoney(amount);
    if (slot < 0 || amount + this.#most <= Number.MAX_SAFE_INTEGER) return;
    sumExactly(keptMoney(this.table.block(slot).numbers[this.table.base(slot) + committedAt]), amount);
  }

  settle(slot: number, evaluationId: string, amount: MicroUnits): void {
    if (slot < 0 || this.#endNewest(slot, evaluationId, amount)) return;
    this.#cell.open(slot);
    const reservation = this.#cell.take(evaluationId);
    if (reservation === undefined) return;
    this.#steps.settle(reservation, amount);
    this.#sawSum(this.#cell.committed + this.#cell.reserved);
  }

  release(slot: number, evaluationId: string): void {
    if (slot < 0 || this.#endNewest(slot, evaluationId, noMoney)) return;
    this.#cell.open(slot);
    const reservation = this.#cell.take(evaluationId);
    if (reservation !== undefined && !reservation.expired) this.#steps.free(reservation);
  }

  /** Ends a reservation as most of them end: the newest one, in its window, before its lease has ended. Says whether it did. */
  #endNewest(slot: number, evaluationId: string, amount: MicroUnits): boolean {
    const { table } = this;
    const { numbers, references } = table.block(slot);
    const base = table.base(slot);
    const idAt = table.referenceBase(slot) + newestIdAt;
    if (references[idAt] !== evaluationId) return false;
    const state = numbers[base + newestStateAt] ?? 0;
    if (state === 0 || state >= expired || numbers[base + spanAt] !== 0) return false;
    if (numbers[base + newestWindowAt] !== numbers[base + windowAt]) return false;
    const held = keptMoney(numbers[base + newestAmountAt]);
    numbers[base + newestStateAt] = 0;
    references[idAt] = "";
    const reserved = subtractExactly(keptMoney(numbers[base + reservedAt]), held);
    const committed = sumExactly(keptMoney(numbers[base + committedAt]), amount);
    numbers[base + reservedAt] = reserved;
    numbers[base + committedAt] = committed;
    this.#sawSum(committed + reserved);
    return true;
  }

  expire(slot: number, evaluationId: string): void {
    if (slot < 0) return;
    this.#cell.open(slot);
    if (this.#cell.isExpired(evaluationId)) return;
    const reservation = this.#cell.take(evaluationId);
    if (reservation !== undefined) this.#steps.end(reservation);
  }
}
