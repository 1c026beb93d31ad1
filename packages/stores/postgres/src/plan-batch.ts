import { type Check, type Effect, type KeyIndex, type Plan, StateStoreError } from "@ambit/core";
import { storedName, storedText } from "./stored-text.ts";

type CellKind = "account" | "counter" | "mark" | "streak" | "trail" | "switch";

/** The plans of one statement, as its parameters: the cells of all of them, each once, and what is done with them. */
export class PlanBatch {
  readonly partitions: string[] = [];
  readonly keys: string[] = [];
  readonly kinds: CellKind[] = [];
  readonly written: boolean[] = [];
  readonly #plans: object[] = [];
  readonly #places = new Map<string, Map<string, number>>();

  /** The plans as JSON. */
  get plans(): string {
    return JSON.stringify(this.#plans);
  }

  /** Adds a plan. Throws a `StateStoreError`, and adds nothing, where it is not one that can be stored. */
  add(plan: Plan): void {
    requireCells(plan);
    const cells = this.#placesOf(plan);
    this.#plans.push({
      now: moment(plan.now),
      checks: plan.checks.map((check) => encodeCheck(check, (key) => cells(key, checkKind(check.kind), false))),
      effects: plan.effects.map((effect) =>
        encodeEffect(effect, (key, use) => cells(key, effectKind(effect.kind), use)),
      ),
    });
  }

  /** Gives the place of a cell, from 1, as SQL counts. */
  #placesOf(plan: Plan): (key: KeyIndex, kind: CellKind, written: boolean) => number {
    const partition = storedName(plan.partition);
    const places = this.#places.get(partition) ?? new Map<string, number>();
    this.#places.set(partition, places);
    return (index, kind, written) => {
      const key = storedName(plan.keys[index] ?? "");
      let place = places.get(key);
      if (place === undefined) {
        place = this.keys.push(key);
        this.partitions.push(partition);
        this.kinds.push(kind);
        this.written.push(written);
        places.set(key, place);
      }
      // An account is written by checks too: they end what its leases held.
      if (written || kind === "account") this.written[place - 1] = true;
      return place;
    };
  }
}

/** Throws unless every index names a key, and every key names one kind of cell. */
function requireCells({ keys, checks, effects }: Plan): void {
  const kinds = new Map<string, CellKind>();
  const requireKind = (index: KeyIndex, kind: CellKind) => {
    const key = keys[index];
    if (key === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
    const known = kinds.get(key) ?? kind;
    if (known !== kind) throw new StateStoreError("state_unavailable", "the plan takes one key for two kinds of cells");
    kinds.set(key, kind);
  };
  for (const check of checks) {
    for (const key of check.kind === "incomplete" ? check.keys : [check.key]) requireKind(key, checkKind(check.kind));
  }
  for (const effect of effects) {
    requireKind(effect.key, effectKind(effect.kind));
    if (effect.kind === "mark" && effect.after !== undefined) requireKind(effect.after.key, "mark");
  }
}

function checkKind(kind: Check["kind"]): CellKind {
  switch (kind) {
    case "account":
      return "account";
    case "count":
      return "counter";
    case "marked":
    case "unmarked":
    case "incomplete":
    case "unspent":
      return "mark";
    case "streak":
      return "streak";
    case "acyclic":
      return "trail";
    case "off":
      return "switch";
  }
}

function effectKind(kind: Effect["kind"]): CellKind {
  switch (kind) {
    case "reserve":
    case "settle":
    case "release":
    case "expire":
    case "renew":
      return "account";
    case "count":
      return "counter";
    case "mark":
    case "unmark":
    case "spend":
      return "mark";
    case "grow":
    case "break":
      return "streak";
    case "follow":
      return "trail";
    case "throw":
    case "reset":
      return "switch";
  }
}

function encodeCheck(check: Check, place: (key: KeyIndex) => number): object {
  switch (check.kind) {
    case "incomplete":
      return { kind: check.kind, keys: check.keys.map(place), since: moment(check.since) };
    case "account":
      return {
        kind: check.kind,
        key: place(check.key),
        window: encodeWindow(check.window),
        amount: amount(check.amount),
        limit: most(check.limit),
      };
    case "count":
      return { kind: check.kind, key: place(check.key), span: moment(check.span), limit: most(check.limit) };
    case "marked":
    case "unmarked":
      return { kind: check.kind, key: place(check.key), since: moment(check.since) };
    case "streak":
      return { kind: check.kind, key: place(check.key), limit: most(check.limit) };
    case "acyclic":
      return {
        kind: check.kind,
        key: place(check.key),
        entry: storedName(check.entry),
        repeats: moment(check.repeats),
      };
    case "unspent":
    case "off":
      return { kind: check.kind, key: place(check.key) };
  }
}

function encodeEffect(effect: Effect, place: (key: KeyIndex, written: boolean) => number): object {
  const head = { kind: effect.kind, key: place(effect.key, true) };
  switch (effect.kind) {
    case "reserve":
      return {
        ...head,
        window: encodeWindow(effect.window),
        evaluationId: storedName(effect.evaluationId),
        amount: amount(effect.amount),
        leaseUntil: moment(effect.leaseUntil),
        expiry: effect.expiry,
      };
    case "settle":
      return { ...head, evaluationId: storedName(effect.evaluationId), amount: amount(effect.amount) };
    case "release":
    case "expire":
      return { ...head, evaluationId: storedName(effect.evaluationId) };
    case "renew":
      return { ...head, evaluationId: storedName(effect.evaluationId), leaseUntil: moment(effect.leaseUntil) };
    case "count":
      return { ...head, span: moment(effect.span) };
    case "mark": {
      const { after } = effect;
      if (after === undefined) return { ...head, keep: moment(effect.keep) };
      return {
        ...head,
        keep: moment(effect.keep),
        after: { key: place(after.key, false), since: moment(after.since) },
      };
    }
    case "spend":
    case "grow":
      return { ...head, keep: moment(effect.keep) };
    case "follow":
      return { ...head, entry: storedName(effect.entry), keep: moment(effect.keep) };
    case "throw":
      return { ...head, until: moment(effect.until) };
    case "unmark":
    case "break":
    case "reset":
      return head;
  }
}

function encodeWindow(window: Extract<Check, { kind: "account" }>["window"]): object {
  switch (window.kind) {
    case "calendar":
      return { kind: window.kind, name: storedText(window.name), ends: endOf(window.ends) };
    case "rolling":
      return { kind: window.kind, span: moment(window.span) };
    case "lifetime":
      return { kind: window.kind, ends: endOf(window.ends ?? Number.MAX_SAFE_INTEGER) };
  }
}

/** The end of a window or a lifetime only says when it may be forgotten: where it is none, never. */
function endOf(ends: number): number {
  return Number.isNaN(ends) ? Number.MAX_SAFE_INTEGER : moment(ends);
}

/** INVARIANT (B4): what is no amount is sent as none, which fits nowhere and is never charged. */
function amount(value: number): number | null {
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A limit in whole numbers: no more fits below it. */
function most(value: number): number {
  if (Number.isNaN(value)) return -1;
  return Math.floor(Math.min(Math.max(value, -1), Number.MAX_SAFE_INTEGER));
}

/** A moment or a time in whole milliseconds, at the later end. */
function moment(value: number): number {
  if (Number.isNaN(value))
    throw new StateStoreError("state_arithmetic", "the plan gives a moment that is not a number");
  return Math.ceil(Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));
}
