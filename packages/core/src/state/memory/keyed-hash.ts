import type { CellName } from "./cell-table.ts";

const rounds = 8;

/**
 * Names texts by 96 bits: the permutation of Chaskey (Mouha and others, 2014) in CBC-MAC, the length in front, under a key of
 * its own. It is made of what JavaScript computes in one step.
 *
 * INVARIANT (B9): distinct texts have distinct hashes. Nobody can look for two that have one, for nobody knows the key, which
 * is random and never leaves the process, and no hash does; by chance it happens to ten million texts once in 10^15 times.
 */
export class KeyedHash {
  readonly #key = new Int32Array(4);

  /** `secret`: a random UUID that nobody else is told, for its 122 random bits. */
  constructor(secret: string) {
    const digits = secret.replaceAll("-", "");
    for (let word = 0; word < 4; word += 1) this.#key[word] = Number.parseInt(digits.slice(word * 8, word * 8 + 8), 16);
  }

  write(text: string, name: CellName): void {
    const perWord = isNarrow(text) ? 4 : 2;
    let a = this.#key[0] ?? 0;
    let b = this.#key[1] ?? 0;
    let c = this.#key[2] ?? 0;
    let d = this.#key[3] ?? 0;
    // The length and the width come first, so that no message is the beginning of another.
    a ^= text.length;
    b ^= perWord;
    for (let from = 0; ; from += 4 * perWord) {
      for (let round = 0; round < rounds; round += 1) {
        a = (a + b) | 0;
        b = ((b << 5) | (b >>> 27)) ^ a;
        a = (a << 16) | (a >>> 16);
        c = (c + d) | 0;
        d = ((d << 8) | (d >>> 24)) ^ c;
        a = (a + d) | 0;
        d = ((d << 13) | (d >>> 19)) ^ a;
        c = (c + b) | 0;
        b = ((b << 7) | (b >>> 25)) ^ c;
        c = (c << 16) | (c >>> 16);
      }
      if (from >= text.length) break;
      a ^= pack(text, from, perWord);
      b ^= pack(text, from + perWord, perWord);
      c ^= pack(text, from + 2 * perWord, perWord);
      d ^= pack(text, from + 3 * perWord, perWord);
    }
    name.first = a ^ (this.#key[0] ?? 0);
    name.second = b ^ (this.#key[1] ?? 0);
    name.third = c ^ (this.#key[2] ?? 0);
  }
}

/** Whether each character fits into a byte. */
function isNarrow(text: string): boolean {
  let seen = 0;
  for (let index = 0; index < text.length; index += 1) seen |= text.charCodeAt(index);
  return seen <= 0xff;
}

/** Two or four characters; zeros behind the last one. */
function pack(text: string, from: number, count: 2 | 4): number {
  if (from + count > text.length) return packRest(text, from, count);
  if (count === 2) return (text.charCodeAt(from) << 16) | text.charCodeAt(from + 1);
  const high = (text.charCodeAt(from) << 24) | (text.charCodeAt(from + 1) << 16);
  return high | (text.charCodeAt(from + 2) << 8) | text.charCodeAt(from + 3);
}

function packRest(text: string, from: number, count: 2 | 4): number {
  let packed = 0;
  for (let index = from; index < from + count; index += 1) {
    packed = (packed << (32 / count)) | (index < text.length ? text.charCodeAt(index) : 0);
  }
  return packed;
}
