import {
  type Check,
  cyclePeriod,
  type Effect,
  type KeyIndex,
  type Observation,
  type Plan,
  StateStoreError,
  trailLength,
} from "@ambit/core";
import type { CounterRow, MarkRow, StreakRow, TrailRow } from "./cell-rows.ts";
import { CounterEntries } from "./counter-entries.ts";
import { dueDay, laterDay } from "./due-day.ts";
import { type BoundText, bindText } from "./exact-text.ts";
import { SqliteAccount } from "./sqlite-account.ts";
import type { Statements } from "./statements.ts";

/** Whether a check holds, and what was seen. */
export interface Finding extends Observation {
  readonly held: boolean;
}

/** No tenant has this id: nothing is found under it. */
const nobody = 0;

/** One plan within a transaction: reads and writes the rows of its cells. */
export class PlanRun {
  readonly #statements: Statements;
  readonly #plan: Plan;
  readonly #keys: readonly BoundText[];
  readonly #accounts = new Map<KeyIndex, SqliteAccount>();
  #tenant: number;
  #added = 0;

  constructor(statements: Statements, plan: Plan) {
    this.#statements = statements;
    this.#plan = plan;
    this.#keys = plan.keys.map(bindText);
    const tenant = statements.readTenant.get(bindText(plan.partition)) as { readonly id: number } | undefined; // Its column.
    this.#tenant = tenant?.id ?? nobody;
  }

  /** The row of the tenant, once it has one. */
  get tenant(): number {
    return this.#tenant;
  }

  /** How many cells there are more than before. */
  get added(): number {
    return this.#added;
  }

  check(check: Check): Finding {
    switch (check.kind) {
      case "account":
        return this.#account(check.key).check(check, this.#plan.now);
      case "count":
        return this.#checkCount(check);
      case "marked":
      case "unmarked": {
        const at = this.#markedAt(check.key);
        const marked = isSince(at, check.since);
        return { value: marked ? 1 : 0, at: at ?? 0, held: marked === (check.kind === "marked") };
      }
      case "incomplete": {
        const marked = check.keys.filter((key) => isSince(this.#markedAt(key), check.since)).length;
        return { value: marked, at: 0, held: marked < check.keys.length };
      }
      case "streak": {
        const length = this.#number("readStreak", check.key, "length") ?? 0;
        return { value: length, at: 0, held: length < check.limit };
      }
      case "acyclic": {
        const period = cyclePeriod(this.#trail(check.key)?.entries ?? [], check.entry, check.repeats);
        return { value: period, at: 0, held: period === 0 };
      }
      case "unspent": {
        const spent = this.#markedAt(check.key) !== undefined;
        return { value: spent ? 1 : 0, at: 0, held: !spent };
      }
      case "off": {
        const until = this.#number("readSwitch", check.key, "until") ?? 0;
        const thrown = until > this.#plan.now;
        return { value: thrown ? 1 : 0, at: thrown ? until : 0, held: !thrown };
      }
    }
  }

  take(effect: Effect): void {
    switch (effect.kind) {
      case "reserve":
        return this.#reserve(effect);
      case "settle":
        return this.#account(effect.key).settle(effect.evaluationId, effect.amount);
      case "release":
        return this.#account(effect.key).release(effect.evaluationId);
      case "expire":
        return this.#account(effect.key).expire(effect.evaluationId);
      case "count":
        return this.#count(effect.key, effect.span);
      case "mark": {
        const { after } = effect;
        if (after !== undefined && !isSince(this.#markedAt(after.key), after.since)) return;
        return this.#mark(effect.key, effect.keep);
      }
      case "spend":
        return this.#mark(effect.key, effect.keep);
      case "unmark":
        return this.#drop("dropMark", effect.key);
      case "renew":
        return this.#account(effect.key).renew(effect.evaluationId, effect.leaseUntil, this.#plan.now);
      case "grow":
        return this.#grow(effect.key, effect.keep);
      case "break":
        return this.#drop("dropStreak", effect.key);
      case "follow":
        return this.#follow(effect);
      case "throw":
        return this.#throw(effect.key, effect.until);
      case "reset":
        return this.#drop("dropSwitch", effect.key);
    }
  }

  #account(index: KeyIndex): SqliteAccount {
    const known = this.#accounts.get(index);
    if (known !== undefined) return known;
    const account = new SqliteAccount({ statements: this.#statements, tenant: this.#tenant, key: this.#key(index) });
    this.#accounts.set(index, account);
    return account;
  }

  #reserve(effect: Extract<Effect, { kind: "reserve" }>): void {
    this.#ensureTenant();
    if (this.#account(effect.key).reserve(effect, this.#plan.now) === "made") this.#added += 1;
  }

  #checkCount({ key, span, limit }: Extract<Check, { kind: "count" }>): Finding {
    const entries = this.#counter(key)?.log ?? noEntries;
    const count = entries.within(span, this.#plan.now);
    if (count < limit) return { value: count, at: 0, held: true };
    // The entry that has to leave before there is room for one more.
    const leaving = limit > 0 ? entries.at(entries.length - limit) : this.#plan.now;
    return { value: count, at: leaving + span, held: false };
  }

  #count(index: KeyIndex, span: number): void {
    const { now } = this.#plan;
    const counter = this.#counter(index);
    const longest = Math.max(counter?.span ?? 0, span);
    const log = (counter?.log ?? noEntries).add(longest, now);
    const due = dueDay(log.latest(now) + longest);
    if (counter === undefined) return this.#add("addCounter", index, longest, log.bytes, due);
    this.#statements.setCounter.run(longest, log.bytes, counter.id);
    if (due !== counter.due) this.#statements.setCounterDue.run(due, counter.id);
  }

  #counter(index: KeyIndex) {
    const row = this.#statements.readCounter.get(...this.#place(index)) as CounterRow | undefined; // Its columns.
    return row === undefined ? undefined : { ...row, log: new CounterEntries(row.entries) };
  }

  #mark(index: KeyIndex, keep: number): void {
    const { now } = this.#plan;
    const [tenant, key] = this.#place(index);
    const due = this.#due(keep);
    const row = this.#statements.readMark.get(tenant, key) as MarkRow | undefined; // Its columns.
    if (row === undefined) return this.#add("addMark", index, now, due);
    const at = Math.max(row.at, now);
    const later = laterDay(row.due, due);
    if (later !== row.due) this.#statements.setMarkDue.run(at, later, tenant, key);
    else if (at !== row.at) this.#statements.setMark.run(at, tenant, key);
  }

  #grow(index: KeyIndex, keep: number): void {
    const [tenant, key] = this.#place(index);
    const due = this.#due(keep);
    const row = this.#statements.readStreak.get(tenant, key) as StreakRow | undefined; // Its columns.
    if (row === undefined) return this.#add("addStreak", index, due);
    this.#statements.growStreak.run(tenant, key);
    const later = laterDay(row.due, due);
    if (later !== row.due) this.#statements.setStreakDue.run(later, tenant, key);
  }

  #follow({ key, entry, keep }: Extract<Effect, { kind: "follow" }>): void {
    const trail = this.#trail(key);
    const due = this.#due(keep);
    const entries = JSON.stringify([...(trail?.entries ?? []), entry].slice(-trailLength));
    if (trail === undefined) return this.#add("addTrail", key, entries, due);
    this.#statements.setTrail.run(entries, trail.id);
    const later = laterDay(trail.due, due);
    if (later !== trail.due) this.#statements.setTrailDue.run(later, trail.id);
  }

  #trail(index: KeyIndex) {
    const row = this.#statements.readTrail.get(...this.#place(index)) as TrailRow | undefined; // Its columns.
    return row === undefined ? undefined : { ...row, entries: JSON.parse(row.entries) as string[] }; // As `#follow` wrote it.
  }

