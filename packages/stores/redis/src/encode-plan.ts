import { type AccountWindow, type Check, type Effect, type KeyIndex, type Plan, StateStoreError } from "@ambit/core";
import { type CellKind, cellKeys, cellKinds, codeUnits, exactText, kindNumbers, listKey } from "./cell-keys.ts";

/** A plan as the script takes it: all its keys, and everything else as flat text. */
export interface EncodedPlan {
  /** Which kinds of cells it has: a bit for each of them, by its number. */
  readonly kinds: number;
  readonly keys: readonly string[];
  /** The plan's moment, how many checks and effects there are, the checks and effects, and the cap if there is one. */
  readonly texts: readonly string[];
}

/**
 * Writes a plan as keys and texts.
 *
 * Flat texts rather than one JSON document: the server's only thread has nothing to parse, and every number arrives in
 * digits, so that none is rounded on the way.
 */
export function encodePlan(plan: Plan, place: PlanPlace): EncodedPlan {
  return new PlanEncoder(plan, place).encode();
}

/** Where a plan is taken. */
export interface PlanPlace {
  /** The key of the partition's record. */
  readonly record: string;
  /** The most cells of the partition; 0: as many as there is memory for. */
  readonly maximumCells: number;
}

/** So many of the script's KEYS may be one command's: Lua's stack has an end. */
const mostTogether = 100;

/** What no amount is written as: the script refuses it. */
const noAmount = "-1";

type SwitchCheck = Extract<Check, { readonly kind: "off" }>;

class PlanEncoder {
  readonly #plan: Plan;
  readonly #place: PlanPlace;
  readonly #keys: string[];
  readonly #texts: string[];
  /** By name and kind: where the cell's first key is in the script's KEYS, if it has one yet. */
  readonly #cells: (number | undefined)[] = [];
  #kinds = 0;

  constructor(plan: Plan, place: PlanPlace) {
    this.#plan = plan;
    this.#place = place;
    this.#keys = [place.record];
    const { checks, effects, now } = plan;
    this.#texts = [whole(now, "now"), String(checks.length), String(effects.length)];
  }

  encode(): EncodedPlan {
    const { checks, effects } = this.#plan;
    for (let index = 0; index < checks.length; ) index += this.#checksAt(index);
    for (const effect of effects) this.#effect(effect);
    const { record, maximumCells } = this.#place;
    if (maximumCells > 0) {
      this.#keys.push(listKey(record));
      this.#texts.push(String(maximumCells));
    }
    return { kinds: this.#kinds, keys: this.#keys, texts: this.#texts };
  }

  /** Writes one check, or several switches that have one key after another. How many. */
  #checksAt(index: number): number {
    const check = this.#plan.checks[index];
    if (check?.kind === "off") return this.#switches(check, index);
    if (check !== undefined) this.#check(check);
    return 1;
  }

  #switches(check: SwitchCheck, index: number): number {
    const first = this.#keyOf("switch", check.key);
    let count = 1;
    for (; count < mostTogether; count += 1) {
      const next = this.#plan.checks[index + count];
      if (next?.kind !== "off" || this.#keyOf("switch", next.key) !== first + count) break;
    }
    this.#texts.push("off", String(first), String(count));
    return count;
  }

