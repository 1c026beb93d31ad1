import { ConditionError, type Span } from "./condition-error.ts";
import { maximumNesting, maximumNodes } from "./condition-limits.ts";
import type { Expression, ExpressionForm, Name } from "./syntax-tree.ts";
import type { Token } from "./tokenize.ts";

/** Words that CEL keeps for itself: no variable has such a name, though a field may. */
const reserved = new Set(
  (
    "as break const continue else false for function if import in let loop package namespace null return true var " +
    "void while"
  ).split(" "),
);

/** What the parser reads from: the words in order, and the limits that they count against. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;
  #nesting = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    // INVARIANT: the last word is the end, and nothing moves beyond it.
    return this.#tokens[this.#position] as Token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#position += 1;
    return token;
  }

  /** Whether the next word is this operator (or the keyword `in`). */
  at(text: string): boolean {
    const token = this.peek();
    if (text === "in") return token.kind === "identifier" && token.text === text;
    return token.kind === "operator" && token.text === text;
  }

  /** Takes the operator if it is next. */
  take(text: string): boolean {
    if (!this.at(text)) return false;
    this.#position += 1;
    return true;
  }

  /** Takes the operator, or refuses what stands there; returns the offset behind it. */
  expect(text: string): number {
    const token = this.peek();
    if (!this.take(text)) throw this.unexpected(`\`${text}\``);
    return token.offset + token.length;
  }

  /** Takes a field's name: any word, or a name in backticks. */
  fieldName(): Name {
    const token = this.peek();
    if (token.kind !== "identifier" && token.kind !== "quoted") throw this.unexpected("a name");
    return this.next();
  }

  /** Takes a variable's name: a word that the language does not keep for itself. */
  variableName(): Name {
    const token = this.peek();
    if (token.kind !== "identifier") throw this.unexpected("a name");
    if (reserved.has(token.text)) {
      throw new ConditionError("syntax", token, { message: `\`${token.text}\` is a reserved word.` });
    }
    return this.next();
  }

  /** Parses something nested one level deeper than what surrounds it. */
  nested<Result>(parse: (reader: TokenReader) => Result): Result {
    this.#nesting += 1;
    if (this.#nesting > maximumNesting + 1) {
      throw new ConditionError("too_deep", this.peek(), {
        message: `This expression nests deeper than ${maximumNesting} levels.`,
        help: "Split it over several rules.",
      });
    }
    const result = parse(this);
    this.#nesting -= 1;
    return result;
  }

  /** A node that covers the text from `offset` to the end of the last word taken. */
  node(offset: number, form: ExpressionForm): Expression {
    this.#nodes += 1;
    const last = this.#tokens[this.#position - 1];
    const end = last === undefined ? offset : last.offset + last.length;
    const span: Span = { offset, length: end - offset };
    if (this.#nodes > maximumNodes) {
      throw new ConditionError("too_complex", span, {
        message: `This expression has more than ${maximumNodes} parts.`,
        help: "Split it over several rules.",
      });
    }
    return { ...form, ...span };
  }

  /** The error that something else was wanted where the next word stands. */
  unexpected(wanted: string): ConditionError {
    const token = this.peek();
    const found = describeToken(token);
    return new ConditionError("syntax", token, { message: `Here ${found}, where ${wanted} is wanted.` });
  }
}

/** A word for messages; text is left out, since it may be long and hold anything. */
function describeToken(token: Token): string {
  if (token.kind === "end") return "the expression ends";
  return token.kind === "string" ? "text stands" : `\`${token.text}\` stands`;
}
