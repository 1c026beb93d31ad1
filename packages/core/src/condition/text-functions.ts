import { type Frame, spend, spendOnCharacters, spendOnSearch, spendOnText } from "./frame.ts";
import type { FunctionBody, FunctionRule } from "./function-rule.ts";
import { type Kind, listOf, typeOf } from "./static-type.ts";
import { isInt, type Outcome, readNumber } from "./value.ts";

const text: readonly Kind[] = ["string"];
const int: readonly Kind[] = ["int"];
const aText = typeOf("string");
const aTruth = typeOf("bool");
const anInt = typeOf("int");

/**
 * Functions on text: CEL's standard ones and those of its strings extension. Positions and sizes count Unicode code
 * points. Letters change case in ASCII only: no locale has a say.
 */
export const textFunctions: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ["contains", { form: "method", parameters: [text, text], result: aTruth, body: onTexts(contains) }],
  ["startsWith", { form: "method", parameters: [text, text], result: aTruth, body: onTexts(startsWith) }],
  ["endsWith", { form: "method", parameters: [text, text], result: aTruth, body: onTexts(endsWith) }],
  ["lowerAscii", { form: "method", parameters: [text], result: aText, body: onText(lowerAscii) }],
  ["upperAscii", { form: "method", parameters: [text], result: aText, body: onText(upperAscii) }],
  ["trim", { form: "method", parameters: [text], result: aText, body: onText(trim) }],
  ["indexOf", { form: "method", parameters: [text, text, int], required: 2, result: anInt, body: indexOf }],
  ["substring", { form: "method", parameters: [text, int, int], required: 2, result: aText, body: substring }],
  ["split", { form: "method", parameters: [text, text, int], required: 2, result: listOf(aText), body: split }],
]);

/** How many code points a text has. */
export function countCodePoints(value: string): number {
  return value.length - (value.match(surrogatePair)?.length ?? 0);
}

const surrogatePair = /[\ud800-\udbff][\udc00-\udfff]/g;

function onTexts(body: (frame: Frame, value: string, part: string) => Outcome): FunctionBody {
  return (frame, value, part) =>
    typeof value === "string" && typeof part === "string" ? body(frame, value, part) : undefined;
}

function onText(body: (value: string) => string): FunctionBody {
  return (frame, value) =>
    typeof value === "string" && spendOnCharacters(frame, value.length) ? body(value) : undefined;
}

function contains(frame: Frame, value: string, part: string): Outcome {
  return spendOnSearch(frame, value, part) ? value.includes(part) : undefined;
}

function startsWith(frame: Frame, value: string, part: string): Outcome {
  return spendOnText(frame, part.length) ? value.startsWith(part) : undefined;
}

function endsWith(frame: Frame, value: string, part: string): Outcome {
  return spendOnText(frame, part.length) ? value.endsWith(part) : undefined;
}

function lowerAscii(value: string): string {
  return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function upperAscii(value: string): string {
  return value.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Removes Unicode's White_Space from both ends; the language's own idea of blanks differs by U+0085 and U+FEFF. */
function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && whiteSpace.has(value.charAt(start))) start += 1;
  while (end > start && whiteSpace.has(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

const whiteSpace = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029" +
    "\u202f\u205f\u3000",
);

function indexOf(frame: Frame, value: Outcome, part: Outcome, from: Outcome): Outcome {
  if (typeof value !== "string" || typeof part !== "string") return undefined;
  if (!spendOnSearch(frame, value, part) || !spendOnCharacters(frame, value.length)) return undefined;
  const start = unitOffset(value, from ?? 0);
  if (start === undefined) return undefined;
  const found = value.indexOf(part, start);
  return found < 0 ? -1 : countCodePoints(value.slice(0, found));
}

function substring(frame: Frame, value: Outcome, from: Outcome, to: Outcome): Outcome {
  if (typeof value !== "string" || !spendOnCharacters(frame, value.length)) return undefined;
  const start = unitOffset(value, from);
  const end = to === undefined ? value.length : unitOffset(value, to);
  return start === undefined || end === undefined || start > end ? undefined : value.slice(start, end);
}

/** Turns a position in code points into one in code units; `undefined` where it lies outside. */
function unitOffset(value: string, position: Outcome): number | undefined {
  if (!isInt(position) || typeof position !== "number" || position < 0 || position > value.length) return undefined;
  let offset = 0;
  for (let index = 0; index < position; index += 1) {
    if (offset >= value.length) return undefined;
    offset += (value.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

function split(frame: Frame, value: Outcome, separator: Outcome, limit: Outcome): Outcome {
  if (typeof value !== "string" || typeof separator !== "string") return undefined;
  const most = limit === undefined ? -1 : readNumber(limit);
  if ((limit !== undefined && !isInt(limit)) || typeof most !== "number") return undefined;
  if (!spendOnSearch(frame, value, separator)) return undefined;
  if (most === 0) return [];
  const parts = separator === "" ? [...value] : value.split(separator);
  if (!spend(frame, parts.length)) return undefined;
  if (most < 0 || parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}
