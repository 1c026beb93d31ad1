import { CellTable, firstNumber } from "./cell-table.ts";

const never = Number.POSITIVE_INFINITY;
const valueAt = firstNumber;
const expendableAt = firstNumber + 1;

/** Cells of one number that are kept until a moment: streaks and switches. */
export class KeptCells {
  readonly table = new CellTable({ numbers: 4 });

  /** Zeros are right. */
  begin(): void {}

  value(slot: number): number {
    return this.table.block(slot).numbers[this.table.base(slot) + valueAt] ?? 0;
  }

  setValue(slot: number, value: number): void {
    this.table.block(slot).numbers[this.table.base(slot) + valueAt] = value;
  }

  /** From when on nothing can be asked of it any more; infinity: never. */
  expendableAt(slot: number): number {
    return this.table.block(slot).numbers[this.table.base(slot) + expendableAt] ?? 0;
  }

  /** Keeps it until a moment, or for as long as was said before, whichever is later. */
  keepUntil(slot: number, moment: number): void {
    this.table.block(slot).numbers[this.table.base(slot) + expendableAt] = Math.max(this.expendableAt(slot), moment);
  }

  /** `keep`: milliseconds from now; 0: for ever. */
  keepFor(slot: number, keep: number, now: number): void {
    this.keepUntil(slot, keep === 0 ? never : now + keep);
  }

  remove(slot: number): void {
    this.table.remove(slot);
  }
}
