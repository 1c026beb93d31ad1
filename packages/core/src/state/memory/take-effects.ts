import type { Effect, Plan } from "../plan.ts";
import { isMarked } from "./check-cells.ts";
import type { CellKind, MemoryCells } from "./memory-cells.ts";
import { entriesOf, trailLength } from "./trail.ts";

/**
 * Throws where an effect of the plan that is taken cannot happen. Whatever does not throw here happens, if there is room for
 * it: says whether a cell is added.
 */
export function prepareEffects(cells: MemoryCells, { effects }: Plan): boolean {
  const { accounts } = cells;
  let adds = false;
  for (const effect of effects) {
    const { kind, key } = effect;
    if (kind === "reserve") {
      const slot = cells.find(accounts, key);
      accounts.verifyReserve(slot, effect.amount);
      adds ||= slot < 0;
    } else if (kind === "settle") accounts.verifySettle(cells.find(accounts, key), effect.amount);
    else {
      const added = addedKind(cells, effect);
      if (added === undefined) cells.require(key);
      else adds = cells.find(added, key) < 0 || adds;
    }
    if (kind === "mark" && effect.after !== undefined) cells.require(effect.after.key);
  }
  return adds;
}

/** How many cells the effects of a plan add. */
export function countAdded(cells: MemoryCells, { effects, keys }: Plan): number {
  let first: string | undefined;
  let others: Set<string> | undefined;
  for (const effect of effects) {
    const name = keys[effect.key];
    if (name === undefined || name === first) continue;
    const kind = addedKind(cells, effect);
    if (kind === undefined || cells.find(kind, effect.key) >= 0) continue;
    // Two effects may add the same cell. Most plans add none.
    if (first === undefined) first = name;
    else others = (others ?? new Set()).add(name);
  }
  return (first === undefined ? 0 : 1) + (others?.size ?? 0);
}

/** Takes one effect of a plan that was prepared. */
export function takeEffect(cells: MemoryCells, effect: Effect, { now }: Plan): void {
  const { key } = effect;
  switch (effect.kind) {
    case "reserve":
      return cells.accounts.reserve(cells.findOrAdd(cells.accounts, key), effect, now);
    case "settle":
    case "release":
    case "expire":
    case "renew":
      return endReservation(cells, effect, now);
    case "count":
      return cells.counters.add(cells.findOrAdd(cells.counters, key), effect.span, now);
    case "mark": {
      const { after } = effect;
      if (after !== undefined && !isMarked(cells, after.key, after.since)) return;
      return mark(cells, effect, now);
    }
    case "spend":
      return mark(cells, effect, now);
    case "unmark":
      return cells.drop(cells.marks, key);
    case "grow": {
      const slot = cells.findOrAdd(cells.streaks, key);
      cells.streaks.setValue(slot, cells.streaks.value(slot) + 1);
      return cells.streaks.keepFor(slot, effect.keep, now);
    }
    case "break":
      return cells.drop(cells.streaks, key);
    case "follow": {
      const slot = cells.findOrAdd(cells.trails, key);
      const entries = entriesOf(cells.trails.table, slot);
      entries.push(effect.entry);
      if (entries.length > trailLength) entries.shift();
      return cells.trails.keepFor(slot, effect.keep, now);
    }
    case "throw":
      return cells.switches.keepUntil(cells.findOrAdd(cells.switches, key), effect.until);
    case "reset":
      return cells.drop(cells.switches, key);
  }
}

type End = Extract<Effect, { readonly kind: "settle" | "release" | "expire" | "renew" }>;

function endReservation(cells: MemoryCells, effect: End, now: number): void {
  const { accounts } = cells;
  const slot = cells.find(accounts, effect.key);
  if (slot < 0) return;
  switch (effect.kind) {
    case "settle":
      return accounts.settle(slot, effect.evaluationId, effect.amount);
    case "release":
      return accounts.release(slot, effect.evaluationId);
    case "expire":
      return accounts.expire(slot, effect.evaluationId);
    case "renew":
      return accounts.renew(slot, effect, now);
  }
}

/** An earlier moment never replaces a later one. */
function mark(cells: MemoryCells, { key, keep }: { readonly key: number; readonly keep: number }, now: number): void {
  const { marks } = cells;
  const known = cells.find(marks, key);
  const slot = known >= 0 ? known : cells.findOrAdd(marks, key);
  marks.setValue(slot, known >= 0 ? Math.max(marks.value(slot), now) : now);
  marks.keepFor(slot, keep, now);
}

/** The kind of cell that an effect adds where it is not there yet. */
function addedKind(cells: MemoryCells, { kind }: Effect): CellKind | undefined {
  switch (kind) {
    case "reserve":
      return cells.accounts;
    case "count":
      return cells.counters;
    case "mark":
    case "spend":
      return cells.marks;
    case "grow":
      return cells.streaks;
    case "follow":
      return cells.trails;
    case "throw":
      return cells.switches;
    case "settle":
    case "release":
    case "expire":
    case "renew":
    case "unmark":
    case "break":
    case "reset":
      return undefined;
  }
}
