import type { CountCheck } from "../plan.ts";
import type { Observation } from "../state-store.ts";

/** No check asks for more entries than this in one interval. */
const longestLog = 1_000;

/** Entries by the millisecond, as many as any check can ask for. */
export class MemoryCounter {
  /** Epoch milliseconds, the oldest first. */
  #entries: number[] = [];
  #span = 0;

  /** When no entry counts any more. */
  get expendableAt(): number {
    return (this.#entries.at(-1) ?? 0) + this.#span;
  }

  check({ span, limit }: CountCheck, now: number): Observation & { readonly held: boolean } {
    const first = this.#firstAfter(now - span);
    const count = this.#entries.length - first;
    if (count < limit) return { value: count, at: 0, held: true };
    // The entry that has to leave before there is room for one more.
    const leaving = this.#entries[this.#entries.length - limit] ?? now;
    return { value: count, at: leaving + span, held: false };
  }

  add(span: number, now: number): void {
    this.#span = Math.max(this.#span, span);
    const last = this.#entries.at(-1);
    // A clock that moved back adds at the last moment that was seen: no entry leaves sooner for it (B8).
    this.#entries.push(last === undefined ? now : Math.max(last, now));
    if (this.#entries.length < 64) return;
    const kept = Math.max(this.#firstAfter(now - this.#span), this.#entries.length - longestLog);
    if (kept >= this.#entries.length / 2) this.#entries = this.#entries.slice(kept);
  }

  /** The index of the first entry later than a moment. */
  #firstAfter(moment: number): number {
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
