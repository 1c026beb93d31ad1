import type { CountCheck } from "../plan.ts";
import type { Observation } from "../state-store.ts";

/** No check asks for more entries than this in one interval. */
const longestLog = 1_000;

/** Entries by the millisecond, as many as any check can ask for. */
export class MemoryCounter {
  dropped = false;
  /** Epoch milliseconds, the oldest first. */
  #entries: number[] = [];
  #span = 0;
  /** Where the last question found the first entry that counts. */
  #first = 0;

  /** When no entry counts any more. */
  get expendableAt(): number {
    return (this.#entries.at(-1) ?? 0) + this.#span;
  }

  /** Whether the check holds. What it saw goes into `observed`. */
  check({ span, limit }: CountCheck, now: number, observed: Observation[]): boolean {
    const first = this.#firstAfter(this.#latest(now) - span);
    const count = Math.min(this.#entries.length - first, longestLog);
    const held = count < limit;
    // The entry that has to leave before there is room for one more.
    const leaving = this.#entries[this.#entries.length - limit] ?? now;
    observed.push({ value: count, at: held ? 0 : leaving + span });
    return held;
  }

  add(span: number, now: number): void {
    this.#span = Math.max(this.#span, span);
    this.#entries.push(this.#latest(now));
    if (this.#entries.length < 64) return;
    const kept = Math.max(this.#firstAfter(this.#latest(now) - this.#span), this.#entries.length - longestLog);
    if (kept < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(kept);
    this.#first = Math.max(0, this.#first - kept);
  }

  /** INVARIANT (B8): to a clock that moved back it is the last moment that was seen, so that no entry leaves sooner. */
  #latest(now: number): number {
    return Math.max(now, this.#entries.at(-1) ?? now);
  }

  /** The index of the first entry later than a moment, which mostly moves on from one question to the next. */
  #firstAfter(moment: number): number {
    let first = this.#first;
    if (first > 0 && (this.#entries[first - 1] ?? 0) > moment) return this.#search(moment);
    while (first < this.#entries.length && (this.#entries[first] ?? 0) <= moment) first += 1;
    this.#first = first;
    return first;
  }

  #search(moment: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] ?? 0) > moment) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
