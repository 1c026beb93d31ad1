import { type AccountWindow, type Check, type Effect, type KeyIndex, type Plan, StateStoreError } from "@ambit/core";
import { type CellKind, cellKeys, codeUnits, exactText, listKey } from "./cell-keys.ts";

/** A plan as the script takes it: all its keys, and everything else as flat text. */
export interface EncodedPlan {
  /** Which kinds of cells it has. */
  readonly kinds: ReadonlySet<CellKind>;
  readonly keys: readonly string[];
  /**
   * The plan's moment, how many checks and effects there are, the cap, how many of the first cells hold one number, and the
   * checks and effects.
   */
  readonly texts: readonly string[];
}

/**
 * Writes a plan as keys and texts.
 *
 * Flat texts rather than one JSON document: the server's only thread has nothing to parse, and every number arrives in
 * digits, so that none is rounded on the way.
 */
export function encodePlan(plan: Plan, { record, maximumCells }: PlanPlace): EncodedPlan {
  const { kinds, keys, texts } = new PlanEncoder(plan, { record, maximumCells }).encode();
  return { kinds, texts, keys: maximumCells > 0 ? [...keys, listKey(record)] : keys };
}

/** Where a plan is taken. */
export interface PlanPlace {
  /** The key of the partition's record. */
  readonly record: string;
  /** The most cells of the partition; 0: as many as there is memory for. */
  readonly maximumCells: number;
}

/** What no amount is written as: the script refuses it. */
const noAmount = "-1";

class PlanEncoder {
  readonly #plan: Plan;
  readonly #record: string;
  readonly #keys: string[];
  readonly #texts: string[];
  readonly #kinds = new Set<CellKind>();
  readonly #known = new Map<string, number>();

  constructor(plan: Plan, { record, maximumCells }: PlanPlace) {
    this.#plan = plan;
    this.#record = record;
    this.#keys = [record];
    const { checks, effects, now } = plan;
    this.#texts = [whole(now, "now"), String(checks.length), String(effects.length), String(maximumCells)];
    // First of all cells, so that the script can read them together.
    for (const check of checks) this.#nameNumbers(check);
    for (const effect of effects) this.#nameNumbers(effect);
    this.#texts.push(String(this.#keys.length - 1));
  }

  encode(): EncodedPlan {
    for (const check of this.#plan.checks) this.#check(check);
    for (const effect of this.#plan.effects) this.#effect(effect);
    return { kinds: this.#kinds, keys: this.#keys, texts: this.#texts };
  }

  /** Cells that hold one number get their keys. */
  #nameNumbers(step: Check | Effect): void {
    switch (step.kind) {
      case "marked":
      case "unmarked":
      case "unspent":
      case "spend":
      case "unmark":
        return void this.#cell("mark", step.key);
      case "mark":
        if (step.after !== undefined) this.#cell("mark", step.after.key);
        return void this.#cell("mark", step.key);
      case "incomplete":
        for (const key of step.keys) this.#cell("mark", key);
        return;
      case "streak":
      case "grow":
      case "break":
        return void this.#cell("streak", step.key);
      case "off":
      case "throw":
      case "reset":
        return void this.#cell("switch", step.key);
      case "account":
      case "count":
      case "acyclic":
      case "reserve":
      case "settle":
      case "release":
      case "expire":
      case "renew":
      case "follow":
        return;
    }
  }

  #check(check: Check): void {
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
        this.#kinds.add("mark");
        this.#add(kind, whole(check.since, "since"), String(check.keys.length));
        return this.#add(...check.keys.map((key) => this.#cell("mark", key)));
      case "streak":
        return this.#add(kind, this.#cell("streak", check.key), limitText(check.limit));
      case "acyclic":
        this.#add(kind, this.#cell("trail", check.key), exactText(check.entry));
        return this.#add(whole(check.repeats, "repeats"));
      case "unspent":
        return this.#add(kind, this.#cell("mark", check.key));
      case "off":
        return this.#add(kind, this.#cell("switch", check.key));
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
        this.#add(kind, this.#cell("mark", effect.key), whole(effect.keep, "keep"));
        if (effect.after === undefined) return this.#add("always");
        return this.#add("after", this.#cell("mark", effect.after.key), whole(effect.after.since, "since"));
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

  /** Where a cell's first key is in the script's KEYS, which count from 1. */
  #cell(kind: CellKind, index: KeyIndex): string {
    const name = this.#plan.keys[index];
    if (name === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
    this.#kinds.add(kind);
    const keys = cellKeys(this.#record, kind, name);
    const first = keys[0] ?? "";
    const known = this.#known.get(first) ?? this.#keys.push(...keys) - keys.length + 1;
    this.#known.set(first, known);
    return String(known);
  }
}

function windowTexts(window: AccountWindow): readonly string[] {
  switch (window.kind) {
    case "calendar":
      return ["c", codeUnits(window.name), endsText(window.ends)];
    case "rolling":
      return ["r", whole(window.span, "span")];
    case "lifetime":
      return ["l", endsText(window.ends ?? Number.MAX_SAFE_INTEGER)];
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
