import { compileNode } from "./compile-node.ts";
import { requireKind } from "./compiled-node.ts";
import { ConditionError, type Span } from "./condition-error.ts";
import { type ConditionTypes, readRootTypes } from "./condition-types.ts";
import { addDecimals, type Decimal, formatDecimal, multiplyDecimals, negateDecimal, parseDecimal } from "./decimal.ts";
import { type ConditionEnvironment, type Frame, noEnvironment } from "./frame.ts";
import { parseExpression } from "./parse-expression.ts";
import { readAttributes } from "./read-attributes.ts";
import { runSafely } from "./run-safely.ts";
import type { StaticType } from "./static-type.ts";
import type { BinaryForm, Expression } from "./syntax-tree.ts";
import { type Outcome, readNumber } from "./value.ts";

/** An amount that depends on a call, such as a cost. */
export interface CompiledExpression {
  /**
   * The amount for one call, as exact decimal text (`0.124`), or `unknown`: something is missing or of another type,
   * or the amount is negative or has more than six decimals. Never rounded, never throws.
   */
  evaluateMoney(environment: ConditionEnvironment): string;
  /** The amount, where it is the same for every call. */
  readonly constant: string | undefined;
  /** The attributes that the expression reads, such as `args.pages`, sorted. */
  readonly attributes: readonly string[];
}

/**
 * Compiles an amount: an expression of the condition language that yields a number, such as
 * `args.model == "large" ? 0.02 * args.pages : 0.002 * args.pages`. Here `+`, `-` and `*` take whole and decimal numbers
 * alike and are exact, since each literal counts as it is written and each argument by its shortest decimal text;
 * `/` and `%` are refused, since few quotients are exact. Throws a `ConditionError`, as `compileCondition` does.
 */
export function compileExpression(text: string, types: ConditionTypes): CompiledExpression {
  const expression = parseExpression(text);
  const roots = readRootTypes(types);
  const run = compileDecimal(expression, { text, roots });
  const attributes = readAttributes(expression, new Set(roots.keys()));
  const evaluateMoney = (environment: ConditionEnvironment) => formatAmount(runSafely(run, environment));
  if (attributes.length > 0) return { evaluateMoney, attributes, constant: undefined };
  const constant = evaluateMoney(noEnvironment);
  if (constant !== unknown) return { evaluateMoney, attributes, constant };
  throw new ConditionError("invalid_argument", expression, {
    message: "This is no amount: it is negative, too large, or has more than six decimals.",
  });
}

const unknown = "unknown";

/** The largest amount in millionths that is exact wherever amounts are kept. */
const largest: Decimal = { units: BigInt(Number.MAX_SAFE_INTEGER), scale: 6 };

function formatAmount(amount: Decimal | undefined): string {
  if (amount === undefined || amount.units < 0n) return unknown;
  const excess = addDecimals(amount, negateDecimal(largest));
  if (excess === undefined || excess.units > 0n) return unknown;
  const text = formatDecimal(amount);
  return /^[0-9]+(?:\.[0-9]{1,6})?$/.test(text) ? text : unknown;
}

/** Part of an amount, compiled. `undefined` is unknown. */
type EvaluateDecimal = (frame: Frame) => Decimal | undefined;

interface Scope {
  readonly text: string;
  readonly roots: ReadonlyMap<string, StaticType>;
}

function compileDecimal(expression: Expression, scope: Scope): EvaluateDecimal {
  switch (expression.kind) {
    case "int":
      return always({ units: expression.value, scale: 0 });
    case "double":
      return always(readLiteral(expression, scope));
    case "negate": {
      const operand = compileDecimal(expression.operand, scope);
      return (frame) => mapKnown(operand(frame), negateDecimal);
    }
    case "binary":
      return isArithmetic(expression.operator)
        ? compileArithmetic(expression, scope)
        : compileNumber(expression, scope);
    case "conditional": {
      const condition = compileNode(expression.condition, scope.roots);
      requireKind(condition, expression.condition, "bool");
      const whenTrue = compileDecimal(expression.whenTrue, scope);
      const whenFalse = compileDecimal(expression.whenFalse, scope);
      return (frame) => {
        const value = condition.run(frame);
        if (value === true) return whenTrue(frame);
        return value === false ? whenFalse(frame) : undefined;
      };
    }
    default:
      return compileNumber(expression, scope);
  }
}

function isArithmetic(operator: BinaryForm["operator"]): boolean {
  return ["+", "-", "*", "/", "%"].includes(operator);
}

/** Takes the number that an expression of conditions yields. */
function compileNumber(expression: Expression, scope: Scope): EvaluateDecimal {
  const node = compileNode(expression, scope.roots);
  requireKind(node, expression, "int", "double");
  return (frame) => toDecimal(node.run(frame));
}

function compileArithmetic(expression: BinaryForm & Span, scope: Scope): EvaluateDecimal {
  const { operator } = expression;
  if (operator !== "+" && operator !== "-" && operator !== "*") {
    throw new ConditionError("unsupported", expression, {
      message: `\`${operator}\` yields no exact amount.`,
      help: "Amounts are made with `+`, `-`, `*` and `?:`; multiply by 0.001 rather than divide by 1000.",
    });
  }
  const left = compileDecimal(expression.left, scope);
  const right = compileDecimal(expression.right, scope);
  const operate = operations[operator];
  return (frame) => {
    const first = left(frame);
    const second = right(frame);
    return first === undefined || second === undefined ? undefined : operate(first, second);
  };
}

const operations: Readonly<Record<"+" | "-" | "*", (left: Decimal, right: Decimal) => Decimal | undefined>> = {
  "+": addDecimals,
  "-": (left, right) => addDecimals(left, negateDecimal(right)),
  "*": multiplyDecimals,
};

function readLiteral(literal: Span, { text }: Scope): Decimal {
  const digits = text.slice(literal.offset, literal.offset + literal.length);
  const decimal = parseDecimal(digits.startsWith(".") ? `0${digits}` : digits);
  if (decimal !== undefined) return decimal;
  throw new ConditionError("unsupported", literal, {
    message: `\`${digits}\` is no amount.`,
    help: "Write its digits out, without an exponent.",
  });
}

/** The shortest decimal text of a number is the number that somebody wrote. */
function toDecimal(value: Outcome): Decimal | undefined {
  const number = readNumber(value);
  return number === undefined ? undefined : parseDecimal(String(number));
}

function always(decimal: Decimal): EvaluateDecimal {
  return () => decimal;
}

function mapKnown(decimal: Decimal | undefined, change: (decimal: Decimal) => Decimal): Decimal | undefined {
  return decimal === undefined ? undefined : change(decimal);
}
