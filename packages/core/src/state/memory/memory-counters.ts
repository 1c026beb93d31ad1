import type { CountCheck } from "../plan.ts";
import type { Observation } from "../state-store.ts";
import { CellTable, firstNumber } from "./cell-table.ts";
import { NumberRuns, runCapacity, runSizeFor } from "./number-runs.ts";
import { nothing, observe } from "./observations.ts";

/** No check asks for more entries than this in one interval. */
const longestLog = 1_000;
/** A longer log is looked through for entries that count no more before there is no room left. */
const shortLog = 64;

/** The numbers of a counter: the longest span, and the latest entry. */
const spanAt = firstNumber;
const latestAt = firstNumber + 1;
/** Its words: the run that its entries are in, and that run's size; how many they are, and where the last question found the first that counts. */
const runAt = 8;
const sizeAt = 9;
const lengthAt = 10;
const firstAt = 11;

/**
 * Counters: entries by the millisecond, the oldest first, as many as any check can ask for.
 *
 * INVARIANT (B11): each entry is kept for as long as it counts, by itself: what is counted is exact.
 */
export class MemoryCounters {
  readonly table = new CellTable({ numbers: 6 });
  readonly #runs = new NumberRuns();

  begin(slot: number): void {
    this.table.block(slot).words[this.table.base(slot) * 2 + runAt] = this.#runs.take(0);
  }

  /** When no entry counts any more. */
  expendableAt(slot: number): number {
    const { numbers } = this.table.block(slot);
    const base = this.table.base(slot);
    return (numbers[base + latestAt] ?? 0) + (numbers[base + spanAt] ?? 0);
  }

  /** Whether the check holds; of a slot below 0, of a counter without entries. What it saw goes into `observed`. */
  check(slot: number, { span, limit }: CountCheck, now: number, observed: Observation[]): boolean {
    if (slot < 0) {
      const held = limit > 0;
      observed.push(held ? nothing : { value: 0, at: now + span });
      return held;
    }
    const { numbers, words } = this.table.block(slot);
    const base = this.table.base(slot);
    const at = base * 2;
    const length = words[at + lengthAt] ?? 0;
    const run = words[at + runAt] ?? 0;
    const entries = this.#runs.block(run);
    const begin = this.#runs.base(run);
    const latest = numbers[base + latestAt] ?? 0;
    // INVARIANT (B8): to a clock that moved back it is the last moment that was seen, so that no entry leaves sooner.
    const moment = (length > 0 && latest > now ? latest : now) - span;
    const known = words[at + firstAt] ?? 0;
    let first = latest <= moment ? length : known;
    if (first > 0 && (entries[begin + first - 1] ?? 0) > moment) first = search(entries, { begin, length, moment });
    else {
      // It mostly moves on from one question to the next.
      while (first < length && (entries[begin + first] ?? 0) <= moment) first += 1;
      if (first !== known) words[at + firstAt] = first;
    }
    const count = Math.min(length - first, longestLog);
    if (count < limit) {
      observed.push(observe(count));
      return true;
    }
    // The entry that has to leave before there is room for one more.
    observed.push({ value: count, at: (limit > 0 ? (entries[begin + length - limit] ?? 0) : now) + span });
    return false;
  }

  add(slot: number, span: number, now: number): void {
    const { numbers, words } = this.table.block(slot);
    const base = this.table.base(slot);
    const at = base * 2;
    if (span > (numbers[base + spanAt] ?? 0)) numbers[base + spanAt] = span;
    let length = words[at + lengthAt] ?? 0;
    const isFull = length === runCapacity(words[at + sizeAt] ?? 0);
    if (isFull || (length >= shortLog && (words[at + firstAt] ?? 0) * 2 > length)) length = this.#makeRoom(slot);
    const run = words[at + runAt] ?? 0;
    const known = numbers[base + latestAt] ?? 0;
    // INVARIANT (B8): to a clock that moved back it is the last moment that was seen.
    const latest = length > 0 && known > now ? known : now;
    this.#runs.block(run)[this.#runs.base(run) + length] = latest;
    words[at + lengthAt] = length + 1;
    numbers[base + latestAt] = latest;
  }

  remove(slot: number): void {
    const { words } = this.table.block(slot);
    const base = this.table.base(slot) * 2;
    this.#runs.give(words[base + runAt] ?? 0, words[base + sizeAt] ?? 0);
    this.table.remove(slot);
  }

  /** Drops entries that no check can ask for, if they are half of all, and takes a larger run if that is too few. Gives how many stay. */
  #makeRoom(slot: number): number {
    const { numbers, words } = this.table.block(slot);
    const base = this.table.base(slot);
    const at = base * 2;
    const length = words[at + lengthAt] ?? 0;
    const size = words[at + sizeAt] ?? 0;
    const since = (numbers[base + latestAt] ?? 0) - (numbers[base + spanAt] ?? 0);
    const dropped = Math.max(this.#firstAfter(slot, since), length - longestLog);
    if (dropped < length / 2) {
      if (length === runCapacity(size)) this.#moveTo(slot, runSizeFor(length + 1), 0);
      return length;
    }
    // As much again comes before the next look.
    this.#moveTo(slot, Math.min(size, runSizeFor(2 * (length - dropped + 1))), dropped);
    words[at + firstAt] = Math.max(0, (words[at + firstAt] ?? 0) - dropped);
    return length - dropped;
  }

  /** Moves the entries from a number on to the beginning of a run of a size. */
  #moveTo(slot: number, size: number, from: number): void {
    const { words } = this.table.block(slot);
    const base = this.table.base(slot) * 2;
    const run = words[base + runAt] ?? 0;
    const length = words[base + lengthAt] ?? 0;
    const begin = this.#runs.base(run);
    words[base + lengthAt] = length - from;
    if (size === words[base + sizeAt]) {
      this.#runs.block(run).copyWithin(begin, begin + from, begin + length);
      return;
    }
    // Taken first, for that may move the other one's block.
    const next = this.#runs.take(size);
    const entries = this.#runs.block(run).subarray(begin + from, begin + length);
    this.#runs.block(next).set(entries, this.#runs.base(next));
    this.#runs.give(run, words[base + sizeAt] ?? 0);
    words[base + runAt] = next;
    words[base + sizeAt] = size;
  }

  /** The index of the first entry later than a moment, which mostly moves on from one question to the next. */
  #firstAfter(slot: number, moment: number): number {
    const { words } = this.table.block(slot);
    const base = this.table.base(slot) * 2;
    const length = words[base + lengthAt] ?? 0;
    const run = words[base + runAt] ?? 0;
    const entries = this.#runs.block(run);
    const begin = this.#runs.base(run);
    let first = words[base + firstAt] ?? 0;
    if (first > 0 && (entries[begin + first - 1] ?? 0) > moment) return search(entries, { begin, length, moment });
    while (first < length && (entries[begin + first] ?? 0) <= moment) first += 1;
    words[base + firstAt] = first;
    return first;
  }
}

function search(
  entries: Float64Array,
  { begin, length, moment }: { readonly begin: number; readonly length: number; readonly moment: number },
): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[begin + middle] ?? 0) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}
