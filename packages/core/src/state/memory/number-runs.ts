/** The numbers of the smallest run; each next size has room for twice as many. */
const smallest = 4;
/** Up to 2,048 numbers. */
const sizes = 10;
const fullBits = 15;
const full = 1 << fullBits;
/** The first block is this long until there is no room in it for a run. */
const first = 256;
const none = -1;

/** How many numbers a run of a size has room for. */
export function runCapacity(size: number): number {
  return smallest << size;
}

/** The smallest size that has room for so many numbers, at most 2,048. */
export function runSizeFor(count: number): number {
  let size = 0;
  while (runCapacity(size) < count) size += 1;
  return size;
}

/**
 * Runs of numbers, in ten sizes, that lie in a few large blocks. What one gives back is the next one's of its size, so that
 * memory does not grow with what comes and goes.
 */
export class NumberRuns {
  readonly #blocks: Float64Array[] = [];
  /** Where no run has been yet, in the last block. */
  #used = 0;
  /** By size, the last run that was given back; its first number says which one was before it. */
  readonly #free: number[] = Array.from({ length: sizes }, () => none);

  /** The number of a run, which is its place in units of the smallest. Its numbers are whatever they are. */
  take(size: number): number {
    const free = this.#free[size] ?? none;
    if (free !== none) {
      this.#free[size] = this.block(free)[this.base(free)] ?? none;
      return free;
    }
    const capacity = runCapacity(size);
    if (this.#used + capacity > (this.#blocks.at(-1)?.length ?? 0)) this.#addRoom();
    const run = ((this.#blocks.length - 1) * full + this.#used) / smallest;
    this.#used += capacity;
    return run;
  }

  give(run: number, size: number): void {
    this.block(run)[this.base(run)] = this.#free[size] ?? none;
    this.#free[size] = run;
  }

  block(run: number): Float64Array {
    const block = this.#blocks[run >>> (fullBits - 2)];
    if (block === undefined) throw new RangeError(`there is no run ${run}`);
    return block;
  }

  /** Where a run's numbers begin in its block. */
  base(run: number): number {
    return (run & (full / smallest - 1)) * smallest;
  }

  #addRoom(): void {
    const [block] = this.#blocks;
    if (block !== undefined && block.length < full) {
      const larger = new Float64Array(full);
      larger.set(block);
      this.#blocks[0] = larger;
      return;
    }
    this.#blocks.push(new Float64Array(block === undefined ? first : full));
    this.#used = 0;
  }
}
