import {
  type AccountWindow,
  addMoney,
  type Check,
  type Effect,
  type MicroUnits,
  type Observation,
  StateStoreError,
} from "@ambit/core";
import { dueDay, laterDay } from "./due-day.ts";
import { type BoundText, bindText, readText } from "./exact-text.ts";
import type { Statements } from "./statements.ts";

type AccountCheck = Extract<Check, { kind: "account" }>;
type ReserveEffect = Extract<Effect, { kind: "reserve" }>;

/** Where an account is kept. */
export interface AccountPlace {
  readonly statements: Statements;
  readonly tenant: number;
  readonly key: BoundText;
}

interface AccountRow {
  readonly id: number;
  readonly window: BoundText;
  readonly ends: number;
  readonly committed: MicroUnits;
  readonly reserved: MicroUnits;
  readonly span: number;
  readonly latest: number;
  readonly next_lease: number;
  readonly due: number | null;
}

interface EndedReservation {
  readonly window: BoundText;
  readonly at: number;
  readonly amount: MicroUnits;
  readonly expiry: ReserveEffect["expiry"];
  readonly expired: 0 | 1;
}

interface ReservationRow extends EndedReservation {
  readonly id: number;
  readonly lease_until: number;
}

interface ChargeRow {
  readonly at: number;
  readonly amount: MicroUnits;
}

const none = 0 as MicroUnits; // Zero is an amount.
const never = Number.MAX_SAFE_INTEGER;

/** How long an expired reservation can still be settled, in milliseconds. */
const correctable = 86_400_000;

/** Money, or calls under way: one row, and a row for each reservation and each slot of a rolling window. */
export class SqliteAccount {
  readonly #place: AccountPlace;
  /** `undefined`: there is no row yet. */
  #id: number | undefined;
  #window = "";
  #ends = 0;
  #committed: MicroUnits = none;
  #reserved: MicroUnits = none;
  #span = 0;
  #latest = 0;
  #nextLease = never;
  #due: number | null = 0;
  #changed = false;

  constructor(place: AccountPlace) {
    this.#place = place;
    // The schema is strict, and every number was a whole one when it was written.
    const row = place.statements.readAccount.get(place.tenant, place.key) as AccountRow | undefined;
    if (row === undefined) return;
    this.#id = row.id;
    this.#window = readText(row.window);
    this.#ends = row.ends;
    this.#committed = row.committed;
    this.#reserved = row.reserved;
    this.#span = row.span;
    this.#latest = row.latest;
    this.#nextLease = row.next_lease;
    this.#due = row.due;
  }

  /** Whether anything was ever reserved on it. */
  get exists(): boolean {
    return this.#id !== undefined;
  }

  check({ window, amount, limit }: AccountCheck, now: number): Observation & { readonly held: boolean } {
    this.#expire(now);
    const spent = this.#spent(window, now);
    const total = addMoney(spent, amount);
    // INVARIANT (B1, B4): a sum that is too large to be exact, and an amount that is none, is above every limit.
    const held = isMoney(amount) && total !== undefined && total <= limit;
    const at = held || window.kind !== "rolling" ? 0 : this.#freeAt(window.span, amount, limit);
    this.#save();
    return { value: spent, at, held };
  }

