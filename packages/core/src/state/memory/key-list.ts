import type { CellName } from "./cell-table.ts";

/** Of each key: the place where its cell was found, and the words of its name. */
const perKey = 4;
/** In the place of a cell: there is none, as far as is known, and its name is not known either, or it is. */
export const unnamed = 0;
export const named = 7;

/** What a list of keys names, as far as it was looked for. */
export class KeyList {
  readonly #words: number[];
  /** How many cells had been removed when its places were right. */
  removals = 0;

  constructor(keys: readonly string[]) {
    // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` takes forty times as long, and a new call waits for it.
    this.#words = new Array<number>(keys.length * perKey).fill(unnamed);
  }

  /**
   * The place of a key's cell, its slot plus one above three bits for its kind, or {@link unnamed} or {@link named}. Less than
   * 0: it is there unless it was moved since.
   */
  place(key: number): number {
    return this.#words[key * perKey] ?? unnamed;
  }

  setPlace(key: number, place: number): void {
    this.#words[key * perKey] = place;
  }

  readName(key: number, name: CellName): void {
    const at = key * perKey;
    name.first = this.#words[at + 1] ?? 0;
    name.second = this.#words[at + 2] ?? 0;
    name.third = this.#words[at + 3] ?? 0;
  }

  setName(key: number, { first, second, third }: CellName): void {
    const at = key * perKey;
    this.#words[at + 1] = first;
    this.#words[at + 2] = second;
    this.#words[at + 3] = third;
  }

  /** INVARIANT (S1): once a cell was removed, and another moved into its place, no place is known for sure any more. */
  doubt(removals: number): void {
    this.removals = removals;
    const words = this.#words;
    for (let at = 0; at < words.length; at += perKey) {
      const place = words[at] ?? unnamed;
      if (place > named) words[at] = -place;
    }
  }
}
