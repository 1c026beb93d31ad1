import type { Check, Effect, KeyIndex, Plan } from "../plan.ts";
import { type Observation, StateStoreError } from "../state-store.ts";
import { MemoryAccount } from "./memory-account.ts";
import { MemoryCounter } from "./memory-counter.ts";
import { cyclePeriod, trailLength } from "./trail.ts";

/** Of which nothing can be asked any more from a moment on; infinity: never. */
export interface Expendable {
  readonly expendableAt: number;
}

interface Mark {
  at: number;
  expendableAt: number;
}

interface Streak {
  length: number;
  expendableAt: number;
}

interface Trail {
  readonly entries: string[];
  expendableAt: number;
}

/** It is thrown until then. */
interface Switch {
  expendableAt: number;
}

/** Whether a check holds, and what was seen. */
export interface Finding extends Observation {
  readonly held: boolean;
}

const never = Number.POSITIVE_INFINITY;

/** The cells of one kind, none of which is made from outside. */
export type CellMap = ReadonlyMap<string, Expendable> & Pick<Map<string, Expendable>, "delete">;

/** The cells of one tenant. */
export class MemoryPartition {
  readonly #accounts = new Map<string, MemoryAccount>();
  readonly #counters = new Map<string, MemoryCounter>();
  readonly #marks = new Map<string, Mark>();
  readonly #streaks = new Map<string, Streak>();
  readonly #trails = new Map<string, Trail>();
  readonly #switches = new Map<string, Switch>();
  /** All of them. */
  readonly cells: readonly CellMap[] = [
    this.#accounts,
    this.#counters,
    this.#marks,
    this.#streaks,
    this.#trails,
    this.#switches,
  ];

  get size(): number {
    let size = 0;
    for (const cells of this.cells) size += cells.size;
    return size;
  }

