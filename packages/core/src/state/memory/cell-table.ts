/** Cells that lie one behind the other. */
export interface CellBlock {
  readonly numbers: Float64Array;
  /** The same memory as words. */
  readonly words: Int32Array;
  /** What is no number, for as many cells. */
  readonly references: unknown[];
}

/** The name of a cell: the words of a text's hash. */
export interface CellName {
  first: number;
  second: number;
  third: number;
}

/** How large the cells of a table are. */
export interface CellShape {
  /** Their numbers, of which the first two hold the name. */
  readonly numbers: number;
  /** Default: none. */
  readonly references?: number;
}

/** Where a cell's own numbers begin. */
export const firstNumber = 2;
const fullBits = 12;
const full = 1 << fullBits;
const smallest = 16;
/** The index has at least 2^4 places, once there is a cell. */
const smallestBits = 4;
const noIndex = new Int32Array(0);

/**
 * Cells of one kind, of all tenants, without gaps: the last one takes the place of one that is dropped. They lie in blocks of
 * numbers, so that a million of them are a few objects, and none moves for another that is added.
 *
 * An open-addressing index finds them by their names: a tenant's number and the hash of a text. Its entries are a cell's
 * place plus one in the low bits, and as much of the hash as there is room for above it.
 */
export class CellTable {
  /** Of each cell. */
  readonly #numbers: number;
  readonly #references: number;
  readonly #blocks: CellBlock[] = [];
  #room = 0;
  #bits = 0;
  #index = noIndex;
  /** How many there are: their slots are the numbers below it. */
  size = 0;

  constructor({ numbers, references = 0 }: CellShape) {
    this.#numbers = numbers;
    this.#references = references;
  }

  block(slot: number): CellBlock {
    const block = this.#blocks[slot >>> fullBits];
    if (block === undefined) throw new RangeError(`there is no cell ${slot}`);
    return block;
  }

