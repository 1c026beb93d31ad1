import { createHash } from "node:crypto";

/** Longer names are stored by their digest, so that every name fits into an index. */
const longest = 250;
const digestMark = "sha256:";

/**
 * Text as Postgres can store it, which has neither U+0000 nor half a surrogate pair: distinct for distinct text, and in
 * the order of code units where it is compared byte by byte.
 */
export function storedText(text: string): string {
  // Only these are stored as something else: the others are in the same order as UTF-8 and as UTF-16.
  if (!/[\u0000\u0001\uD800-\uFFFF]/.test(text)) return text;
  let stored = "";
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit <= 1) stored += `\u0001${String.fromCharCode(unit + 1)}`;
    else stored += String.fromCodePoint(unit < 0xd800 ? unit : unit + 0x10000);
  }
  return stored;
}

/** The same, of a name that is only ever compared for equality. */
export function storedName(name: string): string {
  // INVARIANT (B9): no short name is stored like the digest of a long one.
  if (name.length <= longest && !name.startsWith(digestMark)) return storedText(name);
  return digestMark + createHash("sha256").update(name, "utf16le").digest("hex");
}
