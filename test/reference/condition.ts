import type { Between, Condition, Term, Value } from "../generators/policy-document.ts";

/** What a condition is asked about, and the variables that are bound. */
export type Environment = { readonly [name: string]: Value };

/** `undefined` is unknown. */
export type Truth = boolean | undefined;

/** Whether a condition holds: three-valued, and nothing throws. */
export function holds(condition: Condition, environment: Environment): Truth {
  switch (condition.kind) {
    case "holds": {
      const value = readTerm(condition.term, environment);
      return typeof value === "boolean" ? value : undefined;
    }
    case "has": {
      const parent = readTerm({ kind: "attribute", path: condition.path.slice(0, -1) }, environment);
      return isMap(parent) ? Object.hasOwn(parent, condition.path.at(-1) ?? "") : undefined;
    }
    case "!":
      return negate(holds(condition.condition, environment));
    case "&&":
      return every([holds(condition.left, environment), holds(condition.right, environment)]);
    case "||":
      return negate(every([negate(holds(condition.left, environment)), negate(holds(condition.right, environment))]));
    case "all":
      return everyElement(condition, condition.body, environment);
    case "exists":
      return negate(everyElement(condition, { kind: "!", condition: condition.body }, environment));
    default:
      return compare(condition, readTerm(condition.left, environment), readTerm(condition.right, environment));
  }
}

/** What a term is, or `undefined`. */
export function readTerm(term: Term, environment: Environment): Value | undefined {
  switch (term.kind) {
    case "literal":
      return term.value;
    case "moment":
      return new Date(term.text);
    case "attribute": {
      let value: Value | undefined = environment;
      for (const name of term.path) value = isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      return value;
    }
    case "size": {
      const value = readTerm(term.of, environment);
      if (typeof value === "string") return [...value].length;
      if (isList(value)) return value.length;
      return isMap(value) ? Object.keys(value).length : undefined;
    }
  }
}

function compare({ kind: operator, ...terms }: Between, left: Value | undefined, right: Value | undefined): Truth {
  if (left === undefined || right === undefined) return undefined;
  const asksForNull = [terms.left, terms.right].some((term) => term.kind === "literal" && term.value === null);
  if (asksForNull && (operator === "==" || operator === "!=")) return (left === right) === (operator === "==");
  if (operator === "==") return equal(left, right);
  if (operator === "!=") return negate(equal(left, right));
  if (operator === "in") return contains(right, left);
  if (operator === "startsWith" || operator === "endsWith")
    return typeof left === "string" && typeof right === "string" ? left[operator](right) : undefined;
  const order = orderOf(left, right);
  return order === undefined
    ? undefined
    : { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[operator];
}

function equal(left: Value, right: Value): Truth {
  if (typeName(left) !== typeName(right)) return undefined;
  if (!isList(left) && !isMap(left)) return orderOf(left, right) === 0 || left === right;
  const [own, other] = [left, right].map((value) => new Map<string, Value>(Object.entries(value ?? {})));
  if (own === undefined || other === undefined || own.size !== other.size) return false;
  return every([...own].map(([name, value]) => other.has(name) && equal(value, other.get(name) ?? null)));
}

function orderOf(left: Value, right: Value): number | undefined {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (typeof left !== "string" || typeof right !== "string") return undefined;
  const points = [...right].map((letter) => letter.codePointAt(0) ?? 0);
  const differences = [...left].map((letter, place) => (letter.codePointAt(0) ?? 0) - (points[place] ?? -1));
  return differences.find((difference) => difference !== 0) ?? left.length - right.length;
}

function contains(holder: Value, item: Value): Truth {
  if (isList(holder)) return negate(every(holder.map((value) => negate(equal(item, value)))));
  return isMap(holder) && typeof item === "string" ? Object.hasOwn(holder, item) : undefined;
}

type Over = { readonly variable: string; readonly list: Term };

function everyElement({ variable, list }: Over, body: Condition, environment: Environment): Truth {
  const range = readTerm(list, environment);
  const elements = isMap(range) ? Object.keys(range) : range;
  if (!isList(elements)) return undefined;
  return every(elements.map((element) => holds(body, { ...environment, [variable]: element })));
}

/** One false makes it false, whatever is unknown beside it. */
function every(parts: readonly Truth[]): Truth {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function negate(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function typeName(value: Value): string {
  if (value === null) return "null";
  if (isList(value)) return "list";
  return value instanceof Date ? "moment" : typeof value;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isMap(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
