/** Fills a list with random bytes. */
export type RandomSource = (bytes: Uint8Array) => unknown;

/** For how many ids bytes are drawn at once. */
const drawn = 1_024;
const idBytes = 16;
const idLength = 36;
/** How many texts are written at once: each keeps the others' characters from being freed. */
const together = 8;

/**
 * Random UUIDs (RFC 9562, version 4), from bytes that are drawn for many of them at once, as texts that are made for a few
 * at once: to draw and to make a text cost more than to write it. No byte is used twice.
 */
export function createRandomIds(fill: RandomSource, decode: (ascii: Uint8Array) => string): () => string {
  const bytes = new Uint8Array(drawn * idBytes);
  const digits = new Uint8Array(together * idLength).fill(hyphen);
  const view = new DataView(digits.buffer);
  let used = bytes.length;
  let texts = "";
  let given = 0;
  return () => {
    if (given === texts.length) {
      if (used === bytes.length) {
        fill(bytes);
        used = 0;
      }
      for (let id = 0; id < together; id += 1) writeId(view, id * idLength, bytes, used + id * idBytes);
      used += together * idBytes;
      texts = decode(digits);
      given = 0;
    }
    given += idLength;
    return texts.slice(given - idLength, given);
  };
}

const hyphen = 45;
/** The codes of a byte's two digits, the first in the higher byte. */
const codes = Uint16Array.from({ length: 256 }, (_, byte) => (codeOf(byte >>> 4) << 8) | codeOf(byte & 15));

function codeOf(digit: number): number {
  return digit.toString(16).charCodeAt(0);
}

/** Written out, for a loop over the places takes longer. */
function writeId(view: DataView, at: number, bytes: Uint8Array, from: number): void {
  write(view, at, bytes[from]);
  write(view, at + 2, bytes[from + 1]);
  write(view, at + 4, bytes[from + 2]);
  write(view, at + 6, bytes[from + 3]);
  write(view, at + 9, bytes[from + 4]);
  write(view, at + 11, bytes[from + 5]);
  // The version and the variant, as the RFC has them.
  write(view, at + 14, ((bytes[from + 6] ?? 0) & 0x0f) | 0x40);
  write(view, at + 16, bytes[from + 7]);
  write(view, at + 19, ((bytes[from + 8] ?? 0) & 0x3f) | 0x80);
  write(view, at + 21, bytes[from + 9]);
  write(view, at + 24, bytes[from + 10]);
  write(view, at + 26, bytes[from + 11]);
  write(view, at + 28, bytes[from + 12]);
  write(view, at + 30, bytes[from + 13]);
  write(view, at + 32, bytes[from + 14]);
  write(view, at + 34, bytes[from + 15]);
}

function write(view: DataView, at: number, byte = 0): void {
  view.setUint16(at, codes[byte] ?? 0);
}
