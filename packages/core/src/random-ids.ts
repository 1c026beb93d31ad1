/** Fills a list with random bytes. */
export type RandomSource = (bytes: Uint8Array) => unknown;

const idBytes = 16;
const idLength = 36;
/** How many texts are written at once: each keeps the others' characters from being freed. */
const together = 8;

/**
 * Random UUIDs (RFC 9562, version 4), from bytes that are drawn for many of them at once, as texts that are made for a few
 * at once: to draw and to make a text cost more than to write it. No byte is used twice.
 */
export function createRandomIds(fill: RandomSource, decode: (ascii: Uint8Array) => string): () => string {
  const bytes = new Uint8Array(256 * idBytes);
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
  const write = (place: number, byte: number) => view.setUint16(at + place, codes[byte] ?? 0);
  const read = (index: number) => bytes[from + index] ?? 0;
  write(0, read(0));
  write(2, read(1));
  write(4, read(2));
  write(6, read(3));
  write(9, read(4));
  write(11, read(5));
  // The version and the variant, as the RFC has them.
  write(14, (read(6) & 0x0f) | 0x40);
  write(16, read(7));
  write(19, (read(8) & 0x3f) | 0x80);
  write(21, read(9));
  write(24, read(10));
  write(26, read(11));
  write(28, read(12));
  write(30, read(13));
  write(32, read(14));
  write(34, read(15));
}
