import type { CellKind, KindNumber, MemoryCells } from "./memory-cells.ts";

/** A clock may step back by up to this, in milliseconds, and still find what was there. */
const margin = 2 * 86_400_000;

/** Goes round all cells, a few at a time, and drops those of which nothing can be asked any more. */
export class MemorySweep {
  readonly #cells: MemoryCells;
  /** Which kind is looked through, and below which slot its cells were not looked at yet in this round. */
  #kind: KindNumber = 0;
  #below = Number.POSITIVE_INFINITY;

  constructor(cells: MemoryCells) {
    this.#cells = cells;
  }

  /**
   * Looks at so many cells, no more than once at each, and drops what it can.
   *
   * INVARIANT (S1): live state is never dropped.
   */
  drop(now: number, looks: number): void {
    for (let count = 0; count < looks; count += 1) {
      const cells = this.#next();
      if (cells === undefined) return;
      if (cells.expendableAt(this.#below) + margin <= now) this.#cells.remove(this.#kind, this.#below);
    }
  }

  /**
   * Goes on to the next cell and gives those of its kind; `undefined` where the round is over. Downwards, for the last cell
   * takes the place of one that is dropped: no cell comes where it is overlooked, and none that is added makes the round longer.
   */
  #next(): CellKind | undefined {
    for (;;) {
      const cells = this.#cells.kinds[this.#kind];
      this.#below = Math.min(this.#below, cells.table.size) - 1;
      if (this.#below >= 0) return cells;
      this.#below = Number.POSITIVE_INFINITY;
      const next = nextKind[this.#kind];
      this.#kind = next;
      if (next === 0) return undefined;
    }
  }
}

const nextKind = [1, 2, 3, 4, 5, 0] as const;
