/** No check asks for more entries than this in one interval. */
const longestLog = 1_000;

const width = 8;

/** The entries of a counter, packed: epoch milliseconds, the oldest first. */
export class CounterEntries {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** What is stored. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#bytes.byteLength / width;
  }

  at(index: number): number {
    return this.#view.getFloat64(index * width);
  }

  /** INVARIANT (B8): to a clock that moved back it is the last moment that was seen, so that no entry leaves sooner. */
  latest(now: number): number {
    return this.length === 0 ? now : Math.max(now, this.at(this.length - 1));
  }

  /** How many are in the interval of `span` milliseconds that ends now. */
  within(span: number, now: number): number {
    return Math.min(this.length - this.#firstAfter(this.latest(now) - span), longestLog);
  }

  /** With one more, and without those that no check can ask for. */
  add(span: number, now: number): CounterEntries {
    const moment = this.latest(now);
    const first = Math.max(this.#firstAfter(moment - span), this.length + 1 - longestLog);
    const kept = this.#bytes.subarray(first * width);
    const bytes = new Uint8Array(kept.byteLength + width);
    bytes.set(kept);
    new DataView(bytes.buffer).setFloat64(kept.byteLength, moment);
    return new CounterEntries(bytes);
  }

  /** The index of the first entry later than a moment. */
  #firstAfter(moment: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) > moment) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
