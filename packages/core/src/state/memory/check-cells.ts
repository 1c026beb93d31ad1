import type { AccountCheck, Check, CountCheck, Plan } from "../plan.ts";
import type { Observation } from "../state-store.ts";
import { kindNumbers, type MemoryCells } from "./memory-cells.ts";
import { nothing, observe } from "./observations.ts";

const { account: accountKind, counter: counterKind, mark: markKind } = kindNumbers;
const { streak: streakKind, trail: trailKind, switch: switchKind } = kindNumbers;

/** How many checks of the plan that is taken hold, up to the first that does not. What they saw goes into `observed`. */
export function countHeld(cells: MemoryCells, { checks, now }: Plan, observed: Observation[]): number {
  const { accounts, counters } = cells;
  let held = 0;
  // Most are limits. They are told apart in the loop, for a call takes as long as a good part of a check.
  for (const check of checks) {
    if (check.kind === "count") {
      if (!counters.check(cells.find(counterKind, check.key), check, now, observed)) break;
    } else if (check.kind === "account") {
      if (!accounts.check(cells.find(accountKind, check.key), check, now, observed)) break;
    } else if (!checkHistory(cells, check, now, observed)) break;
    held += 1;
  }
  return held;
}

type HistoryCheck = Exclude<Check, CountCheck | AccountCheck>;

function checkHistory(cells: MemoryCells, check: HistoryCheck, now: number, observed: Observation[]): boolean {
  switch (check.kind) {
    case "off": {
      // Every call asks for four, and mostly none is there: their names need not even be fetched.
      const slot = cells.tenant.switches === 0 ? -1 : cells.find(switchKind, check.key);
      const until = slot < 0 ? 0 : cells.switches.expendableAt(slot);
      const thrown = until > now;
      observed.push(thrown ? { value: 1, at: until } : nothing);
      return !thrown;
    }
    case "marked":
    case "unmarked": {
      const slot = cells.find(markKind, check.key);
      const at = slot < 0 ? undefined : cells.marks.value(slot);
      const marked = at !== undefined && at >= check.since;
      observed.push(at === undefined ? nothing : { value: marked ? 1 : 0, at });
      return marked === (check.kind === "marked");
    }
    case "incomplete": {
      let marked = 0;
      for (const key of check.keys) if (isMarked(cells, key, check.since)) marked += 1;
      observed.push(observe(marked));
      return marked < check.keys.length;
    }
    case "streak": {
      const slot = cells.find(streakKind, check.key);
      const length = slot < 0 ? 0 : cells.streaks.value(slot);
      observed.push(observe(length));
      return length < check.limit;
    }
    case "acyclic": {
      const slot = cells.find(trailKind, check.key);
      const period = cells.trails.cyclePeriod(slot, check.entry, check.repeats);
      observed.push(observe(period));
      return period === 0;
    }
    case "unspent": {
      const spent = cells.find(markKind, check.key) >= 0;
      observed.push(observe(spent ? 1 : 0));
      return !spent;
    }
  }
}

/** Whether a mark was set at or after a moment. */
export function isMarked(cells: MemoryCells, key: number, since: number): boolean {
  const slot = cells.find(markKind, key);
  return slot >= 0 && cells.marks.value(slot) >= since;
}
