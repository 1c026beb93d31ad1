import { Buffer } from "node:buffer";

/** A text as it is bound to a statement. */
export type BoundText = string | Uint8Array;

/**
 * INVARIANT (B9): distinct texts are distinct values. SQLite's text is UTF-8, in which all lone surrogates would become
 * one character, so that what holds one is bound as the bytes of its UTF-16; no text equals any bytes.
 */
export function bindText(text: string): BoundText {
  return text.isWellFormed() ? text : Buffer.from(text, "utf16le");
}

/** The text that was bound. */
export function readText(bound: BoundText): string {
  return typeof bound === "string" ? bound : Buffer.from(bound).toString("utf16le");
}
