/**
 * Whether a JSON text holds a character that a viewer would not show, or would obey: DEL and the C1 controls (U+0085
 * breaks a line), line and paragraph separators, zero-width and bidirectional controls, the byte order mark, and tags.
 */
export function hasHidden(json: string): boolean {
  return hidden.test(json);
}

/** The same JSON value with those characters written as `\uXXXX`, so that each line looks like what it says. */
export function escapeHidden(json: string): string {
  // Outside of strings JSON is ASCII, so that every match is inside one, where an escape means the same character.
  return json.replace(everyHidden, (character) =>
    Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(""),
  );
}

// The set is spelled out and never follows a version of Unicode: every verifier must expect the same line.
const hidden = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;
const everyHidden = new RegExp(hidden.source, "gu");

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
