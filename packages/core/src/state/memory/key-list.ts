import type { CellName } from "./cell-table.ts";

/**
 * What a list of keys names, as far as it was looked for: of each key the place of its cell, then how many cells had been
 * removed when the places were right, and then of each the three words of its name. One array, for there are many; in this
 * order, for most plans ask for no name.
 *
 * A place is a cell's slot plus one above three bits for its kind, or one of the {@link placeNumbers}. Less than 0: the cell
 * is there unless it was moved since.
 */
export type KeyList = number[];

const perName = 3;
/** Words of a key: its place, and its name. */
const perKey = 1 + perName;
/** In the place of a cell: there is none, as far as is known, and its name is not known either, or it is. */
export const placeNumbers = { unnamed: 0, named: 7 } as const;

const { unnamed, named } = placeNumbers;

/** The list of so many keys of which nothing was looked for. */
export function newKeyList(length: number): KeyList {
  // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` takes forty times as long, and a new call waits for it.
  return new Array<number>(length * perKey + 1).fill(unnamed);
}

/** How many keys it is of. */
export function countKeys(list: KeyList): number {
  return (list.length - 1) / perKey;
}

export function readName(list: KeyList, key: number, name: CellName): void {
  const at = nameAt(list, key);
  name.first = list[at] ?? 0;
  name.second = list[at + 1] ?? 0;
  name.third = list[at + 2] ?? 0;
}

export function setName(list: KeyList, key: number, { first, second, third }: CellName): void {
  const at = nameAt(list, key);
  list[at] = first;
  list[at + 1] = second;
  list[at + 2] = third;
}

/** INVARIANT (S1): once a cell was removed, and another moved into its place, no place is known for sure any more. */
export function doubtPlaces(list: KeyList, removals: number): void {
  const count = countKeys(list);
  if (list[count] === removals) return;
  list[count] = removals;
  for (let key = 0; key < count; key += 1) {
    const place = list[key] ?? unnamed;
    if (place > named) list[key] = -place;
  }
}

function nameAt(list: KeyList, key: number): number {
  return countKeys(list) + 1 + key * perName;
}
