import type { JsonObject } from "../tool-call.ts";
import { type Frame, spend, spendOnCharacters, spendOnText } from "./frame.ts";
import {
  Duration,
  isJsonObject,
  isList,
  isValueMap,
  type MapKey,
  type Outcome,
  readNumber,
  readOwn,
  Timestamp,
  type Value,
  type ValueMap,
  WholeDouble,
} from "./value.ts";

/**
 * Whether two values are equal: numbers by their exact value whatever their type, text byte by byte, lists and maps
 * element by element. Values of different types are neither equal nor different but unknown, so that no condition is
 * met, or escaped, by sending a list where a text belongs; that goes for null too.
 */
export function equals(frame: Frame, left: Outcome, right: Outcome): boolean | undefined {
  switch (typeof left) {
    case "string":
      if (typeof right !== "string") return undefined;
      return spendOnText(frame, Math.min(left.length, right.length)) ? left === right : undefined;
    case "boolean":
      return typeof right === "boolean" ? left === right : undefined;
    case "number":
    case "bigint":
      return equalNumbers(left, readNumber(right));
    case "object":
      return equalObjects(frame, left, right);
    default:
      return undefined;
  }
}

function equalNumbers(left: number | bigint, right: number | bigint | undefined): boolean | undefined {
  if (right === undefined) return undefined;
  return orderNumbers(left, right) === 0;
}

function equalObjects(frame: Frame, left: (Value & object) | null, right: Outcome): boolean | undefined {
  if (left === null) return right === null ? true : undefined;
  if (left instanceof WholeDouble) return equalNumbers(left.value, readNumber(right));
  if (left instanceof Timestamp) {
    return right instanceof Timestamp ? left.nanoseconds === right.nanoseconds : undefined;
  }
  if (left instanceof Duration) return right instanceof Duration ? left.nanoseconds === right.nanoseconds : undefined;
  if (isList(left)) return isList(right) ? equalLists(frame, left, right) : undefined;
  if (!isMap(left) || !isMap(right)) return undefined;
  return equalMaps(frame, left, right);
}

function equalLists(frame: Frame, left: readonly Value[], right: readonly Value[]): boolean | undefined {
  if (left.length !== right.length) return false;
  let answer: boolean | undefined = true;
  for (let index = 0; index < left.length; index += 1) {
    if (!spend(frame, 1)) return undefined;
    const equal = equals(frame, left[index], right[index]);
    if (equal === false) return false;
    if (equal === undefined) answer = undefined;
  }
  return answer;
}

function equalMaps(frame: Frame, left: AnyMap, right: AnyMap): boolean | undefined {
  const keys = mapKeys(left);
  if (keys.length !== mapKeys(right).length) return false;
  let answer: boolean | undefined = true;
  for (const key of keys) {
    if (!spend(frame, 1)) return undefined;
    const found = readMap(right, key);
    const equal = found === undefined ? false : equals(frame, readMap(left, key), found);
    if (equal === false) return false;
    if (equal === undefined) answer = undefined;
  }
  return answer;
}

/** A map, from the arguments or from the expression. */
export type AnyMap = ValueMap | JsonObject;

/** Whether a value is a map. */
export function isMap(value: Outcome): value is AnyMap {
  return isValueMap(value) || isJsonObject(value);
}

/** The keys of a map; of a JSON object, its own. */
export function mapKeys(map: AnyMap): readonly MapKey[] {
  return isValueMap(map) ? [...map.keys()] : Object.keys(map);
}

/** What a map holds under a key; a whole double is the same key as its integer. */
export function readMap(map: AnyMap, key: Outcome): Outcome {
  const plain = key instanceof WholeDouble ? key.value : key;
  if (isValueMap(map)) return isMapKey(plain) ? map.get(plain) : undefined;
  return typeof plain === "string" ? readOwn(map, plain) : undefined;
}

/** Whether a value may be the key of a map. */
export function isMapKey(value: Outcome): value is MapKey {
  return (
    typeof value === "string" || typeof value === "boolean" || typeof value === "number" || typeof value === "bigint"
  );
}

/**
 * Which of two values comes first: negative, zero or positive; `undefined` where they cannot be ordered, which holds
 * for values of different types and for NaN. Text is ordered by its code points.
 */
export function order(frame: Frame, left: Outcome, right: Outcome): number | undefined {
  if (typeof left === "string" && typeof right === "string") {
    return spendOnCharacters(frame, Math.min(left.length, right.length)) ? orderText(left, right) : undefined;
  }
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (left instanceof Timestamp && right instanceof Timestamp) return orderNumbers(left.nanoseconds, right.nanoseconds);
  if (left instanceof Duration && right instanceof Duration) return orderNumbers(left.nanoseconds, right.nanoseconds);
  return orderNumbers(readNumber(left), readNumber(right));
}

/** JavaScript compares numbers with bigints by their exact value; `undefined` where one is NaN. */
function orderNumbers(left: number | bigint | undefined, right: number | bigint | undefined): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (left < right) return -1;
  if (left > right) return 1;
  return left <= right ? 0 : undefined;
}

function orderText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = codePointRank(left, index) - codePointRank(right, index);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A code unit's place among code points: halves of surrogate pairs come behind all others. */
function codePointRank(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2800 : unit;
}
