/**
 * Lua: what a script needs to know of one kind of cells.
 *
 * An arm is `if kind == "…" then` without the `if`, and what is to be done; all arms of a script become one `if`. In an arm
 * `ARGV[position]` is the step's kind, and the arm moves `position` on to the next step.
 */
export interface CellLua {
  /** What the arms use, and what is written at the end. */
  readonly functions: string;
  /** Arms, one for each kind of check: they set `held`, `value` and `at`, which are true, 0 and 0 before. */
  readonly checks: readonly string[];
  /** Arms, one for each kind of effect: they read its cells, and find whatever could make it impossible. */
  readonly reads: readonly string[];
  /** Arms, one for each kind of effect: they let it happen on the cells' tables. */
  readonly takes: readonly string[];
  /** Writes what has changed. */
  readonly flush: string;
  /** Where the number of cells is capped: calls `list(index, score)` for each cell that is to be written. */
  readonly list: string;
}

/** Lua: one `if` of all arms. What is none of them is an error: a step that nobody understands must not hold. */
export function chooseLua(arms: readonly string[]): string {
  const unknown = `error({ err = "AMBIT_UNKNOWN a step of the plan" })\n`;
  return arms.length === 0 ? unknown : `if ${arms.join("elseif ")}else\n  ${unknown}end\n`;
}
