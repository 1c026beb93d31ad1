import type { KeyIndex, Plan } from "../plan.ts";
import { StateStoreError } from "../state-store.ts";
import type { CellName, CellTable } from "./cell-table.ts";
import { KeptCells } from "./kept-cells.ts";
import { KeyList, named, unnamed } from "./key-list.ts";
import { KeyedHash } from "./keyed-hash.ts";
import { MemoryAccounts } from "./memory-accounts.ts";
import { MemoryCounters } from "./memory-counters.ts";
import { type MemoryTenant, MemoryTenants } from "./memory-tenants.ts";

/** The cells of one kind, of all tenants. */
export interface CellKind {
  readonly table: CellTable;
  /** 0 to 7, another one for each kind: it is a part of the places of its cells. */
  readonly number: number;
  /** Makes one that was just added what a cell is before anything happens to it. */
  begin(slot: number): void;
  /** From when on nothing can be asked of a cell any more; infinity: never. */
  expendableAt(slot: number): number;
  remove(slot: number): void;
}

/** All cells. Plans are taken one at a time: each is first told to {@link MemoryCells.begin}, and is the one that keys are of. */
export class MemoryCells {
  readonly accounts = new MemoryAccounts();
  readonly counters = new MemoryCounters();
  readonly marks = new KeptCells(2);
  readonly streaks = new KeptCells(3);
  readonly trails = new KeptCells(4, 1);
  readonly switches = new KeptCells(5);
  readonly kinds: readonly CellKind[] = [
    this.accounts,
    this.counters,
    this.marks,
    this.streaks,
    this.trails,
    this.switches,
  ];
  readonly #tenants = new MemoryTenants();
  readonly #hash: KeyedHash;
  #tenant: MemoryTenant = this.#tenants.find("");
  #keys: readonly string[] = [];
  /** What the keys name, as far as it was looked for. */
  #list = new KeyList([]);
  /** Whether nobody can change the keys. Asked once for each list, for it takes long to say. */
  #isShared = false;
  readonly #name: CellName = { first: 0, second: 0, third: 0 };
  #removals = 0;
  size = 0;

  /** `secret`: a random UUID that nobody else is told. */
  constructor(secret: string) {
    this.#hash = new KeyedHash(secret);
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
    this.#list = known ?? new KeyList(keys);
    // INVARIANT (B9): only a list that nobody can change names the same cells for good.
    this.#isShared = known !== undefined || Object.isFrozen(keys);
    if (known === undefined && this.#isShared) this.#tenant.lists.set(keys, this.#list);
  }

  /** The slot of the cell that a key names; -1 where there is none. Throws where the plan has no such key. */
  find(kind: CellKind, key: KeyIndex): number {
    const list = this.#list;
    if (list.removals !== this.#removals) list.doubt(this.#removals);
    const place = list.place(key);
    return place > named && (place & 7) === kind.number ? (place >>> 3) - 1 : this.#search(kind, key);
  }

  /** The slot of the cell that a key names. Where there is none, it is added. */
  findOrAdd(kind: CellKind, key: KeyIndex): number {
    const found = this.find(kind, key);
    if (found >= 0) return found;
    this.#tenants.add(this.#tenant);
    this.size += 1;
    if (kind === this.switches) this.#tenant.switches += 1;
    this.#list.readName(key, this.#name);
    const slot = kind.table.add(this.#tenant.number, this.#name);
    kind.begin(slot);
    return slot;
  }

  /** Drops the cell that a key names, if there is one. */
  drop(kind: CellKind, key: KeyIndex): void {
    const slot = this.find(kind, key);
    if (slot >= 0) this.remove(kind, slot);
  }

  /** INVARIANT (S1): what is dropped is found by nobody any more, whoever found it before. */
  remove(kind: CellKind, slot: number): void {
    const tenant = this.#tenants.remove(kind.table.tenantOf(slot));
    if (tenant !== undefined && kind === this.switches) tenant.switches -= 1;
    kind.remove(slot);
    this.size -= 1;
    this.#removals += 1;
  }

  /** Throws where the plan has no such key. */
  require(key: KeyIndex): string {
    const name = this.#keys[key];
    if (name === undefined) throw new StateStoreError("state_unavailable", `the plan names no key ${key}`);
    return name;
  }

  #search(kind: CellKind, key: KeyIndex): number {
    const text = this.require(key);
    const list = this.#list;
    const name = this.#name;
    const place = list.place(key);
    if (place === unnamed) {
      this.#hash.write(text, name);
      list.setName(key, name);
    } else list.readName(key, name);
    const slot = this.#slotOf(kind, name, -place);
    list.setPlace(key, slot < 0 ? named : ((slot + 1) << 3) | kind.number);
    return slot;
  }

  /** `guess`: the place where it was, if it is one. */
  #slotOf({ table }: CellKind, name: CellName, guess: number): number {
    const tenant = this.#tenant.number;
    const slot = (guess >>> 3) - 1;
    if (guess > named && table.isNamed(slot, tenant, name)) return slot;
    return table.find(tenant, name);
  }
}
