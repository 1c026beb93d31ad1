import { addMoney, type MicroUnits, noMoney, subtractMoney } from "../../money.ts";
import type { AccountCheck, AccountWindow, ReserveEffect } from "../plan.ts";
import { type Observation, StateStoreError } from "../state-store.ts";
import { type Identified, OpenReservations } from "./open-reservations.ts";

interface Reservation extends Identified {
  /** The calendar window that it belongs to; empty for the others. */
  readonly window: string;
  readonly at: number;
  readonly amount: MicroUnits;
  leaseUntil: number;
  readonly expiry: ReserveEffect["expiry"];
  /** Whether its lease has ended, and it was charged. It stays for a while, so that a late settlement corrects the charge. */
  expired: boolean;
}

/** What is charged together: of a rolling window, all of one slot. */
interface Charge {
  /** The end of the slot: all of it counts as long as this does. */
  readonly at: number;
  amount: MicroUnits;
}

/** How long an expired reservation can still be settled, in milliseconds. */
const correctable = 86_400_000;

/** Money, or calls under way: what is committed, and what is reserved by whom. */
export class MemoryAccount {
  dropped = false;
  #window = "";
  #ends = 0;
  #committed: MicroUnits = noMoney;
  #reserved: MicroUnits = noMoney;
  #span = 0;
  /** When what was charged for a lifetime can be asked for no more. 0: nothing was. */
  #lifetimeEnds = 0;
  /** The latest moment at which something was reserved. */
  #latest = Number.NEGATIVE_INFINITY;
  /** Of a rolling window: the charges, the oldest first. */
  #charges: Charge[] = [];
  readonly #reservations = new OpenReservations<Reservation>();
  /** No lease ends before this, and none after that. */
  #nextLease = Number.POSITIVE_INFINITY;
  #lastLease = 0;

