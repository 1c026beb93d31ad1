import { StateStoreError } from "../state-store.ts";
import { CellTable } from "./cell-table.ts";

/**
 * A mark's own words: the low 32 bits of its moment; and above how long it is kept, the rest of the moment. Many sessions
 * leave many marks: each is one number.
 */
const lowAt = 4;
const highAt = 5;
const wordSize = 2 ** 32;
const keepBits = 10;
const keepMask = (1 << keepBits) - 1;
/** A mark that is kept for ever. */
const always = keepMask;
const longest = Number.MAX_SAFE_INTEGER;

/** Marks: each was set at a moment, exactly, and is kept for no less than was said, and no more than a sixteenth longer. */
export class MemoryMarks {
  readonly table = new CellTable({ numbers: 3 });

  /** Zeros are right. */
  begin(): void {}

  /** The moment at which it was last set. */
  value(slot: number): number {
    const { words } = this.table.block(slot);
    const at = this.table.base(slot) * 2;
    return ((words[at + highAt] ?? 0) >> keepBits) * wordSize + ((words[at + lowAt] ?? 0) >>> 0);
  }

  /** From when on nothing can be asked of it any more; infinity: never. */
  expendableAt(slot: number): number {
    const { words } = this.table.block(slot);
    const code = (words[this.table.base(slot) * 2 + highAt] ?? 0) & keepMask;
    return code === always ? Number.POSITIVE_INFINITY : this.value(slot) + keptFor(code);
  }

  /** Sets one that was just added. `keep`: milliseconds from now; 0: for ever. */
  set(slot: number, keep: number, now: number): void {
    this.#write(slot, now, keep === 0 ? always : keepCode(keep));
  }

  /** Sets one that is set. An earlier moment never replaces a later one, whether it is kept until then or was set at it. */
  renew(slot: number, keep: number, now: number): void {
    const moment = Math.max(this.value(slot), now);
    const until = keep === 0 ? Number.POSITIVE_INFINITY : Math.max(this.expendableAt(slot), now + keep);
    this.#write(slot, moment, keepCode(until - moment));
  }

  /** Throws where a mark cannot be set at a moment. */
  verify(now: number): void {
    if (Number.isSafeInteger(now)) return;
    throw new StateStoreError("state_unavailable", "a moment is not a whole number of milliseconds");
  }

  remove(slot: number): void {
    this.table.remove(slot);
  }

  #write(slot: number, moment: number, code: number): void {
    const { words } = this.table.block(slot);
    const at = this.table.base(slot) * 2;
    words[at + lowAt] = moment | 0;
    words[at + highAt] = (Math.floor(moment / wordSize) << keepBits) | code;
  }
}

/** How long is kept what is kept for a length of time, in few bits: five of the number, and how many follow. Rounded up. */
function keepCode(length: number): number {
  if (length > longest) return always;
  // Sixteen bits less come to sixteen more that follow.
  if (length >= wordSize) return keepCode(Math.ceil(length / 65_536)) + (16 << 4);
  const following = Math.max(0, 27 - Math.clz32(length));
  return (following << 4) + Math.ceil(length / (1 << following));
}

function keptFor(code: number): number {
  return code < 32 ? code : ((code & 15) + 16) * 2 ** ((code >> 4) - 1);
}
