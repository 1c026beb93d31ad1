import type { Check, Effect, KeyIndex, Plan } from "../plan.ts";
import { type Observation, StateStoreError } from "../state-store.ts";
import { MemoryAccount } from "./memory-account.ts";
import { MemoryCounter } from "./memory-counter.ts";
import { keptUntil, MemoryMark } from "./memory-mark.ts";
import { cyclePeriod, trailLength } from "./trail.ts";

/** Of which nothing can be asked any more from a moment on; infinity: never. */
export interface Expendable {
  readonly expendableAt: number;
  /** Whether it is in its partition no more. */
  dropped: boolean;
}

interface Streak extends Expendable {
  length: number;
  expendableAt: number;
}

interface Trail extends Expendable {
  readonly entries: string[];
  expendableAt: number;
}

/** It is thrown until then. */
interface Switch extends Expendable {
  expendableAt: number;
}

/** What a list of keys names, as far as it was looked for. */
type NamedCells = (MemoryAccount | MemoryCounter | MemoryMark | undefined)[];

const nothing: Observation = Object.freeze({ value: 0, at: 0 });

/** The cells of one kind, none of which is made from outside. */
export type CellMap = ReadonlyMap<string, Expendable> & Pick<Map<string, Expendable>, "delete">;

/** The cells of one tenant. Plans are taken one at a time: each is first told to {@link MemoryPartition.begin}. */
export class MemoryPartition {
  readonly #accounts = new Map<string, MemoryAccount>();
  readonly #counters = new Map<string, MemoryCounter>();
  readonly #marks = new Map<string, MemoryMark>();
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

  /** The cells that plans named, by their frozen lists of keys: calls that are alike share one list. */
  readonly #named = new WeakMap<readonly string[], NamedCells>();
  /** Those of the plan that is taken. */
  #found: NamedCells = [];

  get size(): number {
    return (
      this.#accounts.size +
      this.#counters.size +
      this.#marks.size +
      this.#streaks.size +
      this.#trails.size +
      this.#switches.size
    );
  }

  /** The plan of which checks and effects come next. */
  begin({ keys }: Plan): void {
    const named = this.#named.get(keys);
    if (named === undefined) {
      this.#found = keys.map(() => undefined);
      // INVARIANT (B9): only a list that nobody can change names the same cells for good.
      if (Object.isFrozen(keys)) this.#named.set(keys, this.#found);
    } else this.#found = named;
  }

