import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { ConditionError } from "./condition-error.ts";
import { maximumDepth, maximumLength, maximumNesting, maximumNodes } from "./condition-limits.ts";
import { convertExpression } from "./convert-expression.ts";
import { explainParseError } from "./explain-parse-error.ts";
import { readSourceText, type SourceText } from "./source-text.ts";
import type { Expression } from "./syntax-tree.ts";

/**
 * Parses an expression (Common Expression Language, cel-spec langdef.md, without unsigned numbers, bytes, messages and
 * optional selection). Throws a {@link ConditionError} at the first fault.
 */
export function parseExpression(text: string): Expression {
  requireReadable(text);
  const source = readSourceText(text);
  requireShallow(source);
  return convertExpression(parse(source.readable), source);
}

function requireReadable(text: string): void {
  if (text.length > maximumLength) {
    throw new ConditionError(
      "too_long",
      { offset: maximumLength, length: text.length - maximumLength },
      {
        message: `This expression is longer than ${maximumLength} characters.`,
        help: "Split it over several rules.",
      },
    );
  }
  if (!text.isWellFormed()) {
    throw new ConditionError(
      "syntax",
      { offset: 0, length: text.length },
      { message: "This expression holds half of a surrogate pair." },
    );
  }
  // The language ends a comment at a carriage return, the parser does not: what stands behind it would be lost.
  const lone = text.search(/\r(?!\n)/);
  if (lone >= 0) {
    throw new ConditionError(
      "syntax",
      { offset: lone, length: 1 },
      { message: "A carriage return stands here without a line feed.", help: "End lines with a line feed." },
    );
  }
}

const manySigns = new RegExp(`(?:[!-]\\s*){${maximumNesting + 1}}`);

/** Refuses what is nested too deep before the parser descends into it: signs are no level for the parser at all. */
function requireShallow({ bare, depth }: SourceText): void {
  const signs = manySigns.exec(bare);
  const offset = signs === null ? depth.findIndex((open) => open > maximumNesting) - 1 : signs.index + signs[0].length;
  if (offset < 0) return;
  throw new ConditionError(
    "too_deep",
    { offset, length: 1 },
    { message: `This expression nests deeper than ${maximumNesting} levels.`, help: "Split it over several rules." },
  );
}

const limits = {
  maxDepth: maximumDepth,
  maxAstNodes: maximumNodes,
  // How many nodes there are bounds these too.
  maxListElements: maximumNodes,
  maxMapEntries: maximumNodes,
  maxCallArguments: maximumNodes,
};

function parse(text: string): ASTNode {
  try {
    // An environment keeps the name of every function that it has seen called, for good: so each text has its own.
    return new Environment({ limits }).parse(text).ast;
  } catch (error) {
    throw explainParseError(error, text);
  }
}