  /** Says whether it made the account. */
  reserve(effect: ReserveEffect, now: number): "made" | "known" {
    const { window, amount, leaseUntil, expiry } = effect;
    requireMoney(amount);
    sum(sum(this.#committed, this.#reserved), amount);
    const evaluation = bindText(effect.evaluationId);
    const { statements } = this.#place;
    if (this.#id !== undefined && statements.findReservation.get(this.#id, evaluation) !== undefined) return "known";
    const made = this.#id === undefined ? "made" : "known";
    if (made === "made") this.#latest = now;
    this.#expire(now);
    this.#enter(window, now);
    // INVARIANT (B8): a clock that moved back charges at the latest moment that was seen: no charge leaves sooner for it.
    this.#latest = Math.max(this.#latest, now);
    this.#reserved = sum(this.#reserved, amount);
    this.#nextLease = Math.min(this.#nextLease, leaseUntil);
    this.#changed = true;
    this.#save();
    const owner = this.#id ?? 0; // It has a row since it was saved.
    const boundWindow = bindText(this.#window);
    statements.addReservation.run(owner, evaluation, boundWindow, this.#latest, amount, leaseUntil, expiry);
    return made;
  }

  settle(evaluationId: string, amount: MicroUnits): void {
    requireMoney(amount);
    sum(this.#committed, amount);
    const reservation = this.#end(evaluationId);
    if (reservation === undefined) return;
    if (reservation.expired === 0) this.#charge(reservation, amount);
    else if (reservation.expiry === "charge") {
      // INVARIANT (B1): what a call cost is recorded in full, however late it is known.
      this.#uncharge(reservation);
      this.#commit(reservation, amount);
    }
    this.#save();
  }

  release(evaluationId: string): void {
    const reservation = this.#end(evaluationId);
    if (reservation?.expired === 0) this.#free(reservation);
    this.#save();
  }

  expire(evaluationId: string): void {
    if (this.#id === undefined) return;
    const { expireReservation } = this.#place.statements;
    const ended = expireReservation.get(this.#id, bindText(evaluationId));
    if (ended === undefined) return;
    this.#lapse(ended as unknown as EndedReservation); // The statement returns these columns.
    this.#save();
  }

  #end(evaluationId: string): EndedReservation | undefined {
    if (this.#id === undefined) return undefined;
    const ended = this.#place.statements.endReservation.get(this.#id, bindText(evaluationId));
    return ended as EndedReservation | undefined; // The statement returns these columns.
  }

  #spent(window: AccountWindow, now: number): MicroUnits {
    if (window.kind === "calendar" && window.name > this.#window) return none;
    if (window.kind === "rolling") this.#roll(window.span, now);
    return sum(this.#committed, this.#reserved);
  }

  /** Makes it an account of the last `span` milliseconds, and drops the charges that no longer count. */
  #roll(span: number, now: number): void {
    if (this.#id === undefined) {
      this.#span = span;
      return;
    }
    const { addCharge, forgetCharges } = this.#place.statements;
    const begins = this.#span === 0;
    if (this.#span !== span) this.#changed = true;
    this.#span = span;
    // INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
    if (begins && this.#committed > none) addCharge.run(this.#id, this.#slotEnd(this.#latest), this.#committed);
    for (const { amount } of forgetCharges.all(this.#id, Math.max(now, this.#latest) - span)) {
      this.#committed = subtract(this.#committed, amount as MicroUnits); // As it was written.
      this.#changed = true;
    }
  }

  /** When an amount will fit, if nothing else is charged; 0 where it never does. */
  #freeAt(span: number, amount: MicroUnits, limit: MicroUnits): number {
    if (this.#id === undefined) return 0;
    let spent: number = this.#committed + this.#reserved + amount;
    const charges = this.#place.statements.readCharges.all(this.#id) as unknown as readonly ChargeRow[]; // Its columns.
    for (const charge of charges) {
      spent -= charge.amount;
      if (spent <= limit) return charge.at + span;
    }
    return 0;
  }

  /** A clock that moved back charges the latest window that was seen: it never reopens an earlier one (B8). */
  #enter(window: AccountWindow, now: number): void {
    if (window.kind === "rolling") this.#roll(window.span, now);
    if (window.kind !== "calendar" || window.name <= this.#window) return;
    this.#window = window.name;
    this.#ends = window.ends;
    this.#committed = none;
    this.#reserved = none;
    if (this.#span > 0 && this.#id !== undefined) this.#place.statements.dropCharges.run(this.#id);
    this.#span = 0;
  }

  #expire(now: number): void {
    if (this.#id === undefined || now < this.#nextLease) return;
    const { readReservations, markExpired, dropReservation } = this.#place.statements;
    this.#nextLease = never;
    this.#changed = true;
    const reservations = readReservations.all(this.#id) as unknown as readonly ReservationRow[]; // Its columns.
    for (const reservation of reservations) {
      const forgotten = reservation.lease_until + correctable;
      if (reservation.expired === 1 && now >= forgotten) dropReservation.run(reservation.id);
      else if (reservation.expired === 1) this.#nextLease = Math.min(this.#nextLease, forgotten);
      else if (now < reservation.lease_until) this.#nextLease = Math.min(this.#nextLease, reservation.lease_until);
      else {
        this.#lapse(reservation);
        markExpired.run(reservation.id);
        this.#nextLease = Math.min(this.#nextLease, forgotten);
      }
    }
  }

  #lapse(reservation: EndedReservation): void {
    if (reservation.expiry === "release") this.#free(reservation);
    else this.#charge(reservation, reservation.amount);
  }

  #charge(reservation: EndedReservation, amount: MicroUnits): void {
    this.#free(reservation);
    this.#commit(reservation, amount);
  }

  #free({ window, amount }: EndedReservation): void {
    if (readText(window) !== this.#window) return;
    this.#reserved = subtract(this.#reserved, amount);
    this.#changed = true;
  }

  /** A charge belongs to the window of its reservation (B7): that of an earlier window is over. */
  #commit({ window, at }: EndedReservation, amount: MicroUnits): void {
    if (readText(window) !== this.#window || amount === none) return;
    this.#committed = sum(this.#committed, amount);
    this.#changed = true;
    if (this.#span > 0) this.#place.statements.addCharge.run(this.#id ?? 0, this.#slotEnd(at), amount);
  }

  #uncharge({ window, at, amount }: EndedReservation): void {
    if (readText(window) !== this.#window) return;
    if (this.#span > 0) {
      const { readCharge, setCharge } = this.#place.statements;
      const owner = this.#id ?? 0; // What has reservations has a row.
      const charge = readCharge.get(owner, this.#slotEnd(at)) as Pick<ChargeRow, "amount"> | undefined; // Its columns.
      if (charge === undefined || charge.amount < amount) return;
      setCharge.run(charge.amount - amount, owner, this.#slotEnd(at));
    }
    this.#committed = subtract(this.#committed, amount);
    this.#changed = true;
  }

  #slotEnd(at: number): number {
    const slot = Math.max(1, Math.floor(this.#span / 1_000));
    return Math.ceil(at / slot) * slot;
  }

  /** When nothing can be asked of it any more; whether something is still held is for whoever drops it to see. */
  #expendableAt(): number {
    if (this.#span > 0) return this.#latest + 2 * this.#span;
    return this.#window === "" ? this.#latest : this.#ends;
  }

  #save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const { statements, tenant, key } = this.#place;
    const window = bindText(this.#window);
    const due = dueDay(this.#expendableAt());
    const values = [window, this.#ends, this.#committed, this.#reserved, this.#span, this.#latest, this.#nextLease];
    if (this.#id === undefined) {
      const row = statements.addAccount.get(tenant, key, ...values, due) as { readonly id: number } | undefined;
      this.#id = row?.id; // It returns the id of the one row that it adds.
      this.#due = due;
      return;
    }
    statements.setAccount.run(...values, this.#id);
    // A lifetime that is found to hold money when it is due is never due again.
    if (this.#due === null || laterDay(this.#due, due) === this.#due) return;
    this.#due = due;
    statements.setAccountDue.run(due, this.#id);
  }
}

function isMoney(amount: MicroUnits): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
}

/** INVARIANT (B4): what is not an exact amount is never taken for one. */
function requireMoney(amount: MicroUnits): void {
  if (!isMoney(amount)) throw new StateStoreError("state_arithmetic", "an amount is not a whole number of millionths");
}

function sum(left: MicroUnits, right: MicroUnits): MicroUnits {
  const total = addMoney(left, right);
  if (total === undefined) throw new StateStoreError("state_arithmetic", "an account's sum is too large to be exact");
  return total;
}

function subtract(from: MicroUnits, amount: MicroUnits): MicroUnits {
  if (amount > from) throw new StateStoreError("state_arithmetic", "an account would fall below zero");
  return (from - amount) as MicroUnits; // The difference of two amounts, and not below zero.
}
