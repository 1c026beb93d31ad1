import type { CountEffect, Effect, Plan, ReleaseEffect, ReserveEffect, SettleEffect } from "../plan.ts";
import { isMarked } from "./check-cells.ts";
import { type KindNumber, kindNumbers, type MemoryCells } from "./memory-cells.ts";

const { account: accountKind, counter: counterKind, mark: markKind } = kindNumbers;
const { streak: streakKind, trail: trailKind, switch: switchKind } = kindNumbers;

/**
 * Throws where an effect of the plan that is taken cannot happen. Whatever does not throw here happens, if there is room for
 * it: says whether a cell is added.
 */
export function prepareEffects(cells: MemoryCells, { effects, now }: Plan): boolean {
  const { accounts } = cells;
  let adds = false;
  // Most are of limits. They are told apart in the loop, for a call takes as long as a good part of an effect.
  for (const effect of effects) {
    if (effect.kind === "count") {
      if (cells.find(counterKind, effect.key) < 0) adds = true;
    } else if (effect.kind === "reserve") {
      const slot = cells.find(accountKind, effect.key);
      accounts.verifyReserve(slot, effect.amount);
      if (slot < 0) adds = true;
    } else if (effect.kind === "settle") accounts.verifySettle(cells.find(accountKind, effect.key), effect.amount);
    else if (prepareOther(cells, effect, now)) adds = true;
  }
  return adds;
}

type OtherEffect = Exclude<Effect, CountEffect | ReserveEffect | SettleEffect>;

/** Whether it adds a cell. */
function prepareOther(cells: MemoryCells, effect: OtherEffect, now: number): boolean {
  if (effect.kind === "mark" && effect.after !== undefined) cells.require(effect.after.key);
  if (effect.kind === "mark" || effect.kind === "spend") cells.marks.verify(now);
  const added = addedKind(effect);
  if (added !== undefined) return cells.find(added, effect.key) < 0;
  cells.require(effect.key);
  return false;
}

/** How many cells the effects of a plan add. */
export function countAdded(cells: MemoryCells, { effects, keys }: Plan): number {
  let first: string | undefined;
  let others: Set<string> | undefined;
  for (const effect of effects) {
    const name = keys[effect.key];
    if (name === undefined || name === first) continue;
    const kind = addedKind(effect);
    if (kind === undefined || cells.find(kind, effect.key) >= 0) continue;
    // Two effects may add the same cell. Most plans add none.
    if (first === undefined) first = name;
    else others = (others ?? new Set()).add(name);
  }
  return (first === undefined ? 0 : 1) + (others?.size ?? 0);
}

/** Takes the effects of a plan that was prepared. */
export function takeEffects(cells: MemoryCells, { effects, now }: Plan): void {
  const { accounts, counters } = cells;
  for (const effect of effects) {
    if (effect.kind === "count") counters.add(cells.findOrAdd(counterKind, effect.key), effect.span, now);
    else if (effect.kind === "reserve") accounts.reserve(cells.findOrAdd(accountKind, effect.key), effect, now);
    else if (effect.kind === "settle") {
      accounts.settle(cells.find(accountKind, effect.key), effect.evaluationId, effect.amount);
    } else if (effect.kind === "release") accounts.release(cells.find(accountKind, effect.key), effect.evaluationId);
    else takeOther(cells, effect, now);
  }
}

function takeOther(cells: MemoryCells, effect: Exclude<OtherEffect, ReleaseEffect>, now: number): void {
  switch (effect.kind) {
    case "mark": {
      const { after } = effect;
      if (after !== undefined && !isMarked(cells, after.key, after.since)) return;
      return mark(cells, effect, now);
    }
    case "expire":
      return cells.accounts.expire(cells.find(accountKind, effect.key), effect.evaluationId);
    case "renew":
      return cells.accounts.renew(cells.find(accountKind, effect.key), effect, now);
    case "spend":
      return mark(cells, effect, now);
    case "unmark":
      return cells.drop(markKind, effect.key);
    case "grow": {
      const slot = cells.findOrAdd(streakKind, effect.key);
      cells.streaks.setValue(slot, cells.streaks.value(slot) + 1);
      return cells.streaks.keepFor(slot, effect.keep, now);
    }
    case "break":
      return cells.drop(streakKind, effect.key);
    case "follow":
      return cells.trails.follow(cells.findOrAdd(trailKind, effect.key), effect, now);
    case "throw":
      return cells.switches.keepUntil(cells.findOrAdd(switchKind, effect.key), effect.until);
    case "reset":
      return cells.drop(switchKind, effect.key);
  }
}

function mark(cells: MemoryCells, { key, keep }: { readonly key: number; readonly keep: number }, now: number): void {
  const known = cells.find(markKind, key);
  if (known < 0) cells.marks.set(cells.findOrAdd(markKind, key), keep, now);
  else cells.marks.renew(known, keep, now);
}

/** The kind of cell that an effect adds where it is not there yet. */
function addedKind({ kind }: Effect): KindNumber | undefined {
  switch (kind) {
    case "reserve":
      return accountKind;
    case "count":
      return counterKind;
    case "mark":
    case "spend":
      return markKind;
    case "grow":
      return streakKind;
    case "follow":
      return trailKind;
    case "throw":
      return switchKind;
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
