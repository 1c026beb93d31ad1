const day = 86_400_000;

/** A clock may step back by up to this, in milliseconds, and still find what was there. */
const margin = 2 * day;

/**
 * The day, counted from 1970, from which on a cell may be dropped, of which nothing can be asked after a moment in epoch
 * milliseconds; `null` where that never comes. Days, so that a cell in steady use seldom moves in the index over them.
 */
export function dueDay(expendableAt: number): number | null {
  return expendableAt >= Number.MAX_SAFE_INTEGER - margin ? null : Math.ceil((expendableAt + margin) / day);
}

/** The day of a moment. */
export function dayOf(now: number): number {
  return Math.floor(now / day);
}

/** The later of two. */
export function laterDay(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : Math.max(left, right);
}
