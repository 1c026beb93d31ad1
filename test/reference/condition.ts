/** What a term may be: JSON, or a moment. */
export type Value = null | boolean | number | string | Date | readonly Value[] | { readonly [name: string]: Value };

/** Something that has a value, or none that is known. */
export type Term =
  | { readonly kind: "literal"; readonly value: null | boolean | number | string | readonly (number | string)[] }
  | { readonly kind: "moment"; readonly text: string }
  | { readonly kind: "attribute"; readonly path: readonly string[] }
  | { readonly kind: "size"; readonly of: Term };

/** A condition of a rule, as a tree. */
export type Condition =
  | { readonly kind: "holds"; readonly term: Term }
  | Between
  | { readonly kind: "has"; readonly path: readonly string[] }
  | { readonly kind: "&&" | "||"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "!"; readonly condition: Condition }
  | { readonly kind: Quantifier; readonly variable: string; readonly list: Term; readonly body: Condition };

interface Between {
  readonly kind: Comparison;
  readonly left: Term;
  readonly right: Term;
}

/** The operators between two terms. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "startsWith" | "endsWith";

/** The operators over a list. */
export type Quantifier = "all" | "exists";

/** What a condition is asked about, and the variables that are bound. */
export type Environment = { readonly [name: string]: Value };

/** `undefined` is unknown. */
export type Truth = boolean | undefined;

/** Whether a condition holds: three-valued, and nothing throws. */
export function holds(condition: Condition, environment: Environment): Truth {
  switch (condition.kind) {
    case "holds":
      return truthOf(valueOf(condition.term, environment));
    case "has":
      return hasName(condition.path, environment);
    case "!":
      return negate(holds(condition.condition, environment));
    case "&&":
      return every([holds(condition.left, environment), holds(condition.right, environment)]);
    case "||":
      return negate(
        every([negate(holds(condition.left, environment)), negate(holds(condition.right, environment))]),
      );
    case "all":
      return everyElement(condition, condition.body, environment);
    case "exists":
      return negate(everyElement(condition, { kind: "!", condition: condition.body }, environment));
    default:
      return compare(condition, valueOf(condition.left, environment), valueOf(condition.right, environment));
  }
}

/** What a term is, or `undefined`. */
export function valueOf(term: Term, environment: Environment): Value | undefined {
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
      const value = valueOf(term.of, environment);
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
  if (order === undefined) return undefined;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function equal(left: Value, right: Value): Truth {
  if (typeName(left) !== typeName(right)) return undefined;
  if (isList(left) && isList(right)) {
    if (left.length !== right.length) return false;
    return every(left.map((value, place) => equal(value, right[place] ?? null)));
  }
  return isMap(left) ? undefined : orderOf(left, right) === 0 || left === right;
}

function orderOf(left: Value, right: Value): number | undefined {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (typeof left !== "string" || typeof right !== "string") return undefined;
  const [own, other] = [[...left], [...right]];
  for (let place = 0; ; place++) {
    const [point, against] = [own[place]?.codePointAt(0) ?? -1, other[place]?.codePointAt(0) ?? -1];
    if (point !== against || point === -1) return point - against;
  }
}

function contains(holder: Value, item: Value): Truth {
  if (isList(holder)) return negate(every(holder.map((value) => negate(equal(item, value)))));
  return isMap(holder) && typeof item === "string" ? Object.hasOwn(holder, item) : undefined;
}

function hasName(path: readonly string[], environment: Environment): Truth {
  const parent = valueOf({ kind: "attribute", path: path.slice(0, -1) }, environment);
  return isMap(parent) ? Object.hasOwn(parent, path.at(-1) ?? "") : undefined;
}

function everyElement(
  { variable, list }: { readonly variable: string; readonly list: Term },
  body: Condition,
  environment: Environment,
): Truth {
  const range = valueOf(list, environment);
  const elements = isList(range) ? range : isMap(range) ? Object.keys(range) : undefined;
  return elements && every(elements.map((element) => holds(body, { ...environment, [variable]: element })));
}

/** One false makes it false, whatever is unknown beside it. */
function every(parts: readonly Truth[]): Truth {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function negate(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function truthOf(value: Value | undefined): Truth {
  return typeof value === "boolean" ? value : undefined;
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
