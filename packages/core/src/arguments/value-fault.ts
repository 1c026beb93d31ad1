import type { JsonValue } from "../tool-call.ts";
import type { ArgumentFault } from "./argument-rule.ts";
import { codePointLength } from "./code-point-length.ts";
import { countOf } from "./count-of.ts";
import { describeKinds, isJsonList, isJsonObject, jsonKind } from "./json-kind.ts";

/** What is wrong with a value, as seen from the value itself. */
export interface ValueFault {
  /** In the policy's own words. */
  readonly reason: string;
  /** The value, or what is to be said of it instead, such as that it is missing. */
  readonly found: { readonly value: JsonValue } | { readonly note: string };
  /** The way to the value, the innermost step first. Whoever looks into a container adds the step that it took. */
  readonly steps: (string | number)[];
}

/** Looks for something that is wrong with a value. */
export type ValueCheck = (value: JsonValue) => ValueFault | undefined;

/** A fault of a value. */
export function faultOf(reason: string, value: JsonValue): ValueFault {
  return { reason, found: { value }, steps: [] };
}

/** The same fault as seen from the container of the value. */
export function within(step: string | number, fault: ValueFault | undefined): ValueFault | undefined {
  fault?.steps.push(step);
  return fault;
}

/** The fault in words, for the model and for administrators. */
export function tellFault({ reason, found, steps }: ValueFault): ArgumentFault {
  const place = steps.reverse().map(tellStep).join("");
  const state = "note" in found ? found.note : `is ${describeValue(found.value)}`;
  return { reason, detail: `arguments${cut(place)} ${state}` };
}

function tellStep(step: string | number): string {
  if (typeof step === "number") return `[${step}]`;
  return /^[A-Za-z_$][\w$-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

const longestPlace = 240;

/** Cuts between code points: half of one could not be written to a record. */
function cut(text: string): string {
  if (text.length <= longestPlace) return text;
  return `${text.slice(0, longestPlace).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** A kind and a size. Values stay out of records: an argument may be a secret. */
function describeValue(value: JsonValue): string {
  const kind = describeKinds(new Set([jsonKind(value)]));
  if (typeof value === "string") return `${kind} of ${countOf(codePointLength(value), "character")}`;
  if (isJsonList(value)) return `${kind} of ${countOf(value.length, "item")}`;
  return isJsonObject(value) ? `${kind} of ${countOf(Object.keys(value).length, "field")}` : kind;
}
