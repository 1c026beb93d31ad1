import { ConditionError, type Span } from "./condition-error.ts";
import { readStringLiteral } from "./string-literal.ts";

/** One word of an expression. */
export type Token = Span &
  (
    | { readonly kind: "identifier" | "quoted" | "operator"; readonly text: string }
    | { readonly kind: "string"; readonly text: string }
    /** Not yet checked against 64 bits: a sign may stand before it. */
    | { readonly kind: "int"; readonly text: string; readonly value: bigint }
    | { readonly kind: "double"; readonly text: string; readonly value: number }
    | { readonly kind: "end"; readonly text: "" }
  );

/** Splits an expression into words; the last is always an `end`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = skipBlank(text, 0);
  while (position < text.length) {
    const token = readToken(text, position);
    tokens.push(token);
    position = skipBlank(text, token.offset + token.length);
  }
  tokens.push({ kind: "end", text: "", offset: text.length, length: 0 });
  return tokens;
}

const blank = /(?:[ \t\n\f\r]|\/\/[^\n]*)*/y;
const stringStart = /([rR]|[bB][rR]?|[rR][bB])?(?=["'])/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const quotedIdentifier = /`([A-Za-z0-9_./ -]+)`/y;
const double = /(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y;
const int = /(?:0[xX][0-9A-Fa-f]+|[0-9]+)/y;
const operator = /\|\||&&|==|!=|<=|>=|[<>+\-*/%!?:.,()[\]{}]/y;

function readToken(text: string, offset: number): Token {
  const prefix = matchAt(stringStart, text, offset);
  if (prefix !== undefined) return readText(text, { offset, length: prefix.length });
  const word = matchAt(identifier, text, offset);
  if (word !== undefined) return { kind: "identifier", text: word, offset, length: word.length };
  const quoted = matchAt(quotedIdentifier, text, offset);
  if (quoted !== undefined) return { kind: "quoted", text: quoted.slice(1, -1), offset, length: quoted.length };
  const fraction = matchAt(double, text, offset);
  if (fraction !== undefined) return readDouble(text, { offset, length: fraction.length });
  const whole = matchAt(int, text, offset);
  if (whole !== undefined) return readInt(text, { offset, length: whole.length });
  const symbol = matchAt(operator, text, offset);
  if (symbol !== undefined) return { kind: "operator", text: symbol, offset, length: symbol.length };
  throw unexpected(text, offset);
}

function readText(text: string, prefix: Span): Token {
  const start = prefix.offset + prefix.length;
  const letters = text.slice(prefix.offset, start).toLowerCase();
  if (letters.includes("b")) {
    throw new ConditionError(
      "unsupported",
      { offset: prefix.offset, length: prefix.length },
      {
        message: "Bytes are not part of this language.",
        help: "Arguments are JSON: compare text with text.",
      },
    );
  }
  const { value, end } = readStringLiteral(text, start, letters === "r" ? "raw" : "escaped");
  return { kind: "string", text: value, offset: prefix.offset, length: end - prefix.offset };
}

function readDouble(text: string, span: Span): Token {
  const digits = text.slice(span.offset, span.offset + span.length);
  const value = Number(digits);
  requireWordEnd(text, span);
  if (!Number.isFinite(value)) {
    throw new ConditionError("syntax", span, { message: `${digits} is too large for a number.` });
  }
  return { kind: "double", text: digits, value, ...span };
}

function readInt(text: string, span: Span): Token {
  const digits = text.slice(span.offset, span.offset + span.length);
  requireWordEnd(text, span);
  return { kind: "int", text: digits, value: BigInt(digits), ...span };
}

/** Refuses `10u`, `10px` and `0x`: a number is never followed by a letter. */
function requireWordEnd(text: string, span: Span): void {
  const suffix = matchAt(identifier, text, span.offset + span.length);
  if (suffix === undefined) return;
  const whole = { offset: span.offset, length: span.length + suffix.length };
  if (suffix === "u" || suffix === "U") {
    throw new ConditionError("unsupported", whole, {
      message: "Unsigned numbers are not part of this language.",
      help: "Leave out the `u`.",
    });
  }
  throw new ConditionError("syntax", whole, { message: "A number ends in letters." });
}

const misspelt = new Map([
  ["=", "Compare with `==`."],
  ["&", "Write `&&`."],
  ["|", "Write `||`."],
]);

function unexpected(text: string, offset: number): ConditionError {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  const help = misspelt.get(character);
  return new ConditionError(
    "syntax",
    { offset, length: character.length },
    {
      message: `${showCharacter(character)} has no meaning here.`,
      ...(help === undefined ? {} : { help }),
    },
  );
}

/** A character for messages; by its number where it would not show, or do something to a terminal. */
function showCharacter(character: string): string {
  if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character)) return `\`${character}\``;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function skipBlank(text: string, offset: number): number {
  return offset + (matchAt(blank, text, offset)?.length ?? 0);
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
