import { type Frame, spend, spendOnText } from "./frame.ts";
import { addMoments, subtractMoments } from "./moment.ts";
import { isInt, isList, type Outcome, readNumber, toDouble, toInt } from "./value.ts";

/** Adds integers, doubles, texts, lists, or times; never two of different types. */
export function add(frame: Frame, left: Outcome, right: Outcome): Outcome {
  if (typeof left === "string" && typeof right === "string") {
    return spendOnText(frame, left.length + right.length) ? left + right : undefined;
  }
  if (isList(left) && isList(right)) {
    return spend(frame, left.length + right.length) ? [...left, ...right] : undefined;
  }
  return calculate(addition, left, right) ?? addMoments(left, right);
}

/** Subtracts integers, doubles or times. */
export function subtract(_frame: Frame, left: Outcome, right: Outcome): Outcome {
  return calculate(subtraction, left, right) ?? subtractMoments(left, right);
}

/** Multiplies integers or doubles. */
export function multiply(_frame: Frame, left: Outcome, right: Outcome): Outcome {
  return calculate(multiplication, left, right);
}

/** Divides doubles, or integers towards zero. An integer divided by zero is unknown. */
export function divide(_frame: Frame, left: Outcome, right: Outcome): Outcome {
  if (isInt(left) && isInt(right)) return isZero(right) ? undefined : toInt(BigInt(left) / BigInt(right));
  return calculate(division, left, right);
}

/** The remainder of dividing integers; its sign is that of the left one. */
export function remainder(_frame: Frame, left: Outcome, right: Outcome): Outcome {
  if (!isInt(left) || !isInt(right) || isZero(right)) return undefined;
  return toInt(BigInt(left) % BigInt(right));
}

/** Changes the sign of an integer or a double. */
export function negate(value: Outcome): Outcome {
  if (isInt(value)) return toInt(-BigInt(value));
  const number = readNumber(value);
  return typeof number === "number" ? toDouble(-number) : undefined;
}

/** One operation, on numbers and on integers that numbers cannot hold. */
interface Calculation {
  readonly numbers: (left: number, right: number) => number;
  readonly bigints: (left: bigint, right: bigint) => bigint;
}

const addition: Calculation = { numbers: (left, right) => left + right, bigints: (left, right) => left + right };
const subtraction: Calculation = { numbers: (left, right) => left - right, bigints: (left, right) => left - right };
const multiplication: Calculation = { numbers: (left, right) => left * right, bigints: (left, right) => left * right };
const division: Calculation = { numbers: (left, right) => left / right, bigints: (left, right) => left / right };

/** Calculates with two integers, exactly, or with two doubles; anything else is unknown. */
function calculate(calculation: Calculation, left: Outcome, right: Outcome): Outcome {
  if (isInt(left) && isInt(right)) {
    if (typeof left === "number" && typeof right === "number") {
      const result = calculation.numbers(left, right);
      // Where the true result is no safe integer, its rounding is none either: a safe one is exact.
      if (Number.isSafeInteger(result)) return result;
    }
    return toInt(calculation.bigints(BigInt(left), BigInt(right)));
  }
  if (isInt(left) || isInt(right)) return undefined;
  const leftNumber = readNumber(left);
  const rightNumber = readNumber(right);
  if (typeof leftNumber !== "number" || typeof rightNumber !== "number") return undefined;
  return toDouble(calculation.numbers(leftNumber, rightNumber));
}

function isZero(value: number | bigint): boolean {
  return value === 0 || value === 0n;
}
