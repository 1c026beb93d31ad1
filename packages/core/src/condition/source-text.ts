import type { Span } from "./condition-error.ts";
import type { Name } from "./syntax-tree.ts";

/** The text of an expression, and what of it the parsed tree no longer tells. */
export interface SourceText {
  readonly text: string;
  /**
   * The text as the parser gets it, of the same length. It knows no names in backticks and no numbers that begin with
   * their point, and it takes a backslash in a raw string for an escape of the closing quote: what stands there is
   * replaced, and read from the text once the tree is there.
   */
  readonly readable: string;
  /** The text with strings and comments blanked out: names, numbers and signs, each in its place. */
  readonly bare: string;
  /** How many brackets are open before each character, and at the end. */
  readonly depth: Int16Array;
}

/** Reads a text, of which nothing need be right. */
export function readSourceText(text: string): SourceText {
  const readable = text.replace(hidden, replaceUnread);
  const bare = readable.replace(hidden, (found) => " ".repeat(found.length));
  const depth = new Int16Array(bare.length + 1);
  for (let index = 0; index < bare.length; index += 1) {
    depth[index + 1] = (depth[index] ?? 0) + bracketStep(bare.charAt(index));
  }
  return { text, readable, bare, depth };
}

const quotes = ['"""', "'''", '"', "'"];

/**
 * Comments, strings, fields in backticks and points that begin a number, each wherever one may begin. A string may also
 * end with the text, so that going through it takes time in proportion to it.
 */
const hidden = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    ...quotes.map((quote) => String.raw`[rR]${quote}(?:(?!${quote})[\s\S])*(?:${quote})?`),
    ...quotes.map((quote) => String.raw`${quote}(?:\\[\s\S]?|(?!${quote})[^\\])*(?:${quote})?`),
    "`(?<=\\.\\s*`)[A-Za-z0-9_./ -]+`(?![\\w`])",
    String.raw`(?<![\w.)\]}"'\x60])\.(?=[0-9]+(?:[eE][+-]?[0-9]+)?(?![\w.]))`,
  ].join("|"),
  "g",
);

function replaceUnread(found: string): string {
  if (found === ".") return "0";
  if (found.startsWith("`")) return "_".repeat(found.length);
  return /^[rR]/.test(found) ? found.replaceAll("\\", "_") : found;
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
