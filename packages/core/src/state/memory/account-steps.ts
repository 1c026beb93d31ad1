import { type MicroUnits, noMoney } from "../../money.ts";
import type { AccountWindow } from "../plan.ts";
import { AccountCell } from "./account-cell.ts";
import { subtractExactly, sumExactly } from "./exact-money.ts";
import type { Reservation } from "./reservation.ts";

/** How long an expired reservation can still be settled, in milliseconds. */
const correctable = 86_400_000;

/** What happens to one account at a time, which is open: its leases end, its windows move, its reservations end. */
export class AccountSteps {
  readonly cell = new AccountCell();
  /** The moment for which leases are looked through, and the first that ends after it, as far as was looked. */
  #now = 0;
  #nextLease = 0;

  /** When nothing can be asked of it any more; infinity where that never comes. */
  expendableAt(slot: number): number {
    const cell = this.cell;
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

  /** Makes it an account of the last `span` milliseconds, and drops the charges that no longer count. */
  roll(span: number, now: number): void {
    const cell = this.cell;
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
  freeAt(span: number, amount: MicroUnits, limit: MicroUnits): number {
    const leaving = this.cell.charges?.leaving(this.cell.committed + this.cell.reserved + amount, limit);
    return leaving === undefined ? 0 : leaving + span;
  }

  /** A clock that moved back charges the latest window that was seen: it never reopens an earlier one (B8). */
  enter(window: AccountWindow, now: number): void {
    const cell = this.cell;
    if (window.kind === "rolling") {
      this.roll(window.span, now);
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

  expire(now: number): void {
    if (now < this.cell.nextLease) return;
    this.#nextLease = Number.POSITIVE_INFINITY;
    this.#now = now;
    this.cell.dropWhere(this.#isOver);
    // INVARIANT (B1): last, so that a lease that cannot end, for its charge would make a sum inexact, is tried again and not lost.
    this.cell.nextLease = this.#nextLease;
  }

  /** Ends a reservation whose lease is over; whether it can be corrected no more. */
  readonly #isOver = (reservation: Reservation): boolean => {
    const { leaseUntil } = reservation;
    if (reservation.expired && this.#now >= leaseUntil + correctable) return true;
    if (!reservation.expired && this.#now >= leaseUntil) {
      this.end(reservation);
      reservation.expired = true;
    }
    this.#nextLease = Math.min(this.#nextLease, reservation.expired ? leaseUntil + correctable : leaseUntil);
    return false;
  };

  /** Ends a reservation that was taken out by what its call cost. */
  settle(reservation: Reservation, amount: MicroUnits): void {
    if (!reservation.expired) return this.#charge(reservation, amount);
    if (!reservation.charges) return;
    // INVARIANT (B1): what a call cost is recorded in full, however late it is known.
    this.#uncharge(reservation);
    this.#commit(reservation, amount);
  }

  /** As it is to end where nobody ends it. */
  end(reservation: Reservation): void {
    if (reservation.charges) this.#charge(reservation, reservation.amount);
    else this.free(reservation);
  }

  #charge(reservation: Reservation, amount: MicroUnits): void {
    // INVARIANT (B1): in this order, for only the charge may throw: what is not charged stays held.
    this.#commit(reservation, amount);
    this.free(reservation);
  }

  free({ window, amount }: Reservation): void {
    const cell = this.cell;
    if (window === cell.window) cell.reserved = subtractExactly(cell.reserved, amount);
  }

  /** A charge belongs to the window of its reservation (B7): that of an earlier window is over. */
  #commit({ window, at }: Reservation, amount: MicroUnits): void {
    const cell = this.cell;
    if (window !== cell.window || amount === noMoney) return;
    cell.committed = sumExactly(cell.committed, amount);
    if (cell.span > 0) cell.neededCharges().add(this.#slotEnd(at), amount);
  }

  #uncharge({ window, at, amount }: Reservation): void {
    const cell = this.cell;
    if (window !== cell.window) return;
    if (cell.span > 0 && cell.charges?.take(this.#slotEnd(at), amount) !== true) return;
    cell.committed = subtractExactly(cell.committed, amount);
  }

  #slotEnd(at: number): number {
    const slot = Math.max(1, Math.floor(this.cell.span / 1_000));
    return Math.ceil(at / slot) * slot;
  }
}