  /** Where a cell's numbers begin in its block; its words begin at twice that. */
  base(slot: number): number {
    return ((slot & (full - 1)) * this.#numbers) | 0;
  }

  /** Where a cell's references begin in its block. */
  referenceBase(slot: number): number {
    return ((slot & (full - 1)) * this.#references) | 0;
  }

  /** The number of the tenant that a cell belongs to. */
  tenantOf(slot: number): number {
    return this.block(slot).words[this.base(slot) * 2] ?? 0;
  }

  /** Whether a slot is that of a tenant's cell of a name. */
  isNamed(slot: number, tenant: number, name: CellName): boolean {
    if (slot >= this.size) return false;
    const { words } = this.block(slot);
    const base = this.base(slot) * 2;
    if (words[base] !== tenant || words[base + 1] !== name.first) return false;
    return words[base + 2] === name.second && words[base + 3] === name.third;
  }

  /** The slot of a tenant's cell of a name; -1 where there is none. */
  find(tenant: number, name: CellName): number {
    if (this.size === 0) return -1;
    const mask = this.#index.length - 1;
    const mixed = mix(tenant, name.first);
    for (let position = mixed & mask; ; position = (position + 1) & mask) {
      const entry = this.#index[position] ?? 0;
      if (entry === 0) return -1;
      if (entry >>> this.#bits !== mixed >>> this.#bits) continue;
      const slot = (entry & mask) - 1;
      if (this.isNamed(slot, tenant, name)) return slot;
    }
  }

  /** Adds one that is not there yet, all zeros and `undefined`. */
  add(tenant: number, name: CellName): number {
    if ((this.size + 1) * 4 > this.#index.length * 3) this.#resizeIndex(Math.max(this.#bits + 1, smallestBits));
    if (this.size === this.#room) this.#addRoom();
    const slot = this.size;
    this.size += 1;
    const { numbers, words, references } = this.block(slot);
    const base = this.base(slot);
    numbers.fill(0, base, base + this.#numbers);
    words[base * 2] = tenant;
    words[base * 2 + 1] = name.first;
    words[base * 2 + 2] = name.second;
    words[base * 2 + 3] = name.third;
    const first = this.referenceBase(slot);
    references.fill(undefined, first, first + this.#references);
    this.#enter(slot);
    return slot;
  }

  /** Drops a cell. The last one is at its place from then on. */
  remove(slot: number): void {
    this.#leave(this.#positionOf(slot));
    const last = this.size - 1;
    if (slot !== last) {
      const position = this.#positionOf(last);
      const mask = this.#index.length - 1;
      this.#index[position] = ((this.#index[position] ?? 0) & ~mask) | (slot + 1);
    }
    this.#move(last, slot);
    this.size = last;
    if (this.size * 8 < this.#index.length && this.#bits > smallestBits) this.#resizeIndex(this.#bits - 1);
    // One block stays in reserve.
    if (this.#room - this.size >= 2 * full) {
      this.#blocks.pop();
      this.#room -= full;
    }
  }

  #mixed(slot: number): number {
    const { words } = this.block(slot);
    const base = this.base(slot) * 2;
    return mix(words[base] ?? 0, words[base + 1] ?? 0);
  }

  #enter(slot: number): void {
    const mask = this.#index.length - 1;
    const mixed = this.#mixed(slot);
    let position = mixed & mask;
    while (this.#index[position] !== 0) position = (position + 1) & mask;
    this.#index[position] = (mixed & ~mask) | (slot + 1);
  }

  #positionOf(slot: number): number {
    const mask = this.#index.length - 1;
    let position = this.#mixed(slot) & mask;
    while (((this.#index[position] ?? 0) & mask) !== slot + 1) position = (position + 1) & mask;
    return position;
  }

  /** Empties a place, and lets those behind it that were kept from it move up. */
  #leave(position: number): void {
    const mask = this.#index.length - 1;
    let hole = position;
    for (let next = (hole + 1) & mask; ; next = (next + 1) & mask) {
      const entry = this.#index[next] ?? 0;
      if (entry === 0) break;
      const home = this.#mixed((entry & mask) - 1) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      this.#index[hole] = entry;
      hole = next;
    }
    this.#index[hole] = 0;
  }

  #move(from: number, to: number): void {
    const source = this.block(from);
    const target = this.block(to);
    const base = this.base(from);
    if (from !== to) target.numbers.set(source.numbers.subarray(base, base + this.#numbers), this.base(to));
    for (let index = 0; index < this.#references; index += 1) {
      const reference = source.references[this.referenceBase(from) + index];
      // Nothing is kept alive by a place where no cell is.
      source.references[this.referenceBase(from) + index] = undefined;
      if (from !== to) target.references[this.referenceBase(to) + index] = reference;
    }
  }

  #resizeIndex(bits: number): void {
    this.#bits = bits;
    this.#index = new Int32Array(1 << bits);
    for (let slot = 0; slot < this.size; slot += 1) this.#enter(slot);
  }

  #addRoom(): void {
    const [first] = this.#blocks;
    if (first === undefined || this.#room >= full) {
      const cells = first === undefined ? smallest : full;
      this.#blocks.push(this.#newBlock(cells));
      this.#room += cells;
      return;
    }
    const larger = this.#newBlock(this.#room * 4);
    larger.numbers.set(first.numbers);
    for (const [index, reference] of first.references.entries()) larger.references[index] = reference;
    this.#blocks[0] = larger;
    this.#room *= 4;
  }

  #newBlock(cells: number): CellBlock {
    const numbers = new Float64Array(cells * this.#numbers);
    // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` takes forty times as long.
    const references = new Array<unknown>(cells * this.#references).fill(undefined);
    return { numbers, words: new Int32Array(numbers.buffer), references };
  }
}

/** Tenants that have cells of the same names have them at different places. */
function mix(tenant: number, word: number): number {
  return word ^ Math.imul(tenant, 0x9e3779b1);
}
