import type { CellName } from "./cell-table.ts";

/** Words of a name, behind the places of all keys. */
const perName = 3;
/** In the place of a cell: there is none, as far as is known, and its name is not known either, or it is. */
export const placeNumbers = { unnamed: 0, named: 7 } as const;

const { unnamed, named } = placeNumbers;

/** What a list of keys names, as far as it was looked for. */
export class KeyList {
  /**
   * Of each key, the place of its cell: its slot plus one above three bits for its kind, or one of the {@link placeNumbers}.
   * Less than 0: it is there unless it was moved since. The names follow, which are mostly not asked for.
   */
  readonly words: number[];
  /** How many keys there are. */
  readonly length: number;
  /** How many cells had been removed when its places were right. */
  removals = 0;

  constructor({ length }: readonly string[]) {
    this.length = length;
    // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` takes forty times as long, and a new call waits for it.
    this.words = new Array<number>(length * (1 + perName)).fill(unnamed);
  }

  readName(key: number, name: CellName): void {
    const at = this.length + key * perName;
    name.first = this.words[at] ?? 0;
    name.second = this.words[at + 1] ?? 0;
    name.third = this.words[at + 2] ?? 0;
  }

  setName(key: number, { first, second, third }: CellName): void {
    const at = this.length + key * perName;
    this.words[at] = first;
    this.words[at + 1] = second;
    this.words[at + 2] = third;
  }

  /** INVARIANT (S1): once a cell was removed, and another moved into its place, no place is known for sure any more. */
  doubt(removals: number): void {
    this.removals = removals;
    const words = this.words;
    for (let key = 0; key < this.length; key += 1) {
      const place = words[key] ?? unnamed;
      if (place > named) words[key] = -place;
    }
  }
}
