/** How many entries a trail keeps. */
export const trailLength = 32;

/**
 * The period, 2 to 4, of the cycle that an entry would close behind others: the same entries in the same order
 * `repeats` times, not all alike. 0 for none.
 */
export function cyclePeriod(trail: readonly string[], entry: string, repeats: number): number {
  return findPeriod(trail.length, (back) => (back === 0 ? entry : trail[trail.length - back]), repeats);
}

/** The same, where entries are read by how far back they are: 0 is the new one. `length`: of the trail. */
export function findPeriod(length: number, at: (back: number) => unknown, repeats: number): number {
  for (let period = 2; period <= 4 && period * repeats <= length + 1; period += 1) {
    if (isCycle(at, period, period * repeats)) return period;
  }
  return 0;
}

function isCycle(at: (back: number) => unknown, period: number, length: number): boolean {
  let alike = true;
  for (let back = 0; back < length; back += 1) {
    if (back + period < length && at(back) !== at(back + period)) return false;
    if (at(back) !== at(0)) alike = false;
  }
  return !alike;
}
