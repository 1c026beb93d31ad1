import { type MicroUnits, noMoney } from "../../money.ts";
import type { AccountCheck, AccountWindow, ReserveEffect } from "../plan.ts";
import type { Observation } from "../state-store.ts";
import { AccountCell, hasOthers, reservationState } from "./account-cell.ts";
import { accountLayout, comesAfter } from "./account-fields.ts";
import { isMoney, keptMoney, requireMoney, subtractExactly, sumExactly } from "./exact-money.ts";
import { observe } from "./observations.ts";
import type { Reservation } from "./reservation.ts";

const { committedAt, reservedAt, nextLeaseAt, latestAt, newestStateAt, newestWindowAt, windowAt, spanAt } = accountLayout;
const { newestAmountAt, newestMomentAt, newestLeaseAt, lastLeaseAt, lifetimeEndsAt } = accountLayout;
const { newestIdAt, windowNameAt, othersAt } = accountLayout;
const { present, charged, expired } = reservationState;

/** How long an expired reservation can still be settled, in milliseconds. */
const correctable = 86_400_000;

/** Accounts: money, or calls under way: what is committed, and what is reserved by whom. A slot below 0: one without anything. */
export class MemoryAccounts {
  /** The account that a step is about; each step opens it. */
  readonly #cell = new AccountCell();
  readonly table = this.#cell.table;
  /** The moment for which leases are looked through. */
  #now = 0;
  /** No account ever held more, committed and reserved: where there is room above it, no account need be asked for its own. */
  #most = 0;

  begin(slot: number): void {
    this.#cell.begin(slot);
  }

  /** When nothing can be asked of it any more; infinity where that never comes. */
  expendableAt(slot: number): number {
    const cell = this.#cell;
    cell.open(slot);
    const open = cell.isOpen;
    // What nobody ends is over a day after its lease: given back, or charged.
    // INVARIANT (R1): an empty one that is in use is kept, too: at the cap a newcomer would take its room between two calls.
    let at = open ? cell.lastLease + correctable : Math.max(cell.latest, 0);
    // INVARIANT (B8): the latest moment is kept for as long as a charge of it would count.
    if (cell.span > 0) {
      const latest = this.#slotEnd(cell.latest);
      at = Math.max(at, Math.max(latest, cell.charges?.latest ?? latest) + cell.span);
    }
    if (cell.window > 0) at = Math.max(at, cell.ends);
    return open || cell.committed > noMoney ? Math.max(at, cell.lifetimeEnds) : at;
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
    const at = held || slot < 0 || window.kind !== "rolling" ? 0 : this.#freeAt(window.span, amount, limit);
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
    this.#expire(now);
    if (window.kind === "rolling") this.#roll(window.span, now);
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
    if (this.#reserveAlone(slot, effect, now)) return;
    const { window, evaluationId, amount, leaseUntil } = effect;
    const cell = this.#cell;
    cell.open(slot);
    if (cell.has(evaluationId)) return;
    this.#expire(now);
    this.#enter(window, now);
    if (window.kind === "lifetime" && effect.expiry === "charge") {
      cell.lifetimeEnds = Math.max(cell.lifetimeEnds, window.ends ?? Number.POSITIVE_INFINITY);
    }
    // INVARIANT (B8): a clock that moved back charges at the latest moment that was seen: no charge leaves sooner for it.
    cell.latest = Math.max(cell.latest, now);
    cell.add(effect);
    cell.reserved = sumExactly(cell.reserved, amount);
    this.#sawSum(cell.reserved + cell.committed);
    cell.nextLease = Math.min(cell.nextLease, leaseUntil);
    cell.lastLease = Math.max(cell.lastLease, leaseUntil);
  }

  /** Reserves as is mostly done: where nothing else is reserved, in the window that the account is in. Says whether it did. */
  #reserveAlone(slot: number, { window, evaluationId, amount, leaseUntil, expiry }: ReserveEffect, now: number): boolean {
    const { table } = this;
    const { numbers, references } = table.block(slot);
    const base = table.base(slot);
    const at = table.referenceBase(slot);
    const nextLease = numbers[base + nextLeaseAt] ?? 0;
    if (numbers[base + newestStateAt] !== 0 || now >= nextLease || hasOthers(references[at + othersAt])) return false;
    if (window.kind === "lifetime") {
      const ends = window.ends ?? Number.POSITIVE_INFINITY;
      if (expiry === "charge" && ends > (numbers[base + lifetimeEndsAt] ?? 0)) numbers[base + lifetimeEndsAt] = ends;
    } else if (window.kind === "rolling" || comesAfter(window.name, references[at + windowNameAt])) return false;
    const reserved = sumExactly(keptMoney(numbers[base + reservedAt]), amount);
    this.#sawSum(reserved + (numbers[base + committedAt] ?? 0));
    // INVARIANT (B8): to a clock that moved back it is the latest moment that was seen.
    const latest = Math.max(numbers[base + latestAt] ?? 0, now);
    references[at + newestIdAt] = evaluationId;
    numbers[base + reservedAt] = reserved;
    numbers[base + latestAt] = latest;
    numbers[base + newestStateAt] = expiry === "charge" ? present | charged : present;
    numbers[base + newestWindowAt] = numbers[base + windowAt] ?? 0;
    numbers[base + newestAmountAt] = amount;
    numbers[base + newestMomentAt] = latest;
    numbers[base + newestLeaseAt] = leaseUntil;
    if (leaseUntil < nextLease) numbers[base + nextLeaseAt] = leaseUntil;
    if (leaseUntil > (numbers[base + lastLeaseAt] ?? 0)) numbers[base + lastLeaseAt] = leaseUntil;
    return true;
  }

