/**
 * A value as JSON in which every character that nobody could see, or that a terminal would obey, is an escape of JSON:
 * controls, direction and zero-width characters, tags, variation selectors, fillers, spaces other than the plain one, and
 * what has no meaning in Unicode. It reads back as the same value. `indent`: default: one line.
 */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unseen, escaped);
}

// Plain spaces and line breaks are JSON's own; a line break within a text is an escape already.
const unseen = /(?![ \n])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** INVARIANT (A7): half by half, as JSON knows no other escape above U+FFFF. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