  /** When nothing can be asked of it any more; infinity where that never comes. */
  get expendableAt(): number {
    const open = this.#reservations.size > 0;
    // What nobody ends is over a day after its lease: given back, or charged.
    // INVARIANT (R1): an empty one that is in use is kept, too: at the cap a newcomer would take its room between two calls.
    let at = open ? this.#lastLease + correctable : Math.max(this.#latest, 0);
    // INVARIANT (B8): the latest moment is kept for as long as a charge of it would count.
    if (this.#span > 0) {
      const latest = this.#slotEnd(this.#latest);
      at = Math.max(at, Math.max(latest, this.#charges.at(-1)?.at ?? latest) + this.#span);
    }
    if (this.#window !== "") at = Math.max(at, this.#ends);
    return open || this.#committed > noMoney ? Math.max(at, this.#lifetimeEnds) : at;
  }

  /** Whether the check holds. What it saw goes into `observed`. */
  check({ window, amount, limit }: AccountCheck, now: number, observed: Observation[]): boolean {
    this.#expire(now);
    const spent = this.#spent(window, now);
    const sum = addMoney(spent, amount);
    // INVARIANT (B1): a sum that is too large to be exact is above every limit.
    const held = isMoney(amount) && sum !== undefined && sum <= limit;
    const at = held || window.kind !== "rolling" ? 0 : this.#freeAt(window.span, amount, limit);
    observed.push({ value: spent, at });
    return held;
  }

  /** Throws where the reservation would make a sum inexact. */
  verifyReserve(amount: MicroUnits): void {
    requireMoney(amount);
    sum(sum(this.#committed, this.#reserved), amount);
  }

  reserve({ window, evaluationId, amount, leaseUntil, expiry }: ReserveEffect, now: number): void {
    if (this.#reservations.get(evaluationId) !== undefined) return;
    this.#expire(now);
    this.#enter(window, now);
    if (window.kind === "lifetime" && expiry === "charge") {
      this.#lifetimeEnds = Math.max(this.#lifetimeEnds, window.ends ?? Number.POSITIVE_INFINITY);
    }
    // INVARIANT (B8): a clock that moved back charges at the latest moment that was seen: no charge leaves sooner for it.
    this.#latest = Math.max(this.#latest, now);
    const at = this.#latest;
    const own = { evaluationId, window: this.#window, at, amount, leaseUntil, expiry, expired: false };
    this.#reservations.add(own);
    this.#reserved = sum(this.#reserved, amount);
    this.#nextLease = Math.min(this.#nextLease, leaseUntil);
    this.#lastLease = Math.max(this.#lastLease, leaseUntil);
  }

  renew(evaluationId: string, leaseUntil: number, now: number): void {
    this.#expire(now);
    const reservation = this.#reservations.get(evaluationId);
    if (reservation === undefined || reservation.expired) return;
    reservation.leaseUntil = Math.max(reservation.leaseUntil, leaseUntil);
    this.#lastLease = Math.max(this.#lastLease, leaseUntil);
  }

  /** Throws where the charge would make a sum inexact. */
  verifySettle(amount: MicroUnits): void {
    requireMoney(amount);
    sum(this.#committed, amount);
  }

  settle(evaluationId: string, amount: MicroUnits): void {
    const reservation = this.#reservations.get(evaluationId);
    if (reservation === undefined) return;
    this.#reservations.delete(evaluationId);
    if (!reservation.expired) return this.#charge(reservation, amount);
    if (reservation.expiry === "release") return;
    // INVARIANT (B1): what a call cost is recorded in full, however late it is known.
    this.#uncharge(reservation);
    this.#commit(reservation, amount);
  }

  release(evaluationId: string): void {
    const reservation = this.#reservations.get(evaluationId);
    if (reservation === undefined) return;
    this.#reservations.delete(evaluationId);
    if (!reservation.expired) this.#free(reservation);
  }

  expire(evaluationId: string): void {
    const reservation = this.#reservations.get(evaluationId);
    if (reservation === undefined || reservation.expired) return;
    this.#reservations.delete(evaluationId);
    if (reservation.expiry === "release") this.#free(reservation);
    else this.#charge(reservation, reservation.amount);
  }

  #spent(window: AccountWindow, now: number): MicroUnits {
    if (window.kind === "calendar" && window.name > this.#window) return noMoney;
    if (window.kind !== "rolling") return sum(this.#committed, this.#reserved);
    this.#roll(window.span, now);
    return sum(this.#committed, this.#reserved);
  }

  /** Makes it an account of the last `span` milliseconds, and drops the charges that no longer count. */
  #roll(span: number, now: number): void {
    const begins = this.#span === 0;
    this.#span = span;
    // INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
    if (begins && this.#committed > noMoney)
      this.#charges = [{ at: this.#slotEnd(this.#latest), amount: this.#committed }];
    let count = 0;
    for (const { at, amount } of this.#charges) {
      if (at > Math.max(now, this.#latest) - this.#span) break;
      this.#committed = subtract(this.#committed, amount);
      count += 1;
    }
    this.#charges.splice(0, count);
  }

  /** When an amount will fit, if nothing else is charged; 0 where it never does. */
  #freeAt(span: number, amount: MicroUnits, limit: MicroUnits): number {
    let spent: number = this.#committed + this.#reserved + amount;
    for (const charge of this.#charges) {
      spent -= charge.amount;
      if (spent <= limit) return charge.at + span;
    }
    return 0;
  }

  /** A clock that moved back charges the latest window that was seen: it never reopens an earlier one (B8). */
  #enter(window: AccountWindow, now: number): void {
    if (window.kind === "rolling") {
      this.#roll(window.span, now);
      this.#lifetimeEnds = 0;
    } else if (window.kind === "calendar" && window.name > this.#window) {
      this.#window = window.name;
      this.#ends = window.ends;
      this.#committed = noMoney;
      this.#reserved = noMoney;
      this.#span = 0;
      this.#lifetimeEnds = 0;
      this.#charges = [];
    }
  }

  #expire(now: number): void {
    if (now < this.#nextLease) return;
    this.#nextLease = Number.POSITIVE_INFINITY;
    for (const reservation of this.#reservations.all()) {
      if (reservation.expired) {
        if (now >= reservation.leaseUntil + correctable) this.#reservations.delete(reservation.evaluationId);
        else this.#nextLease = Math.min(this.#nextLease, reservation.leaseUntil + correctable);
      } else if (now < reservation.leaseUntil) this.#nextLease = Math.min(this.#nextLease, reservation.leaseUntil);
      else {
        if (reservation.expiry === "release") this.#free(reservation);
        else this.#charge(reservation, reservation.amount);
        reservation.expired = true;
        this.#nextLease = Math.min(this.#nextLease, reservation.leaseUntil + correctable);
      }
    }
  }

  #charge(reservation: Reservation, amount: MicroUnits): void {
    this.#free(reservation);
    this.#commit(reservation, amount);
  }

  #free({ window, amount }: Reservation): void {
    if (window === this.#window) this.#reserved = subtract(this.#reserved, amount);
  }

  /** A charge belongs to the window of its reservation (B7): that of an earlier window is over. */
  #commit({ window, at }: Reservation, amount: MicroUnits): void {
    if (window !== this.#window || amount === noMoney) return;
    this.#committed = sum(this.#committed, amount);
    if (this.#span === 0) return;
    const end = this.#slotEnd(at);
    const index = this.#charges.findLastIndex((charge) => charge.at <= end);
    const known = this.#charges[index];
    if (known?.at === end) known.amount = sum(known.amount, amount);
    else this.#charges.splice(index + 1, 0, { at: end, amount });
  }

  #uncharge({ window, at, amount }: Reservation): void {
    if (window !== this.#window) return;
    if (this.#span > 0) {
      const end = this.#slotEnd(at);
      const charge = this.#charges.find((entry) => entry.at === end);
      if (charge === undefined || charge.amount < amount) return;
      charge.amount = subtract(charge.amount, amount);
    }
    this.#committed = subtract(this.#committed, amount);
  }

  #slotEnd(at: number): number {
    const slot = Math.max(1, Math.floor(this.#span / 1_000));
    return Math.ceil(at / slot) * slot;
  }
}

/** INVARIANT (B4): what is not an exact amount is never taken for one. */
function requireMoney(amount: MicroUnits): void {
  if (!isMoney(amount)) throw new StateStoreError("state_arithmetic", "an amount is not a whole number of millionths");
}

function isMoney(amount: MicroUnits): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
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
