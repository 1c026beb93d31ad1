import type { Owner } from "../policy/history-rule.ts";

/** What is known of a session's end: see `KnownContext`. */
export interface SessionEnd {
  readonly sessionEnds?: number | undefined;
}

/** By how much the clocks of processes may differ, in milliseconds. */
const skew = 60_000;

/**
 * After which moment, in epoch milliseconds, no process asks for the cells of an owner any more; `undefined` where that
 * never comes: of all owners only a session ends, and only one whose id says when.
 */
export function endOfOwner(owner: Owner, { sessionEnds }: SessionEnd): number | undefined {
  return owner === "session" && sessionEnds !== undefined ? sessionEnds + skew : undefined;
}

/** INVARIANT (S1): of a session that is over, or was not begun here, nothing is asked and nothing is written. */
export function isSessionOver({ sessionEnds }: SessionEnd, now: number): boolean {
  return sessionEnds !== undefined && !(now < sessionEnds);
}

/** How long after the end of its session a call that still runs may ask what may be released of its result. */
const longestEnding = 86_400_000;

/**
 * INVARIANT (S1): of what is asked for so long after the end nobody can say any more whether it happened. Stores keep what
 * may be forgotten for two days, so that a clock that is put back finds it.
 */
export function isSessionForgotten(end: SessionEnd, now: number): boolean {
  return isSessionOver(end, now - longestEnding);
}

/**
 * How long a cell is kept that is asked about for `within` milliseconds, or ever, and for no longer than its owner lasts.
 * 0: for ever.
 */
export function keepFor(within: number | undefined, ends: number | undefined, now: number): number {
  if (ends === undefined) return within ?? 0;
  return Math.max(1, Math.min(ends - now, within ?? Number.POSITIVE_INFINITY));
}
