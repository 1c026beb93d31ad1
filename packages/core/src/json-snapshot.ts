import type { JsonObject, JsonValue } from "./tool-call.ts";
import { utf8Length } from "./utf8-length.ts";

/** How much of arguments is taken. Beyond it the call is refused, never cut. */
export const snapshotLimits = { depth: 64, values: 10_000, bytes: 256 * 1024 } as const;

/** A frozen copy of the arguments, or what was wrong with them and where. */
export type JsonSnapshot =
  | { readonly value: JsonObject; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: string };

/**
 * Takes one copy of the arguments of a call: own, enumerable data properties only, strict JSON, deeply frozen,
 * inheriting nothing. Members that are `undefined` count as absent. Refused: accessors, class instances, functions, symbols,
 * bigints, sparse arrays, cycles, numbers that are not finite or integers beyond 2^53 - 1, lone surrogates, the member
 * name `__proto__`, and anything beyond {@link snapshotLimits} (bytes are counted over the text in UTF-8).
 */
export function snapshotArguments(source: unknown): JsonSnapshot {
  const reader = new SnapshotReader();
  if (typeof source !== "object" || source === null || Array.isArray(source)) {
    return { fault: "the arguments are not a JSON object" };
  }
  const value = reader.object(source, 1);
  return value === undefined ? { fault: reader.describe() } : { value };
}

/** A fresh, mutable copy for the tool to own: equal to the snapshot, with ordinary prototypes. */
export function thawArguments(snapshot: JsonObject): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(snapshot)) copy[name] = thaw(snapshot[name]);
  return copy;
}

function thaw(value: JsonValue | undefined): unknown {
  if (typeof value !== "object" || value === null) return value;
  return isList(value) ? value.map(thaw) : thawArguments(value);
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Each method answers `undefined` for "refused" and leaves the reason in `#fault`. */
class SnapshotReader {
  #fault = "";
  /** Where it was refused, the innermost step first. */
  #path: (string | number)[] | undefined;
  #values = 0;
  #bytes = 0;
  #uncounted: string[] | undefined;
  #mostUncounted = 0;

  describe(): string {
    const steps = this.#path?.toReversed() ?? [];
    const path = steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
    return `arguments${path.slice(0, 200)} ${this.#fault}`;
  }

  object(source: object, depth: number): JsonObject | undefined {
    if (!isPlain(source)) return this.#refuse("is not plain JSON data");
    const copy = emptyObject();
    for (const name of Object.keys(source)) {
      // A copy made by assignment would turn this name into the prototype of whoever merges it later.
      if (name === "__proto__") return this.#refuseAt(name, "is a name that is never accepted");
      if (!this.#text(name)) return this.#refusedAt(name);
      const member = this.#member(source, name, depth);
      if (member === undefined) return this.#refusedAt(name);
      if (member !== absent) copy[name] = member;
    }
    return Object.freeze(copy);
  }

  #list(source: readonly unknown[], depth: number): readonly JsonValue[] | undefined {
    const { length } = source;
    // A proxy can say anything of its length.
    if (!Number.isInteger(length) || length < 0) return this.#refuse("is not plain JSON data");
    if (length > snapshotLimits.values) return this.#refuse("holds too many values");
    // At its full length: a list that grows item by item is given room for many more.
    const copy = Array<JsonValue>(length);
    for (let index = 0; index < length; index += 1) {
      const item = ownItem(source, index);
      const member = item === undefined ? this.#member(source, index, depth) : this.#value(item, depth);
      if (member === undefined) return this.#refusedAt(index);
      if (member === absent) return this.#refuseAt(index, "is undefined");
      copy[index] = member;
    }
    return Object.freeze(copy);
  }

  #member(source: object, name: string | number, depth: number): JsonValue | typeof absent | undefined {
    const descriptor = Object.getOwnPropertyDescriptor(source, name);
    if (descriptor === undefined) return this.#refuse("is missing");
    // INVARIANT: each value is read once, and never through code of the caller's. Only accessors have this member of their own.
    if ("get" in descriptor && Object.hasOwn(descriptor, "get")) return this.#refuse("is an accessor, not data");
    return descriptor.value === undefined ? absent : this.#value(descriptor.value, depth);
  }

  #value(source: unknown, depth: number): JsonValue | undefined {
    this.#values += 1;
    if (this.#values > snapshotLimits.values) return this.#refuse("holds too many values");
    switch (typeof source) {
      case "string":
        return this.#text(source) ? source : undefined;
      case "number":
        return this.#number(source);
      case "boolean":
        return source;
      case "object":
        if (source === null) return null;
        if (depth >= snapshotLimits.depth) return this.#refuse("is nested too deeply");
        return Array.isArray(source) ? this.#list(source, depth + 1) : this.object(source, depth + 1);
      case "bigint":
      case "function":
      case "symbol":
      case "undefined":
        return this.#refuse(`is a ${typeof source}, not JSON`);
    }
  }

  #number(source: number): number | undefined {
    if (!Number.isFinite(source)) return this.#refuse("is not a finite number");
    if (Number.isInteger(source) && !Number.isSafeInteger(source)) return this.#refuse("is an integer beyond 2^53 - 1");
    // Negative zero has no JSON text of its own: what is judged and what is executed are both 0.
    return source === 0 ? 0 : source;
  }

  #text(source: string): boolean {
    if (isShortAscii(source)) this.#bytes += source.length;
    else if (!source.isWellFormed()) {
      this.#refuse("is not well-formed Unicode");
      return false;
    } else {
      this.#uncounted ??= [];
      this.#uncounted.push(source);
      this.#mostUncounted += source.length * mostBytes;
    }
    if (this.#bytes + this.#mostUncounted <= snapshotLimits.bytes || this.#count() <= snapshotLimits.bytes) return true;
    this.#refuse("makes the arguments too large");
    return false;
  }

  /** Long texts are counted only where they might be too much. */
  #count(): number {
    for (const text of this.#uncounted ?? []) this.#bytes += utf8Length(text);
    this.#uncounted = undefined;
    this.#mostUncounted = 0;
    return this.#bytes;
  }

  #refuse(fault: string): undefined {
    this.#fault = fault;
    return undefined;
  }

  /** What was refused is in a member or item: on the way out of it, each step is remembered. */
  #refusedAt(step: string | number): undefined {
    this.#path ??= [];
    this.#path.push(step);
    return undefined;
  }

  #refuseAt(step: string | number, fault: string): undefined {
    this.#refuse(fault);
    return this.#refusedAt(step);
  }
}

