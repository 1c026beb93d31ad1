import { ParseError } from "@marcbachmann/cel-js";
import { ConditionError, type ConditionErrorCode, type Span } from "./condition-error.ts";
import { maximumDepth, maximumNodes } from "./condition-limits.ts";

/** Says in our words, and with its place, what the parser has found wrong with a text. */
export function explainParseError(error: unknown, text: string): ConditionError {
  const whole = { offset: 0, length: text.length };
  // The limits leave room for the stack, but how much of it is left is the host's affair.
  if (error instanceof RangeError) return new ConditionError("too_deep", whole, tooDeep);
  if (!(error instanceof ParseError)) {
    return new ConditionError("syntax", whole, { message: "This expression cannot be read." });
  }
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const explain = explanations.get(error.code) ?? explainWord;
  const { code, message, help, span } = explain({ text, start, end, summary: error.summary });
  return new ConditionError(code ?? "syntax", span ?? { offset: start, length: end - start }, {
    message,
    ...(help === undefined ? {} : { help }),
  });
}

interface Fault {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly summary: string;
}

interface Explanation {
  readonly message: string;
  readonly help?: string | undefined;
  /** Default: `syntax`. */
  readonly code?: ConditionErrorCode;
  /** Default: what the parser points at. */
  readonly span?: Span;
}

const tooDeep = {
  message: `This expression nests deeper than ${maximumDepth} levels.`,
  help: "Split it over several rules.",
};

const explanations: ReadonlyMap<string, (fault: Fault) => Explanation> = new Map([
  ["limit_exceeded", explainLimit],
  ["unexpected_character", explainWord],
  ["unexpected_token", explainWord],
  ["expected_token", explainWord],
  ["reserved_identifier", ({ text, start, end }) => ({ message: `\`${text.slice(start, end)}\` is a reserved word.` })],
  ["unterminated_string", explainOpenString],
  ["unterminated_triple_quoted_string", explainOpenString],
  [
    "newline_in_string",
    () => ({
      message: "The line ends within a text that has one quote on each side.",
      help: "Close it before the line ends, or use triple quotes.",
    }),
  ],
  ["invalid_escape_sequence", explainEscape],
  ["invalid_unicode_escape", explainEscape],
  ["invalid_unicode_surrogate", explainEscape],
  ["invalid_hex_escape", explainEscape],
  ["invalid_octal_escape", explainEscape],
  ["octal_escape_out_of_range", explainEscape],
  ["bytes_unicode_escape", explainEscape],
  ["invalid_number", ({ text, start, end }) => ({ message: `${text.slice(start, end)} is too large for a number.` })],
  ["invalid_exponent", () => ({ message: "A number ends where the digits of its exponent are wanted." })],
  ["invalid_integer", () => ({ message: "These digits are not a whole number." })],
  ["invalid_hex_integer", () => ({ message: "Hexadecimal digits are wanted behind `0x`." })],
  ["invalid_macro_argument", () => ({ message: "Here the name is wanted by which each element is called." })],
] satisfies readonly (readonly [string, (fault: Fault) => Explanation])[]);

function explainLimit({ summary }: Fault): Explanation {
  if (summary.includes("maxDepth")) return { code: "too_deep", ...tooDeep };
  return {
    code: "too_complex",
    message: `This expression has more than ${maximumNodes} parts.`,
    help: "Split it over several rules.",
  };
}

function explainOpenString({ text, start }: Fault): Explanation {
  const quote = text.charAt(start);
  const closing = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  return {
    message: "This text has no closing quote.",
    help: `Close it with ${closing}; text over several lines needs triple quotes.`,
    span: { offset: start, length: closing.length },
  };
}

function explainEscape({ text, start }: Fault): Explanation {
  const character = String.fromCodePoint(text.codePointAt(start + 1) ?? 0);
  return {
    message: `A backslash before ${showCharacter(character)} is not an escape here.`,
    help: "Write a backslash as `\\\\`, or use a raw string such as r'C:\\dir'.",
  };
}

const misspelt: ReadonlyMap<string, string> = new Map([
  ["=", "Compare with `==`."],
  ["&", "Write `&&`."],
  ["|", "Write `||`."],
  ["and", "Write `&&`."],
  ["or", "Write `||`."],
  ["not", "Write `!(…)`."],
  ["AND", "Write `&&`."],
  ["OR", "Write `||`."],
  ["NOT", "Write `!(…)`."],
  ["`", "Backticks stand around a field, right behind its dot: args.`content-type`."],
  ["===", "Compare with `==`."],
]);

/** A word, a sign or a character where another is wanted. */
function explainWord(fault: Fault): Explanation {
  const { text, start } = fault;
  const negation = /(?<![\w.])(?:not|NOT)\s+$/.exec(text.slice(0, start));
  if (negation !== null) {
    const help = misspelt.get("not");
    return { message: "`not` has no meaning here.", help, span: { offset: negation.index, length: 3 } };
  }
  const word = wordAt(text, start);
  const wanted = describeWanted(fault);
  const help = isKeyword(word) && wanted === "a name" ? `Write ["${word}"] without the dot.` : misspelt.get(word);
  const span = { offset: start, length: word.length };
  if (!beginsWord(text, start)) return { message: `${showCharacter(word)} has no meaning here.`, help, span };
  return { message: `Here ${describeWord(word)}, where ${wanted} is wanted.`, help, span };
}

/** Words that stand for themselves, so that no field is selected by them. */
function isKeyword(word: string): boolean {
  return ["true", "false", "null", "in"].includes(word);
}

const oneWord = /[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9_.]*|&&|\|\||[=!<>]=|[\s\S]/uy;

/** The word that begins at an offset; a string by its opening quote alone. */
function wordAt(text: string, offset: number): string {
  oneWord.lastIndex = offset;
  return oneWord.exec(text)?.[0] ?? "";
}

/** Whether what stands at an offset is a word of the language, or the end, though it is in the wrong place. */
function beginsWord(text: string, offset: number): boolean {
  return offset >= text.length || /^(?:[\w"'<>+\-*/%!?:.,()[\]{}]|==|&&|\|\|)/.test(text.slice(offset, offset + 2));
}

/** A word for messages; text is left out, since it may be long and hold anything. */
function describeWord(word: string): string {
  if (word === "") return "the expression ends";
  return word === '"' || word === "'" ? "text stands" : `\`${word}\` stands`;
}

const wantedTokens: ReadonlyMap<string, string> = new Map([
  ["RPAREN", "`)`"],
  ["RBRACKET", "`]`"],
  ["RBRACE", "`}`"],
  ["COLON", "`:`"],
  ["IDENTIFIER", "a name"],
]);

function describeWanted({ summary }: Fault): string {
  const token = /^Expected ([A-Z]+),/.exec(summary)?.[1];
  if (token !== undefined) return wantedTokens.get(token) ?? "something else";
  return summary.startsWith("Unexpected token") ? "a value" : "an operator or the end";
}

/** A character for messages; by its number where it would not show, or do something to a terminal. */
function showCharacter(character: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)) return `\`${character}\``;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
