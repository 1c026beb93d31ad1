import { dropCell, type MemoryPartition } from "./memory-partition.ts";

/** A clock may step back by up to this, in milliseconds, and still find what was there. */
const margin = 2 * 86_400_000;

/** Goes round all cells of all tenants, a few at a time, and drops those of which nothing can be asked any more. */
export class MemorySweep {
  readonly #partitions: Map<string, MemoryPartition>;
  #now = 0;
  #round: Iterator<"kept" | "dropped"> | undefined;

  constructor(partitions: Map<string, MemoryPartition>) {
    this.#partitions = partitions;
  }

  /**
   * Looks at so many cells, no more than once at each, and says how many it dropped.
   *
   * INVARIANT (S1): live state is never dropped.
   */
  drop(now: number, looks: number): number {
    this.#now = now;
    this.#round ??= this.#goRound();
    let dropped = 0;
    for (let count = 0; count < looks; count += 1) {
      const { value, done } = this.#round.next();
      if (done === true) {
        this.#round = undefined;
        return dropped;
      }
      if (value === "dropped") dropped += 1;
    }
    return dropped;
  }

  *#goRound(): Generator<"kept" | "dropped"> {
    for (const [name, partition] of this.#partitions) {
      for (const cells of partition.cells) {
        for (const [key, { expendableAt }] of cells) {
          const expendable = expendableAt + margin <= this.#now;
          if (expendable) dropCell(cells, key);
          yield expendable ? "dropped" : "kept";
        }
      }
      // INVARIANT (R1): of a tenant that has no cells any more nothing is left.
      if (partition.size === 0) this.#partitions.delete(name);
    }
  }
}
