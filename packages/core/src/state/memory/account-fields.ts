import type { MicroUnits } from "../../money.ts";
import { CellTable } from "./cell-table.ts";
import { keptMoney } from "./exact-money.ts";
import { RollingCharges } from "./rolling-charges.ts";

/** A cell's numbers behind its name, those of its newest reservation last. */
export const committedAt = 2;
export const reservedAt = 3;
export const latestAt = 4;
export const nextLeaseAt = 5;
export const lastLeaseAt = 6;
export const lifetimeEndsAt = 7;
export const endsAt = 8;
export const spanAt = 9;
export const windowAt = 10;
export const newestAmountAt = 11;
export const newestMomentAt = 12;
export const newestLeaseAt = 13;
export const newestWindowAt = 14;
export const newestStateAt = 15;
/** Its references. */
export const newestIdAt = 0;
export const windowNameAt = 1;
export const othersAt = 2;
export const chargesAt = 3;

/** What is committed and reserved of one account at a time, and in which window. */
export class AccountFields {
  readonly table = new CellTable({ numbers: 16, references: 4 });
  /** Where its numbers are, and where they begin. */
  numbers: Float64Array = new Float64Array();
  base = 0;
  /** Where its references are, and where they begin. */
  references: unknown[] = [];
  referenceBase = 0;

  /** The account that all else is about from now on. */
  open(slot: number): void {
    const block = this.table.block(slot);
    this.numbers = block.numbers;
    this.references = block.references;
    this.base = this.table.base(slot);
    this.referenceBase = this.table.referenceBase(slot);
  }

  /** What an account is before anything is reserved on it. */
  begin(slot: number): void {
    this.open(slot);
    this.latest = Number.NEGATIVE_INFINITY;
    this.nextLease = Number.POSITIVE_INFINITY;
  }

  get committed(): MicroUnits {
    return keptMoney(this.numbers[this.base + committedAt]);
  }
  set committed(value: MicroUnits) {
    this.numbers[this.base + committedAt] = value;
  }

  get reserved(): MicroUnits {
    return keptMoney(this.numbers[this.base + reservedAt]);
  }
  set reserved(value: MicroUnits) {
    this.numbers[this.base + reservedAt] = value;
  }

  /** The latest moment at which something was reserved. */
  get latest(): number {
    return this.numbers[this.base + latestAt] ?? 0;
  }
  set latest(value: number) {
    this.numbers[this.base + latestAt] = value;
  }

  /** No lease ends before this, and none after {@link AccountFields.lastLease}. */
  get nextLease(): number {
    return this.numbers[this.base + nextLeaseAt] ?? 0;
  }
  set nextLease(value: number) {
    this.numbers[this.base + nextLeaseAt] = value;
  }

  get lastLease(): number {
    return this.numbers[this.base + lastLeaseAt] ?? 0;
  }
  set lastLease(value: number) {
    this.numbers[this.base + lastLeaseAt] = value;
  }

  /** When what was charged for a lifetime can be asked for no more. 0: nothing was. */
  get lifetimeEnds(): number {
    return this.numbers[this.base + lifetimeEndsAt] ?? 0;
  }
  set lifetimeEnds(value: number) {
    this.numbers[this.base + lifetimeEndsAt] = value;
  }

  /** When the calendar window ends. */
  get ends(): number {
    return this.numbers[this.base + endsAt] ?? 0;
  }

  /** Milliseconds of a rolling window; 0: it is none. */
  get span(): number {
    return this.numbers[this.base + spanAt] ?? 0;
  }
  set span(value: number) {
    this.numbers[this.base + spanAt] = value;
  }

  /** How many calendar windows there were. */
  get window(): number {
    return this.numbers[this.base + windowAt] ?? 0;
  }

  /** Whether a calendar window of a name comes after the account's. */
  isBefore(name: string): boolean {
    const own = this.references[this.referenceBase + windowNameAt];
    return own !== name && name > (typeof own === "string" ? own : "");
  }

  enterWindow(name: string, ends: number): void {
    this.numbers[this.base + windowAt] = this.window + 1;
    this.numbers[this.base + endsAt] = ends;
    this.references[this.referenceBase + windowNameAt] = name;
  }

  /** The charges of a rolling window; `undefined` where none was ever made. */
  get charges(): RollingCharges | undefined {
    const charges = this.references[this.referenceBase + chargesAt];
    return charges instanceof RollingCharges ? charges : undefined;
  }

  neededCharges(): RollingCharges {
    const known = this.charges;
    if (known !== undefined) return known;
    const charges = new RollingCharges();
    this.references[this.referenceBase + chargesAt] = charges;
    return charges;
  }
}