  #sawSum(sum: number): void {
    if (sum > this.#most) this.#most = sum;
  }

  renew(slot: number, { evaluationId, leaseUntil }: { evaluationId: string; leaseUntil: number }, now: number): void {
    if (slot < 0) return;
    this.#cell.open(slot);
    this.#expire(now);
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
    if (!reservation.expired) return this.#charge(reservation, amount);
    if (!reservation.charges) return;
    // INVARIANT (B1): what a call cost is recorded in full, however late it is known.
    this.#uncharge(reservation);
    this.#commit(reservation, amount);
  }

  release(slot: number, evaluationId: string): void {
    if (slot < 0 || this.#endNewest(slot, evaluationId, noMoney)) return;
    this.#cell.open(slot);
    const reservation = this.#cell.take(evaluationId);
    if (reservation !== undefined && !reservation.expired) this.#free(reservation);
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
    if (reservation !== undefined) this.#end(reservation);
  }

  /** Makes it an account of the last `span` milliseconds, and drops the charges that no longer count. */
  #roll(span: number, now: number): void {
    const cell = this.#cell;
    const begins = cell.span === 0;
    cell.span = span;
    // INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
    if (begins && cell.committed > noMoney) cell.neededCharges().begin(this.#slotEnd(cell.latest), cell.committed);
    const before = cell.committed;
    const until = Math.max(now, cell.latest) - span;
    cell.committed = cell.charges?.drop(until, before) ?? before;
    // INVARIANT (B8): what has left has left, also for a clock that moves back: no late correction is taken from another charge.
    if (cell.committed !== before) cell.latest = Math.max(cell.latest, now);
  }

  /** When an amount will fit, if nothing else is charged; 0 where it never does. */
  #freeAt(span: number, amount: MicroUnits, limit: MicroUnits): number {
    const leaving = this.#cell.charges?.leaving(this.#cell.committed + this.#cell.reserved + amount, limit);
    return leaving === undefined ? 0 : leaving + span;
  }

  /** A clock that moved back charges the latest window that was seen: it never reopens an earlier one (B8). */
  #enter(window: AccountWindow, now: number): void {
    const cell = this.#cell;
    if (window.kind === "rolling") {
      this.#roll(window.span, now);
      cell.lifetimeEnds = 0;
    } else if (window.kind === "calendar" && cell.isBefore(window.name)) {
      cell.enterWindow(window.name, window.ends);
      cell.committed = noMoney;
      cell.reserved = noMoney;
      cell.span = 0;
      cell.lifetimeEnds = 0;
      cell.charges?.clear();
    }
  }

  #expire(now: number): void {
    if (now < this.#cell.nextLease) return;
    this.#cell.nextLease = Number.POSITIVE_INFINITY;
    this.#now = now;
    this.#cell.dropWhere(this.#isOver);
  }

  /** Ends a reservation whose lease is over; whether it can be corrected no more. */
  readonly #isOver = (reservation: Reservation): boolean => {
    const { leaseUntil } = reservation;
    if (reservation.expired && this.#now >= leaseUntil + correctable) return true;
    if (!reservation.expired && this.#now >= leaseUntil) {
      this.#end(reservation);
      reservation.expired = true;
    }
    this.#cell.nextLease = Math.min(this.#cell.nextLease, reservation.expired ? leaseUntil + correctable : leaseUntil);
    return false;
  };

  /** As it is to end where nobody ends it. */
  #end(reservation: Reservation): void {
    if (reservation.charges) this.#charge(reservation, reservation.amount);
    else this.#free(reservation);
  }

  #charge(reservation: Reservation, amount: MicroUnits): void {
    this.#free(reservation);
    this.#commit(reservation, amount);
  }

  #free({ window, amount }: Reservation): void {
    const cell = this.#cell;
    if (window === cell.window) cell.reserved = subtractExactly(cell.reserved, amount);
  }

  /** A charge belongs to the window of its reservation (B7): that of an earlier window is over. */
  #commit({ window, at }: Reservation, amount: MicroUnits): void {
    const cell = this.#cell;
    if (window !== cell.window || amount === noMoney) return;
    cell.committed = sumExactly(cell.committed, amount);
    this.#sawSum(cell.committed + cell.reserved);
    if (cell.span > 0) cell.neededCharges().add(this.#slotEnd(at), amount);
  }

  #uncharge({ window, at, amount }: Reservation): void {
    const cell = this.#cell;
    if (window !== cell.window) return;
    if (cell.span > 0 && cell.charges?.take(this.#slotEnd(at), amount) !== true) return;
    cell.committed = subtractExactly(cell.committed, amount);
  }

  #slotEnd(at: number): number {
    const slot = Math.max(1, Math.floor(this.#cell.span / 1_000));
    return Math.ceil(at / slot) * slot;
  }
}
