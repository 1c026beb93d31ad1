import { ConditionError } from "./condition-error.ts";

/** A string literal as found in the text: its value, and the offset behind its closing quotes. */
export interface StringLiteral {
  readonly value: string;
  readonly end: number;
}

/**
 * Reads the string literal whose opening quotes stand at `start`: `'…'`, `"…"`, `'''…'''` or `"""…"""`, with CEL's
 * escapes unless it is raw.
 */
export function readStringLiteral(text: string, start: number, kind: "raw" | "escaped"): StringLiteral {
  const quote = text.charAt(start);
  const triple = quote.repeat(3);
  const closing = text.startsWith(triple, start) ? triple : quote;
  let value = "";
  let position = start + closing.length;
  while (position < text.length) {
    if (text.startsWith(closing, position)) return { value, end: position + closing.length };
    const character = text.charAt(position);
    if (closing === quote && (character === "\n" || character === "\r")) break;
    if (character === "\\" && kind === "escaped") {
      const found = readEscape(text, position);
      value += found.value;
      position = found.end;
    } else {
      value += character;
      position += 1;
    }
  }
  throw new ConditionError(
    "syntax",
    { offset: start, length: closing.length },
    {
      message: "This text has no closing quote.",
      help: `Close it with ${closing}; text over several lines needs triple quotes.`,
    },
  );
}

const simpleEscapes = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
  ["?", "?"],
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
]);

const codePointEscapes = new Map([
  ["x", /[0-9A-Fa-f]{2}/y],
  ["X", /[0-9A-Fa-f]{2}/y],
  ["u", /[0-9A-Fa-f]{4}/y],
  ["U", /[0-9A-Fa-f]{8}/y],
]);

function readEscape(text: string, start: number): StringLiteral {
  const letter = text.charAt(start + 1);
  const simple = simpleEscapes.get(letter);
  if (simple !== undefined) return { value: simple, end: start + 2 };
  const octal = /^[0-3][0-7]{2}/.exec(text.slice(start + 1, start + 4));
  if (octal !== null) return { value: String.fromCodePoint(Number.parseInt(octal[0], 8)), end: start + 4 };
  const pattern = codePointEscapes.get(letter);
  if (pattern !== undefined) {
    pattern.lastIndex = start + 2;
    const digits = pattern.exec(text)?.[0];
    const codePoint = digits === undefined ? undefined : Number.parseInt(digits, 16);
    if (digits !== undefined && isScalar(codePoint)) {
      return { value: String.fromCodePoint(codePoint), end: start + 2 + digits.length };
    }
  }
  throw new ConditionError(
    "syntax",
    { offset: start, length: 2 },
    {
      message: `\`\\${letter}\` is not an escape.`,
      help: "Write a backslash as `\\\\`, or use a raw string such as r'C:\\dir'.",
    },
  );
}

/** Whether a number is a Unicode code point that is no half of a surrogate pair. */
function isScalar(codePoint: number | undefined): codePoint is number {
  return codePoint !== undefined && codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
}
