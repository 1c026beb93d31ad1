import type { MicroUnits } from "@ambit/core";
import { none, sum } from "./exact-money.ts";
import type { Statements } from "./statements.ts";

interface ChargeRow {
  readonly at: number;
  readonly amount: MicroUnits;
}

/** What is asked of {@link RollingCharges.freeAt}. */
export interface RoomQuestion {
  /** What is spent, with what shall fit. */
  readonly wanted: number;
  readonly limit: MicroUnits;
  /** Milliseconds. */
  readonly span: number;
}

/** The charges of an account's rolling window: a row for each slot. */
export class RollingCharges {
  readonly #statements: Statements;
  readonly #account: number;

  constructor(statements: Statements, account: number) {
    this.#statements = statements;
    this.#account = account;
  }

  add(slot: number, amount: MicroUnits): void {
    this.#statements.addCharge.run(this.#account, slot, amount);
  }

  /** Takes an amount out of a slot again; says whether the slot still held it. */
  takeBack(slot: number, amount: MicroUnits): "taken" | "gone" {
    const charge = this.#statements.readCharge.get(this.#account, slot) as Pick<ChargeRow, "amount"> | undefined; // Its column.
    if (charge === undefined || charge.amount < amount) return "gone";
    this.#statements.setCharge.run(charge.amount - amount, this.#account, slot);
    return "taken";
  }

  /** Drops the slots that ended at or before a moment, and says how much they held. */
  forget(moment: number): MicroUnits {
    const dropped = this.#statements.forgetCharges.all(this.#account, moment) as unknown as Pick<ChargeRow, "amount">[]; // Its column.
    return dropped.reduce((total, { amount }) => sum(total, amount), none);
  }

  /** Drops all of them. */
  clear(): void {
    this.#statements.dropCharges.run(this.#account);
  }

  /** When there will be room, if nothing else is charged; 0 where there never is. */
  freeAt({ wanted, limit, span }: RoomQuestion): number {
    const charges = this.#statements.readCharges.all(this.#account) as unknown as readonly ChargeRow[]; // Its columns.
    let spent = wanted;
    for (const { at, amount } of charges) {
      spent -= amount;
      if (spent <= limit) return at + span;
    }
    return 0;
  }
}

/** The end of the slot, a thousandth of the span, that a moment lies in. */
export function slotEnd(at: number, span: number): number {
  const slot = Math.max(1, Math.floor(span / 1_000));
  return Math.ceil(at / slot) * slot;
}