const absent = Symbol("absent");

/** Up to here it takes no longer to look at every character than to ask the engine whether a text is well-formed. */
const shortText = 24;

function isShortAscii(text: string): boolean {
  if (text.length > shortText) return false;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}

/** The most bytes in UTF-8 of one unit of UTF-16. */
const mostBytes = 3;

/** Part of every engine for the web, but of no declarations. Any object can be asked. */
interface LegacyObject {
  readonly __lookupGetter__?: (this: object, name: number) => unknown;
}
const { __lookupGetter__: lookupGetter }: LegacyObject = Object.prototype;

/**
 * What stands at a place of a list; `undefined` also where it takes a closer look to say what does. A list's descriptors
 * take several times as long to make as this takes.
 *
 * INVARIANT: what has a getter is not read.
 */
function ownItem(source: readonly unknown[], index: number): unknown {
  if (lookupGetter === undefined || lookupGetter.call(source, index) !== undefined) return undefined;
  return Object.hasOwn(source, index) ? source[index] : undefined;
}

/**
 * INVARIANT (D9): nothing is inherited, for the prototype is empty and stays so. Without any prototype, V8 would keep each
 * object as a table, which takes several times as long to make and to read.
 */
class Bare {}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, "constructor");
Object.freeze(Bare.prototype);

/** Whether whatever is found in an object by its name is the object's own, judged by its prototype. */
export function inheritsNothing(prototype: object | null): boolean {
  return prototype === Bare.prototype || prototype === null;
}

function emptyObject(): Record<string, JsonValue> {
  return new Bare() as Record<string, JsonValue>; // An object without members.
}

function isPlain(source: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(source);
  // The root prototype of another realm is as plain as ours.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
