import fc from "fast-check";
import { expect, it } from "vitest";
import { randomId } from "../../platform.ts";
import { KeyedHash } from "./keyed-hash.ts";

function hashed(hash: KeyedHash, text: string): string {
  const name = { first: 0, second: 0, third: 0 };
  hash.write(text, name);
  return Object.values(name).join();
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("\0", "a", "b", "ÿ"), maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("\0", "a", "Ā", "\ud800", "😀"), maxLength: 40 }),
);

it("B9: texts have one hash where they are equal, by the character, and only there", () => {
  const hash = new KeyedHash(randomId());
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(hashed(hash, one) === hashed(hash, other)).toBe(one === other);
      expect(hashed(hash, [...one].join(""))).toBe(hashed(hash, one));
    }),
    { numRuns: 5_000 },
  );
});

it.each([
  ["zeros at the end", "k", "k\0"],
  ["nothing, and a zero", "", "\0"],
  ["two characters, and one that is as wide", "\x01\x02", "\u0102"],
  ["four, and two that are as wide", "\x01\x02\x03\x04", "\u0102\u0304"],
  ["a whole block, and one more zero", "0123456789abcdef", "0123456789abcdef\0"],
])("B9: tells apart %s", (_what, one, other) => {
  const hash = new KeyedHash(randomId());
  expect(hashed(hash, one)).not.toBe(hashed(hash, other));
});

it("B9: gives a text another hash in each store, so that nobody can say which", () => {
  const hashes = Array.from({ length: 100 }, () => hashed(new KeyedHash(randomId()), "user|1"));
  expect(new Set(hashes).size).toBe(100);
});

it("spreads texts that differ in one character over all bits", () => {
  const hash = new KeyedHash(randomId());
  const bits = Array.from({ length: 96 }, () => 0);
  for (let number = 0; number < 4_000; number += 1) {
    const name = { first: 0, second: 0, third: 0 };
    hash.write(`session ${number}`, name);
    for (const [word, value] of [name.first, name.second, name.third].entries()) {
      for (let bit = 0; bit < 32; bit += 1)
        bits[word * 32 + bit] = (bits[word * 32 + bit] ?? 0) + ((value >>> bit) & 1);
    }
  }
  // Seven times the standard deviation of a coin.
  for (const ones of bits) expect(Math.abs(ones - 2_000)).toBeLessThan(225);
});
