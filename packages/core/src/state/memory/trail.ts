import type { CellTable } from "./cell-table.ts";

/** How many entries a trail keeps. */
export const trailLength = 32;

/**
 * The period, 2 to 4, of the cycle that an entry would close behind others: the same entries in the same order
 * `repeats` times, not all alike. 0 for none.
 */
export function cyclePeriod(trail: readonly string[], entry: string, repeats: number): number {
  const at = (back: number) => (back === 0 ? entry : trail[trail.length - back]);
  for (let period = 2; period <= 4; period += 1) {
    const length = period * repeats;
    if (trail.length + 1 < length) continue;
    let repeated = true;
    let alike = true;
    for (let back = 0; back < length && repeated; back += 1) {
      if (back + period < length && at(back) !== at(back + period)) repeated = false;
      if (at(back) !== entry) alike = false;
    }
    if (repeated && !alike) return period;
  }
  return 0;
}

/** The entries of a trail, the oldest first: the very list that is kept. */
export function entriesOf(trails: CellTable, slot: number): string[] {
  const { references } = trails.block(slot);
  const at = trails.referenceBase(slot);
  const known = references[at];
  if (known instanceof Trail) return known.entries;
  const trail = new Trail();
  references[at] = trail;
  return trail.entries;
}

class Trail {
  readonly entries: string[] = [];
}
