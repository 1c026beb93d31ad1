import type { CellName } from "./cell-table.ts";
import { CellTable } from "./cell-table.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import { NumberRuns, runCapacity } from "./number-runs.ts";
import { findPeriod, trailLength } from "./trail.ts";

/** A trail's own number: until when it is kept. */
const expendableNumber = 2;
/** Its words: the run that its entries are in, and that run's size; how many they are, and where the oldest is. */
const runAt = 6;
const sizeAt = 7;
const lengthAt = 8;
const oldestAt = 9;

/**
 * Trails: the last entries of each, as numbers of 53 bits by the store's own hash.
 *
 * INVARIANT (R7): equal entries have equal numbers, so that no circle is missed. Distinct ones that have one, which nobody
 * can look for who does not know the key, come once in 10^15 pairs, and a circle takes several.
 */
export class MemoryTrails {
  readonly table = new CellTable({ numbers: 5 });
  readonly #runs = new NumberRuns();
  readonly #hash: KeyedHash;
  readonly #name: CellName = { first: 0, second: 0, third: 0 };
  /** The entry that was asked for last, which mostly is the next to be added. */
  #entry = "";
  #number = 0;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
    this.#number = this.#hashed("");
  }

  begin(slot: number): void {
    this.table.block(slot).words[this.table.base(slot) * 2 + runAt] = this.#runs.take(0);
  }

  /** From when on nothing can be asked of it any more; infinity: never. */
  expendableAt(slot: number): number {
    return this.table.block(slot).numbers[this.table.base(slot) + expendableNumber] ?? 0;
  }

  /** `keep`: milliseconds from now; 0: for ever. */
  follow(slot: number, { entry, keep }: { readonly entry: string; readonly keep: number }, now: number): void {
    const { numbers, words } = this.table.block(slot);
    const base = this.table.base(slot);
    const until = keep === 0 ? Number.POSITIVE_INFINITY : now + keep;
    numbers[base + expendableNumber] = Math.max(numbers[base + expendableNumber] ?? 0, until);
    const length = words[base * 2 + lengthAt] ?? 0;
    const oldest = words[base * 2 + oldestAt] ?? 0;
    if (length < trailLength && length === runCapacity(words[base * 2 + sizeAt] ?? 0)) this.#grow(slot, length);
    const run = words[base * 2 + runAt] ?? 0;
    this.#runs.block(run)[this.#runs.base(run) + ((oldest + length) % trailLength)] = this.#numberOf(entry);
    if (length < trailLength) words[base * 2 + lengthAt] = length + 1;
    else words[base * 2 + oldestAt] = (oldest + 1) % trailLength;
  }

  /**
   * The period, 2 to 4, of the cycle that an entry would close behind others: the same entries in the same order
   * `repeats` times, not all alike. 0 for none. Of a slot below 0, of a trail without entries.
   */
  cyclePeriod(slot: number, entry: string, repeats: number): number {
    if (slot < 0) return 0;
    const { words } = this.table.block(slot);
    const base = this.table.base(slot) * 2;
    const length = words[base + lengthAt] ?? 0;
    if (length + 1 < 2 * repeats) return 0;
    const run = words[base + runAt] ?? 0;
    const entries = this.#runs.block(run);
    const begin = this.#runs.base(run);
    const end = (words[base + oldestAt] ?? 0) + length;
    const number = this.#numberOf(entry);
    const at = (back: number) => (back === 0 ? number : entries[begin + ((end - back) % trailLength)]);
    return findPeriod(length, at, repeats);
  }

  remove(slot: number): void {
    const { words } = this.table.block(slot);
    const base = this.table.base(slot) * 2;
    this.#runs.give(words[base + runAt] ?? 0, words[base + sizeAt] ?? 0);
    this.table.remove(slot);
  }

  /** Moves the entries to the beginning of a run of the next size. */
  #grow(slot: number, length: number): void {
    const { words } = this.table.block(slot);
    const base = this.table.base(slot) * 2;
    const size = words[base + sizeAt] ?? 0;
    const run = words[base + runAt] ?? 0;
    // Taken first, for that may move the other one's block.
    const next = this.#runs.take(size + 1);
    const begin = this.#runs.base(run);
    this.#runs.block(next).set(this.#runs.block(run).subarray(begin, begin + length), this.#runs.base(next));
    this.#runs.give(run, size);
    words[base + runAt] = next;
    words[base + sizeAt] = size + 1;
  }

  #numberOf(entry: string): number {
    if (entry !== this.#entry) {
      this.#number = this.#hashed(entry);
      this.#entry = entry;
    }
    return this.#number;
  }

  #hashed(entry: string): number {
    const name = this.#name;
    this.#hash.write(entry, name);
    return (name.first >>> 0) * 2 ** 21 + (name.second >>> 11);
  }
}
