import type { MicroUnits } from "../../money.ts";
import { subtractExactly, sumExactly } from "./exact-money.ts";

/** What is charged together: all of one slot. */
interface Charge {
  /** The end of the slot: all of it counts as long as this does. */
  readonly at: number;
  amount: MicroUnits;
}

/** The charges of a rolling window, the oldest first. */
export class RollingCharges {
  #charges: Charge[] = [];

  /** The end of the last slot. */
  get latest(): number | undefined {
    return this.#charges.at(-1)?.at;
  }

  /** Puts one charge in the place of all. */
  begin(at: number, amount: MicroUnits): void {
    this.#charges = [{ at, amount }];
  }

  clear(): void {
    this.#charges = [];
  }

  /** Drops the charges up to a moment, and takes them from what is committed. */
  drop(until: number, committed: MicroUnits): MicroUnits {
    let rest = committed;
    let count = 0;
    for (const { at, amount } of this.#charges) {
      if (at > until) break;
      rest = subtractExactly(rest, amount);
      count += 1;
    }
    this.#charges.splice(0, count);
    return rest;
  }

  /** The slot with which enough leaves for no more than `limit` to stay, if nothing else is charged. */
  leaving(spent: number, limit: MicroUnits): number | undefined {
    let rest = spent;
    for (const charge of this.#charges) {
      rest -= charge.amount;
      if (rest <= limit) return charge.at;
    }
    return undefined;
  }

  add(end: number, amount: MicroUnits): void {
    const index = this.#charges.findLastIndex((charge) => charge.at <= end);
    const known = this.#charges[index];
    if (known?.at === end) known.amount = sumExactly(known.amount, amount);
    else this.#charges.splice(index + 1, 0, { at: end, amount });
  }

  /** Takes an amount from a slot's charge; says whether it was there. */
  take(end: number, amount: MicroUnits): boolean {
    const charge = this.#charges.find((entry) => entry.at === end);
    if (charge === undefined || charge.amount < amount) return false;
    charge.amount = subtractExactly(charge.amount, amount);
    return true;
  }
}
