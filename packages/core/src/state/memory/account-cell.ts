import type { ReserveEffect } from "../plan.ts";
import { AccountFields, accountLayout } from "./account-fields.ts";
import { keptMoney } from "./exact-money.ts";
import { emptyReservation, type Reservation } from "./reservation.ts";

const { latestAt, newestAmountAt, newestIdAt, newestLeaseAt, newestMomentAt, newestStateAt, newestWindowAt } =
  accountLayout;
const { othersAt, windowAt } = accountLayout;

/** All reservations but the newest. */
class OtherReservations {
  readonly byId = new Map<string, Reservation>();
}

/** What the newest reservation's state is made of; 0: there is none. */
export const reservationState = { present: 1, charged: 2, expired: 4 } as const;

const { present, charged, expired } = reservationState;

/** Whether what is at the place of all reservations but the newest says that there are any. */
export function hasOthers(others: unknown): boolean {
  return others !== undefined && others instanceof OtherReservations && others.byId.size > 0;
}

type NewReservation = Pick<ReserveEffect, "evaluationId" | "amount" | "leaseUntil" | "expiry">;

/** One account at a time, with its reservations. Most calls end before the next begins: the newest needs no object. */
export class AccountCell extends AccountFields {
  /** What {@link AccountCell.take} gives of the newest one. */
  readonly #taken = emptyReservation();

  /** Whether there is any reservation. */
  get isOpen(): boolean {
    return this.numbers[this.base + newestStateAt] !== 0 || hasOthers(this.references[this.referenceBase + othersAt]);
  }

  has(evaluationId: string): boolean {
    return this.isNewest(evaluationId) || this.#others()?.byId.has(evaluationId) === true;
  }

  /** Whether there is one whose lease has ended. */
  isExpired(evaluationId: string): boolean {
    if (!this.isNewest(evaluationId)) return this.#others()?.byId.get(evaluationId)?.expired === true;
    return ((this.numbers[this.base + newestStateAt] ?? 0) & expired) !== 0;
  }

  /** Adds one whose id is not known yet, of the window and of the latest moment. */
  add({ evaluationId, amount, leaseUntil, expiry }: NewReservation): void {
    const { numbers, base } = this;
    if (numbers[base + newestStateAt] !== 0) this.#keepNewest();
    this.references[this.referenceBase + newestIdAt] = evaluationId;
    numbers[base + newestWindowAt] = numbers[base + windowAt] ?? 0;
    numbers[base + newestMomentAt] = numbers[base + latestAt] ?? 0;
    numbers[base + newestAmountAt] = amount;
    numbers[base + newestLeaseAt] = leaseUntil;
    numbers[base + newestStateAt] = expiry === "charge" ? present | charged : present;
  }

  /** Takes a reservation out. What it gives is good until the next one is taken. */
  take(evaluationId: string): Reservation | undefined {
    if (!this.isNewest(evaluationId)) {
      const known = this.#others()?.byId.get(evaluationId);
      this.#others()?.byId.delete(evaluationId);
      return known;
    }
    const newest = this.#readNewest();
    this.dropNewest();
    return newest;
  }

  /** Lets a lease end later, unless it is over; says whether there is one. */
  renew(evaluationId: string, leaseUntil: number): boolean {
    if (this.isNewest(evaluationId)) {
      if (((this.numbers[this.base + newestStateAt] ?? 0) & expired) !== 0) return false;
      const lease = this.numbers[this.base + newestLeaseAt] ?? 0;
      this.numbers[this.base + newestLeaseAt] = Math.max(lease, leaseUntil);
      return true;
    }
    const known = this.#others()?.byId.get(evaluationId);
    if (known === undefined || known.expired) return false;
    known.leaseUntil = Math.max(known.leaseUntil, leaseUntil);
    return true;
  }

  /** Takes out those of which a function says so; it may let one expire. */
  dropWhere(isOver: (reservation: Reservation) => boolean): void {
    const others = this.#others()?.byId;
    if (others !== undefined) for (const known of others.values()) if (isOver(known)) others.delete(known.evaluationId);
    if (this.numbers[this.base + newestStateAt] === 0) return;
    const newest = this.#readNewest();
    if (isOver(newest)) this.dropNewest();
    else if (newest.expired)
      this.numbers[this.base + newestStateAt] = newest.charges ? present | charged | expired : present | expired;
  }

  #others(): OtherReservations | undefined {
    const others = this.references[this.referenceBase + othersAt];
    return others !== undefined && others instanceof OtherReservations ? others : undefined;
  }

  /** Whether a reservation is the newest. */
  isNewest(evaluationId: string): boolean {
    if (this.numbers[this.base + newestStateAt] === 0) return false;
    return this.references[this.referenceBase + newestIdAt] === evaluationId;
  }

  #readNewest(): Reservation {
    const numbers = this.numbers;
    const base = this.base;
    const id = this.references[this.referenceBase + newestIdAt];
    const state = numbers[base + newestStateAt] ?? 0;
    const newest = this.#taken;
    newest.evaluationId = typeof id === "string" ? id : "";
    newest.window = numbers[base + newestWindowAt] ?? 0;
    newest.at = numbers[base + newestMomentAt] ?? 0;
    newest.amount = keptMoney(numbers[base + newestAmountAt]);
    newest.leaseUntil = numbers[base + newestLeaseAt] ?? 0;
    newest.charges = (state & charged) !== 0;
    newest.expired = (state & expired) !== 0;
    return newest;
  }

  #keepNewest(): void {
    const others = this.#others() ?? new OtherReservations();
    this.references[this.referenceBase + othersAt] = others;
    const newest = this.#readNewest();
    others.byId.set(newest.evaluationId, { ...newest });
  }

  /** Takes the newest one out. */
  dropNewest(): void {
    this.numbers[this.base + newestStateAt] = 0;
    this.references[this.referenceBase + newestIdAt] = "";
  }
}
