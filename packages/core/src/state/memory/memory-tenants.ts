import type { KeyList } from "./key-list.ts";

/** A tenant: how many cells it has, and what its lists of keys name. */
export interface MemoryTenant {
  name: string;
  /** Whole, 32 bits; no two that have cells have the same. */
  readonly number: number;
  size: number;
  /** How many of its cells are switches. */
  switches: number;
  /** What lists of keys name that nobody can change: calls that are alike share one. */
  readonly lists: WeakMap<readonly string[], KeyList>;
}

/** Those who have cells. */
export class MemoryTenants {
  readonly #byName = new Map<string, MemoryTenant>();
  readonly #byNumber = new Map<number, MemoryTenant>();
  #number = 0;
  /** What a tenant without cells has: whose it is, is said when it is asked for. */
  #unused = this.#newTenant();

  /** The tenant of a name, whether it has cells or none. */
  find(name: string): MemoryTenant {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    this.#unused.name = name;
    return this.#unused;
  }

  /** One more cell is a tenant's. */
  add(tenant: MemoryTenant): void {
    tenant.size += 1;
    if (tenant.size > 1) return;
    this.#byName.set(tenant.name, tenant);
    this.#byNumber.set(tenant.number, tenant);
    if (tenant === this.#unused) this.#unused = this.#newTenant();
  }

  /** One cell is no tenant's any more. Says whose it was. */
  remove(number: number): MemoryTenant | undefined {
    const tenant = this.#byNumber.get(number);
    if (tenant === undefined) return undefined;
    tenant.size -= 1;
    // INVARIANT (R1): of a tenant that has no cells any more nothing is left.
    if (tenant.size === 0) {
      this.#byName.delete(tenant.name);
      this.#byNumber.delete(number);
    }
    return tenant;
  }

  #newTenant(): MemoryTenant {
    do this.#number = (this.#number + 1) | 0;
    while (this.#byNumber.has(this.#number));
    return { name: "", number: this.#number, size: 0, switches: 0, lists: new WeakMap() };
  }
}
