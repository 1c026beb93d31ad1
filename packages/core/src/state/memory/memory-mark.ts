const never = Number.POSITIVE_INFINITY;

/** When something was last marked. */
export class MemoryMark {
  /** Epoch milliseconds. */
  at = Number.NEGATIVE_INFINITY;
  expendableAt = 0;
  dropped = false;

  /** An earlier moment never replaces a later one. `keep`: milliseconds; 0: for ever. */
  set(keep: number, now: number): void {
    this.at = Math.max(this.at, now);
    this.expendableAt = keptUntil(this, keep, now);
  }
}

/** The later of what was said before and what is said now. */
export function keptUntil({ expendableAt }: { readonly expendableAt: number }, keep: number, now: number): number {
  return Math.max(expendableAt, keep === 0 ? never : now + keep);
}