  #due(keep: number): number | null {
    return keep === 0 ? null : dueDay(this.#plan.now + keep);
  }

  #throw(index: KeyIndex, until: number): void {
    const [tenant, key] = this.#place(index);
    const thrown = this.#number("readSwitch", index, "until");
    if (thrown === undefined) return this.#add("addSwitch", index, until, dueDay(until));
    if (until > thrown) this.#statements.setSwitch.run(until, dueDay(until), tenant, key);
  }

  #add(name: "addMark" | "addStreak" | "addTrail" | "addSwitch" | "addCounter", index: KeyIndex, ...values: Value[]) {
    this.#ensureTenant();
    this.#statements[name].run(...this.#place(index), ...values);
    this.#added += 1;
  }

  #drop(name: "dropMark" | "dropStreak" | "dropSwitch", index: KeyIndex): void {
    this.#added -= Number(this.#statements[name].run(...this.#place(index)).changes);
  }

  #ensureTenant(): void {
    if (this.#tenant !== nobody) return;
    const row = this.#statements.addTenant.get(bindText(this.#plan.partition));
    this.#tenant = Number(row?.["id"]);
    // What was looked for under no tenant would be written under none.
    this.#accounts.clear();
  }

  #markedAt(index: KeyIndex): number | undefined {
    return this.#number("readMark", index, "at");
  }

  #number(name: "readMark" | "readStreak" | "readSwitch", index: KeyIndex, column: string): number | undefined {
    const value = this.#statements[name].get(...this.#place(index))?.[column];
    return typeof value === "number" ? value : undefined;
  }

  #place(index: KeyIndex): [tenant: number, key: BoundText] {
    return [this.#tenant, this.#key(index)];
  }

  #key(index: KeyIndex): BoundText {
    const key = this.#keys[index];
    if (key === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${index}`);
    return key;
  }
}

type Value = number | string | Uint8Array | null;

const noEntries = new CounterEntries(new Uint8Array(0));

function isSince(at: number | undefined, since: number): boolean {
  return at !== undefined && at >= since;
}
