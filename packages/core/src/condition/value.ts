import type { JsonObject } from "../tool-call.ts";

/**
 * What an expression works on. JSON values stand for themselves, so that arguments are read where they lie:
 *
 * - an integer is a `number` that is a safe integer, or a `bigint` beyond those (64 bits, signed);
 * - a double is any other `number`, or a {@link WholeDouble} where its value is a safe integer.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | WholeDouble
  | Timestamp
  | Duration
  | readonly Value[]
  | ValueMap
  | JsonObject;

/**
 * The outcome of an expression. `undefined` is unknown: an attribute is missing, a type does not fit, an error arose
 * or the work ran out. It is never a JSON value, so a type check of an operand refuses it without further ado.
 */
export type Outcome = Value | undefined;

/** A map that an expression wrote down. Keys are text, truth values or integers. */
export type ValueMap = ReadonlyMap<MapKey, Value>;

export type MapKey = string | boolean | number | bigint;

/** A double such as `2.0`, whose number alone would read as an integer. */
export class WholeDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** An instant, in nanoseconds since 1970-01-01T00:00:00Z; from year 1 to year 9999. */
export class Timestamp {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** A length of time in nanoseconds; 64 bits, signed, so at most about 292 years. */
export class Duration {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** Whether an integer fits into 64 bits with a sign. */
export function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** An integer in its one form: `undefined` where it does not fit into 64 bits. */
export function toInt(value: bigint): number | bigint | undefined {
  if (!isInt64(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A double in its one form. */
export function toDouble(value: number): number | WholeDouble {
  return Number.isSafeInteger(value) ? new WholeDouble(value) : value;
}

/** The number that an integer or a double stands for, or `undefined` for anything else. */
export function readNumber(value: Outcome): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof WholeDouble ? value.value : undefined;
}

/** Whether a value is an integer. */
export function isInt(value: Outcome): value is number | bigint {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

/** Whether a value is a list. */
export function isList(value: Outcome): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is a map that the expression wrote down. */
export function isValueMap(value: Outcome): value is ValueMap {
  return value instanceof Map;
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: Outcome): value is JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(
    value instanceof WholeDouble ||
    value instanceof Timestamp ||
    value instanceof Duration ||
    value instanceof Map
  );
}

/** Reads an object's own property: never an inherited one, whatever its name. */
export function readOwn(object: JsonObject, name: string): Outcome {
  // INVARIANT: D9. `constructor`, `__proto__` and whatever a prototype was given are missing.
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
