import type { KeyIndex, Plan } from "../plan.ts";
import { StateStoreError } from "../state-store.ts";
import type { CellName, CellTable } from "./cell-table.ts";
import { KeptCells } from "./kept-cells.ts";
import { countKeys, doubtPlaces, type KeyList, newKeyList, placeNumbers, readName, setName } from "./key-list.ts";
import { KeyedHash } from "./keyed-hash.ts";
import { MemoryAccounts } from "./memory-accounts.ts";
import { MemoryCounters } from "./memory-counters.ts";
import { MemoryMarks } from "./memory-marks.ts";
import { type MemoryTenant, MemoryTenants } from "./memory-tenants.ts";
import { MemoryTrails } from "./memory-trails.ts";

/** The cells of one kind, of all tenants. */
export interface CellKind {
  readonly table: CellTable;
  /** Makes one that was just added what a cell is before anything happens to it. */
  begin(slot: number): void;
  /** From when on nothing can be asked of a cell any more; infinity: never. */
  expendableAt(slot: number): number;
  remove(slot: number): void;
}

/**
 * The numbers of the kinds: each is a part of the places of its cells. Whoever uses them makes them constants of its own file:
 * V8 asks for an imported one each time.
 */
export const kindNumbers = { account: 0, counter: 1, mark: 2, streak: 3, trail: 4, switch: 5 } as const;
export type KindNumber = (typeof kindNumbers)[keyof typeof kindNumbers];

const { unnamed, named } = placeNumbers;

/** All cells. Plans are taken one at a time: each is first told to {@link MemoryCells.begin}, and is the one that keys are of. */
export class MemoryCells {
  readonly accounts = new MemoryAccounts();
  readonly counters = new MemoryCounters();
  readonly marks = new MemoryMarks();
  readonly streaks = new KeptCells();
  readonly trails: MemoryTrails;
  readonly switches = new KeptCells();
  /** By their numbers. */
  readonly kinds: readonly [CellKind, CellKind, CellKind, CellKind, CellKind, CellKind];
  readonly #tenants = new MemoryTenants();
  readonly #hash: KeyedHash;
  #tenant: MemoryTenant = this.#tenants.find("");
  #keys: readonly string[] = [];
  /** What the keys name, as far as it was looked for. */
  #list: KeyList = newKeyList(0);
  #count = 0;
  /** Whether nobody can change the keys. Asked once for each list, for it takes long to say. */
  #isShared = false;
  readonly #name: CellName = { first: 0, second: 0, third: 0 };
  #removals = 0;
  size = 0;

  /** `secret`: a random UUID that nobody else is told. */
  constructor(secret: string) {
    this.#hash = new KeyedHash(secret);
    this.trails = new MemoryTrails(this.#hash);
    const { accounts, counters, marks, streaks, trails, switches } = this;
    this.kinds = [accounts, counters, marks, streaks, trails, switches];
  }

  /** Whose plan it is. */
  get tenant(): Readonly<MemoryTenant> {
    return this.#tenant;
  }

  /** The plan of which checks and effects come next. */
  begin({ partition, keys }: Plan): void {
    const before = this.#tenant;
    if (before.size === 0 || before.name !== partition) this.#tenant = this.#tenants.find(partition);
    // Of most calls one plan comes after the other.
    if (this.#isShared && keys === this.#keys && before === this.#tenant) return;
    this.#keys = keys;
    const known = this.#tenant.lists.get(keys);
    this.#list = known ?? newKeyList(keys.length);
    this.#count = countKeys(this.#list);
    // INVARIANT (B9): only a list that nobody can change names the same cells for good.
    this.#isShared = known !== undefined || Object.isFrozen(keys);
    if (known === undefined && this.#isShared) this.#tenant.lists.set(keys, this.#list);
    doubtPlaces(this.#list, this.#removals);
  }

  /** The slot of the cell that a key names; -1 where there is none. Throws where the plan has no such key. */
  find(kind: KindNumber, key: KeyIndex): number {
    const place = key < this.#count ? (this.#list[key] ?? unnamed) : unnamed;
    // Whichever kind a key names, no plan takes it for another.
    return place > named && (place & 7) === kind ? (place >>> 3) - 1 : this.#search(kind, key);
  }

  /** The slot of the cell that a key names. Where there is none, it is added. */
  findOrAdd(kind: KindNumber, key: KeyIndex): number {
    const found = this.find(kind, key);
    return found >= 0 ? found : this.#add(kind, key);
  }

  /** Drops the cell that a key names, if there is one. */
  drop(kind: KindNumber, key: KeyIndex): void {
    const slot = this.find(kind, key);
    if (slot >= 0) this.remove(kind, slot);
  }

  /** INVARIANT (S1): what is dropped is found by nobody any more, whoever found it before. */
  remove(kind: KindNumber, slot: number): void {
    const cells = this.kinds[kind];
    const tenant = this.#tenants.remove(cells.table.tenantOf(slot));
    if (tenant !== undefined && kind === kindNumbers.switch) tenant.switches -= 1;
    cells.remove(slot);
    this.size -= 1;
    this.#removals += 1;
    doubtPlaces(this.#list, this.#removals);
  }

  /** Throws where the plan has no such key. */
  require(key: KeyIndex): void {
    // What the keys name is at hand, and the keys themselves mostly are not.
    if (key >= this.#count || this.#list[key] === undefined) this.#nameOf(key);
  }

  #nameOf(key: KeyIndex): string {
    const name = this.#keys[key];
    if (name === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${key}`);
    return name;
  }

  #add(kind: KindNumber, key: KeyIndex): number {
    this.#tenants.add(this.#tenant);
    this.size += 1;
    if (kind === kindNumbers.switch) this.#tenant.switches += 1;
    const list = this.#list;
    readName(list, key, this.#name);
    const cells = this.kinds[kind];
    const slot = cells.table.add(this.#tenant.number, this.#name);
    cells.begin(slot);
    list[key] = ((slot + 1) << 3) | kind;
    return slot;
  }

  #search(kind: KindNumber, key: KeyIndex): number {
    const text = this.#nameOf(key);
    const list = this.#list;
    const name = this.#name;
    const place = list[key] ?? unnamed;
    if (place === unnamed) {
      this.#hash.write(text, name);
      setName(list, key, name);
    } else readName(list, key, name);
    const slot = this.#slotOf(this.kinds[kind].table, name, -place);
    list[key] = slot < 0 ? named : ((slot + 1) << 3) | kind;
    return slot;
  }

  /** `guess`: the place where it was, if it is one. */
  #slotOf(table: CellTable, name: CellName, guess: number): number {
    const tenant = this.#tenant.number;
    const slot = (guess >>> 3) - 1;
    if (guess > named && table.isNamed(slot, tenant, name)) return slot;
    return table.find(tenant, name);
  }
}
