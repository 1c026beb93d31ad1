/** How much a {@link RecentMap} keeps at most. */
export interface RecentMapLimits {
  readonly entries: number;
  /** In whatever unit the entries' weights have. */
  readonly weight: number;
}

/**
 * Keeps what was used lately, for nothing but speed: an entry may be gone at any time. In two generations, so that to find
 * one costs no more than a look into a map: once the younger is half of all that may be kept, the older is dropped.
 */
export class RecentMap<Key, Value> {
  readonly #limits: RecentMapLimits;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #weight = 0;

  constructor(limits: RecentMapLimits) {
    this.#limits = limits;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** `weight`: how much more is kept for it; an entry that is set again weighs that more. */
  set(key: Key, value: Value, weight: number): void {
    if (this.#young.size * 2 >= this.#limits.entries || this.#weight * 2 >= this.#limits.weight) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(key, value);
    this.#weight += weight;
  }
}
