import { type AccountWindow, addMoney, type Check, type Effect, type MicroUnits, type Observation } from "@ambit/core";
import { type AccountRow, correctable, type EndedReservation, type ReservationRow } from "./account-rows.ts";
import { dueDay, laterDay } from "./due-day.ts";
import { isMoney, none, requireMoney, subtract, sum } from "./exact-money.ts";
import { type BoundText, bindText, readText } from "./exact-text.ts";
import { RollingCharges, slotEnd } from "./rolling-charges.ts";
import type { Statements } from "./statements.ts";

type AccountCheck = Extract<Check, { kind: "account" }>;
type ReserveEffect = Extract<Effect, { kind: "reserve" }>;

/** Where an account is kept. */
export interface AccountPlace {
  readonly statements: Statements;
  readonly tenant: number;
  readonly key: BoundText;
}

const never = Number.MAX_SAFE_INTEGER;

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
  /** When what was charged for a lifetime can be asked for no more. 0: nothing was. */
  #lifetimeEnds = 0;
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
    this.#lifetimeEnds = row.lifetime_ends;
    this.#due = row.due;
  }

  check({ window, amount, limit }: AccountCheck, now: number): Observation & { readonly held: boolean } {
    this.#expire(now);
    const spent = this.#spent(window, now);
    const total = addMoney(spent, amount);
    // INVARIANT (B1, B4): a sum that is too large to be exact, and an amount that is none, is above every limit.
    const held = isMoney(amount) && total !== undefined && total <= limit;
    const at = held || window.kind !== "rolling" ? 0 : this.#freeAt(window.span, spent + amount, limit);
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
    if (window.kind === "lifetime" && expiry === "charge") {
      this.#lifetimeEnds = Math.max(this.#lifetimeEnds, window.ends ?? never);
    }
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

  renew(evaluationId: string, leaseUntil: number, now: number): void {
    if (this.#id === undefined) return;
    this.#expire(now);
    this.#place.statements.renewReservation.run(leaseUntil, this.#id, bindText(evaluationId));
    this.#save();
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
    const begins = this.#span === 0;
    const changes = this.#span !== span;
    this.#span = span;
    const charges = this.#charges;
    // To ask an account that does not exist makes none.
    if (charges === undefined) return;
    if (changes) this.#changed = true;
    // INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
    if (begins && this.#committed > none) charges.add(slotEnd(this.#latest, span), this.#committed);
    const forgotten = charges.forget(Math.max(now, this.#latest) - span);
    this.#committed = subtract(this.#committed, forgotten);
    if (forgotten === none) return;
    this.#changed = true;
    // INVARIANT (B8): what has left has left, also for a clock that moves back: no late correction is taken from another charge.
    this.#latest = Math.max(this.#latest, now);
  }

  #freeAt(span: number, wanted: number, limit: MicroUnits): number {
    return this.#charges?.freeAt({ wanted, limit, span }) ?? 0;
  }

  /** `undefined` where there is no row that they could belong to. */
  get #charges(): RollingCharges | undefined {
    return this.#id === undefined ? undefined : new RollingCharges(this.#place.statements, this.#id);
  }

  /** A clock that moved back charges the latest window that was seen: it never reopens an earlier one (B8). */
  #enter(window: AccountWindow, now: number): void {
    if (window.kind === "rolling") {
      this.#roll(window.span, now);
      this.#lifetimeEnds = 0;
    }
    if (window.kind !== "calendar" || window.name <= this.#window) return;
    this.#window = window.name;
    this.#ends = window.ends;
    this.#committed = none;
    this.#reserved = none;
    if (this.#span > 0) this.#charges?.clear();
    this.#span = 0;
    this.#lifetimeEnds = 0;
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
    if (this.#span > 0) this.#charges?.add(slotEnd(at, this.#span), amount);
  }

  #uncharge({ window, at, amount }: EndedReservation): void {
    if (readText(window) !== this.#window) return;
    if (this.#span > 0 && this.#charges?.takeBack(slotEnd(at, this.#span), amount) !== "taken") return;
    this.#committed = subtract(this.#committed, amount);
    this.#changed = true;
  }

  /** When nothing can be asked of it any more, save for what is open or was charged for a lifetime: see `reclaim`. */
  #expendableAt(): number {
    const rolledOut = this.#span > 0 ? this.#latest + 2 * this.#span : this.#latest;
    return this.#window === "" ? rolledOut : Math.max(rolledOut, this.#ends);
  }

  #save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const { statements, tenant, key } = this.#place;
    const window = bindText(this.#window);
    const due = dueDay(this.#expendableAt());
    const values = [
      window,
      this.#ends,
      this.#committed,
      this.#reserved,
      this.#span,
      this.#latest,
      this.#nextLease,
      this.#lifetimeEnds,
    ];
    if (this.#id === undefined) {
      const row = statements.addAccount.get(tenant, key, ...values, due) as { readonly id: number } | undefined;
      this.#id = row?.id; // It returns the id of the one row that it adds.
      this.#due = due;
      return;
    }
    statements.setAccount.run(...values, this.#id);
    // What is found to have no end when it is due is never due again.
    if (this.#due === null || laterDay(this.#due, due) === this.#due) return;
    this.#due = due;
    statements.setAccountDue.run(due, this.#id);
  }
}
