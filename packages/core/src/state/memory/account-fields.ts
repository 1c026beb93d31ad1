import type { MicroUnits } from "../../money.ts";
import { CellTable } from "./cell-table.ts";
import { keptMoney } from "./exact-money.ts";
import { RollingCharges } from "./rolling-charges.ts";

/**
 * Where a cell's numbers are, behind its name, in the order of how often they are asked for; and where its references are.
 * Whoever uses them makes them constants of its own file: V8 asks for an imported one each time.
 */
export const accountLayout = {
  committedAt: 2,
  reservedAt: 3,
  nextLeaseAt: 4,
  latestAt: 5,
  newestStateAt: 6,
  newestWindowAt: 7,
  windowAt: 8,
  spanAt: 9,
  newestAmountAt: 10,
  newestLeaseAt: 11,
  newestMomentAt: 12,
  lastLeaseAt: 13,
  lifetimeEndsAt: 14,
  endsAt: 15,
  newestIdAt: 0,
  windowNameAt: 1,
  othersAt: 2,
  chargesAt: 3,
} as const;

const { committedAt, reservedAt, nextLeaseAt, latestAt, windowAt, spanAt, lastLeaseAt, lifetimeEndsAt, endsAt } =
  accountLayout;
const { newestIdAt, windowNameAt, chargesAt } = accountLayout;

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
    // Texts only, so that V8 compares them as such.
    this.references[this.referenceBase + newestIdAt] = "";
    this.references[this.referenceBase + windowNameAt] = "";
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
    return comesAfter(name, this.references[this.referenceBase + windowNameAt]);
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

/** Whether a calendar window of a name comes after another: after an empty name, which is none, any. */
export function comesAfter(name: string, other: unknown): boolean {
  return other !== name && typeof other === "string" && name > other;
}