  /** Whether a check holds. What it saw goes into `observed`. */
  check(check: Check, plan: Plan, observed: Observation[]): boolean {
    switch (check.kind) {
      case "account":
        return (this.#account(plan, check.key) ?? new MemoryAccount()).check(check, plan.now, observed);
      case "count":
        return (this.#counter(plan, check.key) ?? new MemoryCounter()).check(check, plan.now, observed);
      case "marked":
      case "unmarked": {
        const at = this.#mark(plan, check.key)?.at;
        const marked = isSince(at, check.since);
        observed.push(at === undefined ? nothing : { value: marked ? 1 : 0, at });
        return marked === (check.kind === "marked");
      }
      case "incomplete": {
        const marked = check.keys.filter((key) => isSince(this.#mark(plan, key)?.at, check.since)).length;
        observed.push({ value: marked, at: 0 });
        return marked < check.keys.length;
      }
      case "streak": {
        const length = this.#streaks.get(keyOf(plan, check.key))?.length ?? 0;
        observed.push({ value: length, at: 0 });
        return length < check.limit;
      }
      case "acyclic": {
        const trail = this.#trails.get(keyOf(plan, check.key))?.entries ?? [];
        const period = cyclePeriod(trail, check.entry, check.repeats);
        observed.push({ value: period, at: 0 });
        return period === 0;
      }
      case "unspent": {
        const spent = this.#mark(plan, check.key) !== undefined;
        observed.push({ value: spent ? 1 : 0, at: 0 });
        return !spent;
      }
      case "off": {
        // Every call asks for four, and mostly none is there: their names need not even be fetched.
        const until = this.#switches.size === 0 ? 0 : (this.#switches.get(keyOf(plan, check.key))?.expendableAt ?? 0);
        const thrown = until > plan.now;
        observed.push(thrown ? { value: 1, at: until } : nothing);
        return !thrown;
      }
    }
  }

  /** How many cells the effects of a plan add. */
  added(plan: Plan): number {
    let first: string | undefined;
    let others: Set<string> | undefined;
    for (const effect of plan.effects) {
      const name = plan.keys[effect.key];
      if (name === undefined || name === first || !this.#adds(effect, plan)) continue;
      // Two effects may add the same cell. Most plans add none.
      if (first === undefined) first = name;
      else others = (others ?? new Set()).add(name);
    }
    return (first === undefined ? 0 : 1) + (others?.size ?? 0);
  }

  /**
   * Throws where an effect cannot happen. Whatever does not throw here happens, if there is room for it: says whether a
   * cell is added.
   */
  prepare(plan: Plan): boolean {
    let adds = false;
    for (const effect of plan.effects) {
      const { kind, key } = effect;
      if (kind === "reserve" || kind === "settle") {
        const account = this.#account(plan, key);
        if (kind === "reserve") (account ?? noAccount).verifyReserve(effect.amount);
        else (account ?? noAccount).verifySettle(effect.amount);
        adds ||= kind === "reserve" && account === undefined;
      } else adds = this.#adds(effect, plan) || adds;
      keyOf(plan, key);
      if (kind === "mark" && effect.after !== undefined) keyOf(plan, effect.after.key);
    }
    return adds;
  }

  take(effect: Effect, plan: Plan): void {
    const key = keyOf(plan, effect.key);
    const { now } = plan;
    switch (effect.kind) {
      case "reserve":
        return (this.#account(plan, effect.key) ?? added(this.#accounts, key, new MemoryAccount())).reserve(
          effect,
          now,
        );
      case "settle":
        return this.#account(plan, effect.key)?.settle(effect.evaluationId, effect.amount);
      case "release":
        return this.#account(plan, effect.key)?.release(effect.evaluationId);
      case "expire":
        return this.#account(plan, effect.key)?.expire(effect.evaluationId);
      case "renew":
        return this.#account(plan, effect.key)?.renew(effect.evaluationId, effect.leaseUntil, now);
      case "count":
        return (this.#counter(plan, effect.key) ?? added(this.#counters, key, new MemoryCounter())).add(
          effect.span,
          now,
        );
      case "mark": {
        const { after } = effect;
        if (after !== undefined && !isSince(this.#mark(plan, after.key)?.at, after.since)) return;
        return (this.#mark(plan, effect.key) ?? added(this.#marks, key, new MemoryMark())).set(effect.keep, now);
      }
      case "spend":
        return (this.#mark(plan, effect.key) ?? added(this.#marks, key, new MemoryMark())).set(effect.keep, now);
      case "unmark":
        return dropCell(this.#marks, key);
      case "grow": {
        const streak = this.#streaks.get(key) ?? added(this.#streaks, key, { length: 0, ...newCell });
        streak.length += 1;
        streak.expendableAt = keptUntil(streak, effect.keep, now);
        return;
      }
      case "break":
        return dropCell(this.#streaks, key);
      case "follow": {
        const trail = this.#trails.get(key) ?? added(this.#trails, key, { entries: [], ...newCell });
        trail.entries.push(effect.entry);
        if (trail.entries.length > trailLength) trail.entries.shift();
        trail.expendableAt = keptUntil(trail, effect.keep, now);
        return;
      }
      case "throw": {
        const thrown = this.#switches.get(key) ?? added(this.#switches, key, { ...newCell });
        thrown.expendableAt = Math.max(thrown.expendableAt, effect.until);
        return;
      }
      case "reset":
        return dropCell(this.#switches, key);
    }
  }

  #adds(effect: Effect, plan: Plan): boolean {
    switch (effect.kind) {
      case "reserve":
        return this.#account(plan, effect.key) === undefined;
      case "count":
        return this.#counter(plan, effect.key) === undefined;
      case "mark":
      case "spend":
        return this.#mark(plan, effect.key) === undefined;
      case "grow":
        return !this.#streaks.has(keyOf(plan, effect.key));
      case "follow":
        return !this.#trails.has(keyOf(plan, effect.key));
      case "throw":
        return !this.#switches.has(keyOf(plan, effect.key));
      case "settle":
      case "release":
      case "expire":
      case "renew":
      case "unmark":
      case "break":
      case "reset":
        return false;
    }
  }

  #account(plan: Plan, key: KeyIndex): MemoryAccount | undefined {
    const known = this.#found[key];
    if (known instanceof MemoryAccount && !known.dropped) return known;
    return this.#find(this.#accounts, plan, key);
  }

  #counter(plan: Plan, key: KeyIndex): MemoryCounter | undefined {
    const known = this.#found[key];
    if (known instanceof MemoryCounter && !known.dropped) return known;
    return this.#find(this.#counters, plan, key);
  }

  #mark(plan: Plan, key: KeyIndex): MemoryMark | undefined {
    const known = this.#found[key];
    if (known instanceof MemoryMark && !known.dropped) return known;
    return this.#find(this.#marks, plan, key);
  }

  #find<Cell extends MemoryAccount | MemoryCounter | MemoryMark>(
    cells: ReadonlyMap<string, Cell>,
    plan: Plan,
    key: KeyIndex,
  ): Cell | undefined {
    const cell = cells.get(keyOf(plan, key));
    this.#found[key] = cell;
    return cell;
  }
}

/** INVARIANT (S1): what is dropped is found by nobody any more, whoever found it before. */
export function dropCell(cells: CellMap, key: string): void {
  const cell = cells.get(key);
  if (cell !== undefined) cell.dropped = true;
  cells.delete(key);
}

const newCell = { expendableAt: 0, dropped: false };

/** What an account is before anything is reserved on it. */
const noAccount = new MemoryAccount();

function added<Cell>(cells: Map<string, Cell>, key: string, cell: Cell): Cell {
  cells.set(key, cell);
  return cell;
}

function isSince(at: number | undefined, since: number): boolean {
  return at !== undefined && at >= since;
}

function keyOf({ keys }: Plan, index: KeyIndex): string {
  const key = keys[index];
  if (key === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
  return key;
}
