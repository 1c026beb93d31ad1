import { ConditionError, type Span } from "./condition-error.ts";
import type { Name } from "./syntax-tree.ts";

/** The text of an expression, and what of it the parsed tree no longer tells. */
export interface SourceText {
  readonly text: string;
  /**
   * The text as the parser gets it. It knows neither names in backticks nor numbers that begin with their point, so
   * there a word and a number of the same length stand for them.
   */
  readonly readable: string;
  /** The text with strings and comments blanked out: names, numbers and signs, each in its place. */
  readonly bare: string;
  /** How many brackets are open before each character, and at the end. */
  readonly depth: Int16Array;
}

/** Reads a text, of which nothing need be right. */
export function readSourceText(text: string): SourceText {
  const bare = text.replace(hidden, (found) => " ".repeat(found.length));
  const readable = text.replace(hidden, replaceUnread);
  const depth = new Int16Array(bare.length + 1);
  for (let index = 0; index < bare.length; index += 1) {
    depth[index + 1] = (depth[index] ?? 0) + bracketStep(bare.charAt(index));
  }
  return { text, readable, bare, depth };
}

/**
 * Comments, strings, names in backticks and points that begin a number. Strings are those of the parser: a backslash takes the next character with
 * it, in raw ones too. A string may also end with the text, so that going through it takes time in proportion to it.
 */
const hidden = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    ...[`"""`, "'''"].map((quotes) => String.raw`${quotes}(?:\\[\s\S]?|(?!${quotes})[^\\])*(?:${quotes})?`),
    ...[`"`, "'"].map((quote) => String.raw`${quote}(?:\\[\s\S]?|[^${quote}\\])*${quote}?`),
    "`[A-Za-z0-9_./ -]+`",
    // Not behind a value, where a point selects a field: the zero would lengthen what stands there.
    String.raw`(?<![\w.)\]}"'\x60])\.(?=[0-9])`,
  ].join("|"),
  "g",
);

function replaceUnread(found: string): string {
  if (found === ".") return "0";
  return found.startsWith("`") ? "_".repeat(found.length) : found;
}

function bracketStep(character: string): number {
  if (character === "(" || character === "[" || character === "{") return 1;
  return character === ")" || character === "]" || character === "}" ? -1 : 0;
}

/**
 * Widens what an operator covers to whole pairs of parentheses: the tree of `(a) + (b)` knows nothing of them, so there
 * it reaches from `a` to `b` only.
 * @param sign Where the operator itself stands, or anything else that lies within no operand.
 */
export function withParentheses(span: Span, sign: number, { bare, depth }: SourceText): Span {
  const outside = depth[sign] ?? 0;
  let start = span.offset;
  let end = start + span.length;
  while (start > 0 && (depth[start] ?? 0) > outside) start -= 1;
  while (end < bare.length && (depth[end] ?? 0) > outside) end += 1;
  return { offset: start, length: end - start };
}

/** The name that stands at an offset, where the tree has it with a length only. */
export function readName({ offset, length }: Span, { text }: SourceText): Name {
  const written = text.slice(offset, offset + length);
  return { text: written.startsWith("`") ? written.slice(1, -1) : written, offset, length };
}

/** The name of a variable, function or macro: CEL has backticks for fields only. */
export function requirePlainName(name: Name): Name {
  if (name.length === name.text.length) return name;
  throw new ConditionError("syntax", name, {
    message: "A name in backticks stands for a field, so a value and a dot come before it.",
  });
}