  check(check: Check, plan: Plan): Finding {
    switch (check.kind) {
      case "account":
        return (this.#accounts.get(keyOf(plan, check.key)) ?? new MemoryAccount()).check(check, plan.now);
      case "count":
        return (this.#counters.get(keyOf(plan, check.key)) ?? new MemoryCounter()).check(check, plan.now);
      case "marked":
      case "unmarked": {
        const at = this.#markedAt(plan, check.key);
        const marked = isSince(at, check.since);
        return { value: marked ? 1 : 0, at: at ?? 0, held: marked === (check.kind === "marked") };
      }
      case "incomplete": {
        const marked = check.keys.filter((key) => isSince(this.#markedAt(plan, key), check.since)).length;
        return { value: marked, at: 0, held: marked < check.keys.length };
      }
      case "streak": {
        const length = this.#streaks.get(keyOf(plan, check.key))?.length ?? 0;
        return { value: length, at: 0, held: length < check.limit };
      }
      case "acyclic": {
        const trail = this.#trails.get(keyOf(plan, check.key))?.entries ?? [];
        const period = cyclePeriod(trail, check.entry, check.repeats);
        return { value: period, at: 0, held: period === 0 };
      }
      case "unspent": {
        const spent = this.#markedAt(plan, check.key) !== undefined;
        return { value: spent ? 1 : 0, at: 0, held: !spent };
      }
      case "off": {
        const until = this.#switches.get(keyOf(plan, check.key))?.expendableAt ?? 0;
        const thrown = until > plan.now;
        return { value: thrown ? 1 : 0, at: thrown ? until : 0, held: !thrown };
      }
    }
  }

  /** How many cells the effects of a plan add. */
  added({ effects, keys }: Plan): number {
    const added = new Set<string>();
    for (const { kind, key } of effects) {
      const cells = this.#created(kind);
      const name = keys[key];
      if (name !== undefined && cells !== undefined && !cells.has(name)) added.add(name);
    }
    return added.size;
  }

  /** Throws where an effect cannot happen. Whatever does not throw here happens. */
  verify(effect: Effect, plan: Plan): void {
    const key = keyOf(plan, effect.key);
    if (effect.kind === "reserve") (this.#accounts.get(key) ?? new MemoryAccount()).verifyReserve(effect.amount);
    if (effect.kind === "settle") (this.#accounts.get(key) ?? new MemoryAccount()).verifySettle(effect.amount);
    if (effect.kind === "mark" && effect.after !== undefined) keyOf(plan, effect.after.key);
  }

  take(effect: Effect, plan: Plan): void {
    const key = keyOf(plan, effect.key);
    switch (effect.kind) {
      case "reserve":
        return cellOf(this.#accounts, key, () => new MemoryAccount()).reserve(effect, plan.now);
      case "settle":
        return this.#accounts.get(key)?.settle(effect.evaluationId, effect.amount);
      case "release":
        return this.#accounts.get(key)?.release(effect.evaluationId);
      case "expire":
        return this.#accounts.get(key)?.expire(effect.evaluationId);
      case "renew":
        return this.#accounts.get(key)?.renew(effect.evaluationId, effect.leaseUntil, plan.now);
      case "count":
        return cellOf(this.#counters, key, () => new MemoryCounter()).add(effect.span, plan.now);
      case "mark": {
        const { after } = effect;
        if (after === undefined || isSince(this.#markedAt(plan, after.key), after.since))
          this.#mark(key, effect.keep, plan);
        return;
      }
      case "spend":
        return this.#mark(key, effect.keep, plan);
      case "unmark":
        this.#marks.delete(key);
        return;
      case "grow": {
        const streak = cellOf(this.#streaks, key, (): Streak => ({ length: 0, expendableAt: 0 }));
        streak.length += 1;
        streak.expendableAt = keptUntil(streak, effect.keep, plan);
        return;
      }
      case "break":
        this.#streaks.delete(key);
        return;
      case "follow": {
        const trail = cellOf(this.#trails, key, (): Trail => ({ entries: [], expendableAt: 0 }));
        trail.entries.push(effect.entry);
        if (trail.entries.length > trailLength) trail.entries.shift();
        trail.expendableAt = keptUntil(trail, effect.keep, plan);
        return;
      }
      case "throw": {
        const thrown = cellOf(this.#switches, key, (): Switch => ({ expendableAt: 0 }));
        thrown.expendableAt = Math.max(thrown.expendableAt, effect.until);
        return;
      }
      case "reset":
        this.#switches.delete(key);
    }
  }

  #created(kind: Effect["kind"]): ReadonlyMap<string, unknown> | undefined {
    switch (kind) {
      case "reserve":
        return this.#accounts;
      case "count":
        return this.#counters;
      case "mark":
      case "spend":
        return this.#marks;
      case "grow":
        return this.#streaks;
      case "follow":
        return this.#trails;
      case "throw":
        return this.#switches;
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

  #mark(key: string, keep: number, plan: Plan): void {
    const mark = cellOf(this.#marks, key, (): Mark => ({ at: plan.now, expendableAt: 0 }));
    mark.at = Math.max(mark.at, plan.now);
    mark.expendableAt = keptUntil(mark, keep, plan);
  }

  #markedAt(plan: Plan, key: KeyIndex): number | undefined {
    return this.#marks.get(keyOf(plan, key))?.at;
  }
}

/** The later of what was said before and what is said now. */
function keptUntil({ expendableAt }: { readonly expendableAt: number }, keep: number, { now }: Plan): number {
  return Math.max(expendableAt, keep === 0 ? never : now + keep);
}

function isSince(at: number | undefined, since: number): boolean {
  return at !== undefined && at >= since;
}

function keyOf({ keys }: Plan, index: KeyIndex): string {
  const key = keys[index];
  if (key === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
  return key;
}

function cellOf<Cell>(cells: Map<string, Cell>, key: string, make: () => Cell): Cell {
  const known = cells.get(key);
  if (known !== undefined) return known;
  const made = make();
  cells.set(key, made);
  return made;
}
