/** Numbers from 0 up to 1 that are the same in each run, for a seed (the mulberry32 sequence). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
    return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to the bound. */
export function below(random: () => number, bound: number): number {
  return Math.floor(random() * bound);
}

/** One of a list. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  const picked = list[below(random, list.length)];
  if (picked === undefined) throw new RangeError("there is nothing to pick from");
  return picked;
}
