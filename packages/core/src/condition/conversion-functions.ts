import { isMap, mapKeys } from "./comparison.ts";
import { type Frame, spend, spendOnText } from "./frame.ts";
import type { FunctionRule } from "./function-rule.ts";
import {
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  timestampSeconds,
  toTimestamp,
} from "./moment.ts";
import { type Kind, typeOf } from "./static-type.ts";
import { countCodePoints } from "./text-functions.ts";
import { Duration, isInt, isList, type Outcome, readNumber, Timestamp, toDouble, toInt, WholeDouble } from "./value.ts";

const sized: readonly Kind[] = ["string", "list", "map"];
const toInts: readonly Kind[] = ["int", "double", "string", "timestamp"];
const toTexts: readonly Kind[] = ["string", "bool", "int", "double", "timestamp", "duration"];

/** Conversions, which are asked for by name and never happen by themselves, and `size`. */
export const conversionFunctions: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ["size", { form: "either", parameters: [sized], result: typeOf("int"), body: size }],
  ["int", { form: "function", parameters: [toInts], result: typeOf("int"), body: convertToInt }],
  [
    "double",
    { form: "function", parameters: [["int", "double", "string"]], result: typeOf("double"), body: convertToDouble },
  ],
  ["string", { form: "function", parameters: [toTexts], result: typeOf("string"), body: convertToText }],
  ["bool", { form: "function", parameters: [["bool", "string"]], result: typeOf("bool"), body: convertToTruth }],
  [
    "timestamp",
    {
      form: "function",
      parameters: [["string", "int", "timestamp"]],
      result: typeOf("timestamp"),
      body: convertToTimestamp,
    },
  ],
  [
    "duration",
    { form: "function", parameters: [["string", "duration"]], result: typeOf("duration"), body: convertToDuration },
  ],
]);

/** The code points of a text, the elements of a list, the entries of a map. */
function size(frame: Frame, value: Outcome): Outcome {
  if (typeof value === "string") return spendOnText(frame, value.length) ? countCodePoints(value) : undefined;
  if (isList(value)) return value.length;
  if (!isMap(value)) return undefined;
  const { length } = mapKeys(value);
  return spend(frame, length) ? length : undefined;
}

const wholeText = /^-?(?:0|[1-9][0-9]{0,18})$/;

/** Doubles lose their fraction, towards zero; timestamps give their seconds since 1970. */
function convertToInt(_frame: Frame, value: Outcome): Outcome {
  if (isInt(value)) return value;
  if (typeof value === "string") return wholeText.test(value) ? toInt(BigInt(value)) : undefined;
  if (value instanceof Timestamp) return toInt(timestampSeconds(value));
  const number = readNumber(value);
  // The ends of the 64-bit range are no doubles that could have come from within it.
  if (typeof number !== "number" || !(Math.abs(number) < 2 ** 63)) return undefined;
  return toInt(BigInt(Math.trunc(number)));
}

const decimalText = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

function convertToDouble(_frame: Frame, value: Outcome): Outcome {
  if (typeof value === "string") {
    const number = value.length <= 64 && decimalText.test(value) ? Number(value) : Number.NaN;
    return Number.isFinite(number) ? toDouble(number) : undefined;
  }
  const number = readNumber(value);
  return number === undefined ? undefined : toDouble(Number(number));
}

/** Doubles that need an exponent, and those that are no numbers, have no one spelling: they are unknown. */
function convertToText(_frame: Frame, value: Outcome): Outcome {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof WholeDouble && Object.is(value.value, -0)) return "-0";
  const number = readNumber(value);
  if (number === undefined) return undefined;
  const written = String(number);
  return /^-?[0-9.]+$/.test(written) ? written : undefined;
}

const truthTexts = new Map([
  ...["1", "t", "true", "TRUE", "True"].map((spelling) => [spelling, true] as const),
  ...["0", "f", "false", "FALSE", "False"].map((spelling) => [spelling, false] as const),
]);

function convertToTruth(_frame: Frame, value: Outcome): Outcome {
  if (typeof value === "boolean") return value;
  return typeof value === "string" ? truthTexts.get(value) : undefined;
}

/** Text is RFC 3339; an integer is seconds since 1970. */
function convertToTimestamp(_frame: Frame, value: Outcome): Outcome {
  if (value instanceof Timestamp) return value;
  if (typeof value === "string") return parseTimestamp(value);
  return isInt(value) ? toTimestamp(BigInt(value) * 1_000_000_000n) : undefined;
}

function convertToDuration(_frame: Frame, value: Outcome): Outcome {
  if (value instanceof Duration) return value;
  return typeof value === "string" ? parseDuration(value) : undefined;
}