  #check(check: Exclude<Check, SwitchCheck>): void {
    const { kind } = check;
    switch (check.kind) {
      case "account":
        this.#add(kind, this.#cell("account", check.key), ...windowTexts(check.window));
        return this.#add(amountText(check.amount), limitText(check.limit));
      case "count":
        return this.#add(kind, this.#cell("counter", check.key), whole(check.span, "span"), limitText(check.limit));
      case "marked":
      case "unmarked":
        return this.#add(kind, this.#cell("mark", check.key), whole(check.since, "since"));
      case "incomplete":
        // Also one that names no cell is a check on marks.
        this.#kinds |= 1 << kindNumbers.mark;
        this.#add(kind, whole(check.since, "since"), String(check.keys.length));
        return this.#add(...check.keys.map((key) => this.#cell("mark", key)));
      case "streak":
        return this.#add(kind, this.#cell("streak", check.key), limitText(check.limit));
      case "acyclic":
        this.#add(kind, this.#cell("trail", check.key), exactText(check.entry));
        return this.#add(whole(check.repeats, "repeats"));
      case "unspent":
        return this.#add(kind, this.#cell("mark", check.key));
    }
  }

  #effect(effect: Effect): void {
    const { kind } = effect;
    switch (effect.kind) {
      case "reserve":
        this.#add(kind, this.#cell("account", effect.key), ...windowTexts(effect.window));
        this.#add(exactText(effect.evaluationId), amountText(effect.amount), whole(effect.leaseUntil, "leaseUntil"));
        return this.#add(effect.expiry === "charge" ? "c" : "r");
      case "settle":
        this.#add(kind, this.#cell("account", effect.key), exactText(effect.evaluationId));
        return this.#add(amountText(effect.amount));
      case "release":
      case "expire":
        return this.#add(kind, this.#cell("account", effect.key), exactText(effect.evaluationId));
      case "renew":
        this.#add(kind, this.#cell("account", effect.key), exactText(effect.evaluationId));
        return this.#add(whole(effect.leaseUntil, "leaseUntil"));
      case "count":
        return this.#add(kind, this.#cell("counter", effect.key), whole(effect.span, "span"));
      case "mark":
        this.#add(effect.after ? "mark after" : kind, this.#cell("mark", effect.key), whole(effect.keep, "keep"));
        if (effect.after === undefined) return;
        return this.#add(this.#cell("mark", effect.after.key), whole(effect.after.since, "since"));
      case "spend":
        return this.#add(kind, this.#cell("mark", effect.key), whole(effect.keep, "keep"));
      case "unmark":
        return this.#add(kind, this.#cell("mark", effect.key));
      case "grow":
        return this.#add(kind, this.#cell("streak", effect.key), whole(effect.keep, "keep"));
      case "break":
        return this.#add(kind, this.#cell("streak", effect.key));
      case "follow":
        this.#add(kind, this.#cell("trail", effect.key), exactText(effect.entry));
        return this.#add(whole(effect.keep, "keep"));
      case "throw":
        return this.#add(kind, this.#cell("switch", effect.key), whole(effect.until, "until"));
      case "reset":
        return this.#add(kind, this.#cell("switch", effect.key));
    }
  }

  #add(...texts: readonly string[]): void {
    for (const text of texts) this.#texts.push(text);
  }

  #cell(kind: CellKind, index: KeyIndex): string {
    return String(this.#keyOf(kind, index));
  }

  /** Where a cell's first key is in the script's KEYS, which count from 1. */
  #keyOf(kind: CellKind, index: KeyIndex): number {
    const { keys } = this.#plan;
    const name = keys[index];
    if (name === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
    const cell = keys.indexOf(name) * cellKinds.length + kindNumbers[kind];
    const known = this.#cells[cell];
    if (known !== undefined) return known;
    this.#kinds |= 1 << kindNumbers[kind];
    const first = this.#keys.length + 1;
    this.#keys.push(...cellKeys(this.#place.record, kind, name));
    this.#cells[cell] = first;
    return first;
  }
}

/** How calls in the same windows share the work. As many as this, so that no stream of names fills this process (R1). */
const mostWindows = 1_000;
const windowNames = new Map<string, string>();

function windowName(name: string): string {
  const known = windowNames.get(name);
  if (known !== undefined) return known;
  if (windowNames.size >= mostWindows) windowNames.clear();
  const text = codeUnits(name);
  windowNames.set(name, text);
  return text;
}

function windowTexts(window: AccountWindow): readonly string[] {
  switch (window.kind) {
    case "calendar":
      return ["c", windowName(window.name), endsText(window.ends)];
    case "rolling":
      return ["r", whole(window.span, "span"), "0"];
    case "lifetime":
      return ["l", endsText(window.ends ?? Number.MAX_SAFE_INTEGER), "0"];
  }
}

/** After its end a window may be forgotten, so that one of which nobody knows the end never is. */
function endsText(ends: number): string {
  return String(Number.isSafeInteger(ends) ? ends : Number.MAX_SAFE_INTEGER);
}

/** INVARIANT (B4): what is not an exact amount is never taken for one. */
function amountText(amount: number): string {
  return Number.isSafeInteger(amount) && amount >= 0 ? String(amount) : noAmount;
}

/** A limit that is none admits nothing. */
function limitText(limit: number): string {
  return Number.isFinite(limit) ? whole(Math.floor(limit), "limit") : noAmount;
}

function whole(value: number, what: string): string {
  if (!Number.isSafeInteger(value)) {
    throw new StateStoreError("state_unavailable", `the plan's ${what} is not a whole number: ${value}`);
  }
  return String(value);
}
