import type { Clock } from "./clock.ts";

/** One thing that the benchmarks measure, such as the permission check. */
export interface Section {
  readonly name: string;
  readonly run: (effort: Effort) => Promise<Report>;
}

/** How much time a run may take. */
export interface Effort {
  /** How often each contender is timed; the median counts. */
  readonly rounds: number;
  /** How long one round of one contender lasts, in milliseconds. */
  readonly milliseconds: number;
  /** What is timed by: for what waits, sections take the time of day all the same. */
  readonly clock: Clock;
  /** The longest that the answers of one contender are checked, in milliseconds. */
  readonly verification: number;
  /** What takes longer than this for one operation is not timed, in nanoseconds. */
  readonly slowest: number;
  /** The largest generated policy, in rules. */
  readonly largest: number;
}

/** What a section found. */
export interface Report {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  readonly notes: readonly string[];
}

/** Figures of one run, side by side. */
export interface Table {
  readonly title: string;
  /** The first names the rows. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** One line of a table. */
export interface Row {
  readonly name: string;
  readonly cells: readonly string[];
  /** The same as plain numbers, for programs. */
  readonly figures: readonly (number | undefined)[];
}

/** What is promised of a figure, and what was found. */
export interface Goal {
  /** Such as `G3`. */
  readonly id: string;
  readonly words: string;
  readonly found: string;
  readonly status: "met" | "missed" | "not measured";
}

/** A goal for a ratio. Without a ratio, it was not measured. */
export function ratioGoal(
  id: string,
  words: string,
  { ratio, atMost = Infinity, atLeast = 0 }: { ratio: number | undefined; atMost?: number; atLeast?: number },
): Goal {
  if (ratio === undefined) return { id, words, found: "no figure", status: "not measured" };
  const status = ratio <= atMost && ratio >= atLeast ? "met" : "missed";
  return { id, words, found: `${ratio.toFixed(ratio < 100 ? 2 : 0)}×`, status };
}

/** One figure by another, where both are known. */
export function divide(figure: number | undefined, by: number | undefined): number | undefined {
  return figure === undefined || by === undefined ? undefined : figure / by;
}
