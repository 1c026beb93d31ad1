import { Duration, Timestamp, type Value, WholeDouble } from "./value.ts";

/** The types of values. `int` and `double` compare with each other; nothing else mixes. */
export type Kind = "null" | "bool" | "int" | "double" | "string" | "list" | "map" | "timestamp" | "duration";

/** What is known, or demanded, of a value before any call is judged. No check of a call is skipped because of it. */
export interface StaticType {
  /** The types that the value may have; at least one. */
  readonly kinds: ReadonlySet<Kind>;
  /** The type of a list's elements, or of a map's values that `properties` does not name. Default: anything. */
  readonly element?: StaticType | undefined;
  /** The types of a map's named values. */
  readonly properties?: ReadonlyMap<string, StaticType> | undefined;
  /** Whether a map holds nothing but its `properties`. Default: false. */
  readonly closed?: boolean | undefined;
  /** Whether it is declared as a number that may be whole or decimal. Default: false. */
  readonly eitherNumber?: boolean | undefined;
}

const everyKind: readonly Kind[] = ["null", "bool", "int", "double", "string", "list", "map", "timestamp", "duration"];

/** A value of which nothing is known. */
export const anything: StaticType = { kinds: new Set(everyKind) };

/** The type of a value. */
export function kindOf(value: Value): Kind {
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "int" : "double";
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" ? "int" : kindOfObject(value);
}

function kindOfObject(value: Value & object): Kind {
  if (Array.isArray(value)) return "list";
  if (value instanceof WholeDouble) return "double";
  if (value instanceof Timestamp) return "timestamp";
  return value instanceof Duration ? "duration" : "map";
}

/** A value of one of these types. */
export function typeOf(...kinds: readonly Kind[]): StaticType {
  return { kinds: new Set(kinds) };
}

/** A list whose elements are of one type. */
export function listOf(element: StaticType): StaticType {
  return { kinds: new Set<Kind>(["list"]), element };
}

/** A map that holds these fields and no others. */
export function recordOf(properties: Readonly<Record<string, StaticType>>): StaticType {
  return { kinds: new Set<Kind>(["map"]), properties: new Map(Object.entries(properties)), closed: true };
}

/** Whether a value may have one of these types. */
export function couldBe(type: StaticType, ...kinds: readonly Kind[]): boolean {
  return kinds.some((kind) => type.kinds.has(kind));
}

/** Whether a value certainly has one of these types. */
export function mustBe(type: StaticType, ...kinds: readonly Kind[]): boolean {
  return [...type.kinds].every((kind) => kinds.includes(kind));
}

/** Whether two values may be of one type, where integers and doubles count as one. */
export function couldCompare(left: StaticType, right: StaticType): boolean {
  const numbers = couldBe(left, "int", "double") && couldBe(right, "int", "double");
  return numbers || [...left.kinds].some((kind) => right.kinds.has(kind));
}

/** A value that has one of two types. */
export function unionOf(left: StaticType, right: StaticType): StaticType {
  return left === right ? left : { kinds: new Set([...left.kinds, ...right.kinds]) };
}

/** The type of a map's value under a name, or `undefined` where the map cannot hold one. */
export function propertyOf(map: StaticType, name: string): StaticType | undefined {
  const named = map.properties?.get(name);
  if (named !== undefined) return named;
  return map.closed === true && mustBe(map, "map") ? undefined : (map.element ?? anything);
}

const kindNames: Readonly<Record<Kind, string>> = {
  null: "null",
  bool: "true or false",
  int: "a whole number",
  double: "a decimal number",
  string: "text",
  list: "a list",
  map: "a map",
  timestamp: "a timestamp",
  duration: "a duration",
};

/** A type in words, for messages. */
export function describeType(type: StaticType): string {
  if (type.kinds.size === everyKind.length) return "anything";
  const names = [...type.kinds].map((kind) => kindNames[kind]);
  if (!couldBe(type, "int") || !couldBe(type, "double")) return names.join(" or ");
  return ["a number", ...names.filter((name) => name !== kindNames.int && name !== kindNames.double)].join(" or ");
}
