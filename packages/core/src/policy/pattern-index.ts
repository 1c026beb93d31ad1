/** Patterns whose only wildcard is their last segment, by the text before it. */
interface PrefixValues<Value> {
  /** `a:b:*`: exactly one segment more. */
  readonly one: Map<string, Value>;
  /** `a:b:**`: one or more. */
  readonly more: Map<string, Value>;
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
  readonly #prefixes: (PrefixValues<Value> | undefined)[] = [];
  readonly #starred: StarredValues<Value>[] = [];

  constructor(merge: Merge<Value>) {
    this.#merge = merge;
  }

  /** Whether any pattern has a wildcard. */
  get hasWildcards(): boolean {
    return this.#prefixes.length > 0 || this.#starred.length > 0;
  }

  add(pattern: string, value: Value): void {
    const segments = pattern.split(":");
    const open = segments.at(-1) === "**";
    if (!open && !segments.includes("*")) return this.#put(this.#exact, pattern, value);
    const before = segments.slice(0, -1);
    if (before.includes("*")) {
      const { values } = this.#arrangement(open ? before : segments, open);
      return this.#put(values, pattern, value);
    }
    const known = this.#prefixes[before.length] ?? { one: new Map(), more: new Map() };
    this.#prefixes[before.length] = known;
    this.#put(open ? known.more : known.one, before.join(":"), value);
  }

  /** The value of the pattern that is the scope itself. */
  exact(scope: string): Value | undefined {
    return this.#exact.get(scope);
  }

  /** Visits the value of each pattern with a wildcard that covers the scope, until a visit answers `true`. */
  visitWildcards(scope: string, visit: (value: Value) => boolean): void {
    if (!this.#visitPrefixes(scope, visit)) this.#visitStarred(scope, visit);
  }

  /** The values of all patterns. */
  *values(): Generator<Value> {
    yield* this.#exact.values();
    for (const prefix of this.#prefixes) {
      if (prefix === undefined) continue;
      yield* prefix.one.values();
      yield* prefix.more.values();
    }
    for (const { values } of this.#starred) yield* values.values();
  }

  #visitPrefixes(scope: string, visit: (value: Value) => boolean): boolean {
    let end = 0;
    for (let count = 0; count < this.#prefixes.length && end !== -1; count += 1) {
      const rest = scope.indexOf(":", end === 0 ? 0 : end + 1);
      const values = this.#prefixes[count];
      if (values !== undefined) {
        const prefix = scope.slice(0, end);
        const one = rest === -1 ? values.one.get(prefix) : undefined;
        if (one !== undefined && visit(one)) return true;
        const more = values.more.get(prefix);
        if (more !== undefined && visit(more)) return true;
      }
      end = rest;
    }
    return false;
  }

  #visitStarred(scope: string, visit: (value: Value) => boolean): void {
    if (this.#starred.length === 0) return;
    const segments = scope.split(":");
    for (const { length, open, stars, values } of this.#starred) {
      if (open ? segments.length <= length : segments.length !== length) continue;
      const value = values.get(starredText(segments.slice(0, length), stars, open));
      if (value !== undefined && visit(value)) return;
    }
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
