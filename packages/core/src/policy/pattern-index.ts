/** What two patterns with the same text before their last segment have. */
interface PrefixValues<Value> {
  /** `a:b:*`: exactly one segment more. */
  one: Value | undefined;
  /** `a:b:**`: one or more. */
  more: Value | undefined;
}

/** Patterns with stars at the same places, by their text. */
interface StarredValues<Value> {
  /** How many segments are compared, stars included. */
  readonly length: number;
  /** Whether `**` follows them. */
  readonly open: boolean;
  /** Which of the compared segments are `*`. */
  readonly stars: readonly boolean[];
  readonly values: Map<string, Value>;
}

/** Puts a further value beside, or in the place of, the one that a pattern already has. */
export type Merge<Value> = (before: Value | undefined, added: Value) => Value;

/**
 * Values by scope pattern, arranged so that a look-up costs the same however many there are: one hash look-up for the
 * exact scope, and one for each length and arrangement of wildcards that occurs at all.
 */
export class PatternIndex<Value> {
  readonly #merge: Merge<Value>;
  readonly #exact = new Map<string, Value>();
  /** By the number of segments before the last one. */
  readonly #prefixes: (Map<string, PrefixValues<Value>> | undefined)[] = [];
  readonly #starred: StarredValues<Value>[] = [];

  constructor(merge: Merge<Value>) {
    this.#merge = merge;
  }

  /** Whether any pattern has a wildcard. */
  get hasWildcards(): boolean {
    return this.#prefixes.length > 0 || this.#starred.length > 0;
  }

  add(pattern: string, value: Value): void {
    // In a checked pattern every star is a wildcard.
    if (!pattern.includes("*")) return this.#put(this.#exact, pattern, value);
    const segments = pattern.split(":");
    const open = segments.at(-1) === "**";
    const before = segments.slice(0, -1);
    if (before.includes("*")) {
      const { values } = this.#arrangement(open ? before : segments, open);
      return this.#put(values, pattern, value);
    }
    const known = this.#prefixes[before.length] ?? new Map<string, PrefixValues<Value>>();
    this.#prefixes[before.length] = known;
    const prefix = before.join(":");
    const values = known.get(prefix) ?? { one: undefined, more: undefined };
    known.set(prefix, values);
    if (open) values.more = this.#merge(values.more, value);
    else values.one = this.#merge(values.one, value);
  }

  /** The value of the pattern that is the scope itself. */
  exact(scope: string): Value | undefined {
    return this.#exact.get(scope);
  }

  /**
   * Goes through the values of the patterns with a wildcard that cover the scope. `choose` is given what was found so far
   * and the next value; of patterns whose only wildcard is the last segment, the more specific ones come later.
   */
  reduceWildcards<Found>(scope: string, found: Found, choose: (found: Found, value: Value) => Found): Found {
    let chosen = found;
    let end = 0;
    for (let count = 0; count < this.#prefixes.length && end !== -1; count += 1) {
      const rest = scope.indexOf(":", end === 0 ? 0 : end + 1);
      const values = this.#prefixes[count]?.get(end === 0 ? "" : scope.slice(0, end));
      if (values?.more !== undefined) chosen = choose(chosen, values.more);
      if (values?.one !== undefined && rest === -1) chosen = choose(chosen, values.one);
      end = rest;
    }
    return this.#starred.length === 0 ? chosen : this.#reduceStarred(scope, chosen, choose);
  }

  /** The values of all patterns. */
  *values(): Generator<Value> {
    yield* this.#exact.values();
    for (const prefixes of this.#prefixes) {
      for (const { one, more } of prefixes?.values() ?? []) {
        if (one !== undefined) yield one;
        if (more !== undefined) yield more;
      }
    }
    for (const { values } of this.#starred) yield* values.values();
  }

  #reduceStarred<Found>(scope: string, found: Found, choose: (found: Found, value: Value) => Found): Found {
    let chosen = found;
    const segments = scope.split(":");
    for (const { length, open, stars, values } of this.#starred) {
      if (open ? segments.length <= length : segments.length !== length) continue;
      const value = values.get(starredText(segments.slice(0, length), stars, open));
      if (value !== undefined) chosen = choose(chosen, value);
    }
    return chosen;
  }

  #put(values: Map<string, Value>, text: string, value: Value): void {
    values.set(text, this.#merge(values.get(text), value));
  }

  #arrangement(compared: readonly string[], open: boolean): StarredValues<Value> {
    const stars = compared.map((segment) => segment === "*");
    const known = this.#starred.find(
      (entry) =>
        entry.open === open &&
        entry.length === compared.length &&
        entry.stars.every((star, index) => star === stars[index]),
    );
    if (known !== undefined) return known;
    const made = { length: compared.length, open, stars, values: new Map<string, Value>() };
    this.#starred.push(made);
    return made;
  }
}

function starredText(segments: readonly string[], stars: readonly boolean[], open: boolean): string {
  const text = segments.map((segment, index) => (stars[index] ? "*" : segment)).join(":");
  return open ? `${text}:**` : text;
}
