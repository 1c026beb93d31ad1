/** One `allow` or `deny` entry of the policy file. */
export interface ScopeRule {
  /** Names the rule in decisions and records, such as `role:rep deny tool:crm:write`. */
  readonly id: string;
  /** The role whose rule it is. */
  readonly role: string;
  readonly effect: "allow" | "deny";
  /** A checked scope pattern. */
  readonly pattern: string;
}

type Rules = Map<string, ScopeRule>;

/** Patterns whose only wildcard is their last segment, by the text before it. */
interface PrefixRules {
  /** `a:b:*`: exactly one segment more. */
  readonly one: Rules;
  /** `a:b:**`: one or more. */
  readonly more: Rules;
}

/** Patterns with stars at the same places, by their text. */
interface StarredRules {
  /** How many segments are compared, stars included. */
  readonly length: number;
  /** Whether `**` follows them. */
  readonly open: boolean;
  /** Which of the compared segments are `*`. */
  readonly stars: readonly boolean[];
  readonly rules: Rules;
}

/**
 * The rules of one role, arranged so that a look-up costs the same however many there are: one hash look-up for the
 * exact scope, and one for each length and arrangement of wildcards that occurs at all.
 */
export class ScopeIndex {
  readonly #exact: Rules = new Map();
  /** By the number of segments before the last one. */
  readonly #prefixes: PrefixRules[] = [];
  readonly #starred: StarredRules[] = [];
  readonly #size: number;

  constructor(rules: Iterable<ScopeRule>) {
    let size = 0;
    for (const rule of rules) {
      this.#add(rule);
      size += 1;
    }
    this.#size = size;
  }

  /** How many rules were given. */
  get size(): number {
    return this.#size;
  }

  /** The rule that decides a literal scope: a deny before any allow, the exact rule before a pattern. */
  find(scope: string): ScopeRule | undefined {
    let found = this.#exact.get(scope);
    if (found?.effect === "deny") return found;
    if (this.#prefixes.length > 0) {
      const rule = this.#findPrefix(scope);
      if (rule?.effect === "deny") return rule;
      found ??= rule;
    }
    if (this.#starred.length > 0) {
      const rule = this.#findStarred(scope);
      if (rule?.effect === "deny") return rule;
      found ??= rule;
    }
    return found;
  }

  #findPrefix(scope: string): ScopeRule | undefined {
    let found: ScopeRule | undefined;
    let end = 0;
    for (let count = 0; count < this.#prefixes.length && end !== -1; count += 1) {
      const rest = scope.indexOf(":", end === 0 ? 0 : end + 1);
      const rules = this.#prefixes[count];
      if (rules !== undefined) {
        const prefix = scope.slice(0, end);
        const more = rules.more.get(prefix);
        const one = rest === -1 ? rules.one.get(prefix) : undefined;
        if (more?.effect === "deny") return more;
        if (one?.effect === "deny") return one;
        found ??= one ?? more;
      }
      end = rest;
    }
    return found;
  }

  #findStarred(scope: string): ScopeRule | undefined {
    const segments = scope.split(":");
    let found: ScopeRule | undefined;
    for (const { length, open, stars, rules } of this.#starred) {
      if (open ? segments.length <= length : segments.length !== length) continue;
      const rule = rules.get(starredText(segments.slice(0, length), stars, open));
      if (rule?.effect === "deny") return rule;
      found ??= rule;
    }
    return found;
  }

  #add(rule: ScopeRule): void {
    const segments = rule.pattern.split(":");
    const last = segments.at(-1);
    if (!segments.includes("*") && last !== "**") return keep(this.#exact, rule.pattern, rule);
    const before = segments.slice(0, -1);
    if (!before.includes("*")) {
      this.#prefixes[before.length] ??= { one: new Map(), more: new Map() };
      const { one, more } = this.#prefixes[before.length] as PrefixRules; // Made by the line above.
      return keep(last === "**" ? more : one, before.join(":"), rule);
    }
    keep(this.#arrangement(last === "**" ? before : segments, last === "**").rules, rule.pattern, rule);
  }

  #arrangement(compared: readonly string[], open: boolean): StarredRules {
    const stars = compared.map((segment) => segment === "*");
    const known = this.#starred.find(
      (entry) =>
        entry.open === open &&
        entry.length === compared.length &&
        entry.stars.every((star, index) => star === stars[index]),
    );
    if (known !== undefined) return known;
    const made = { length: compared.length, open, stars, rules: new Map() };
    this.#starred.push(made);
    return made;
  }
}

/** INVARIANT (D2): where a text is both allowed and denied the deny stays, in whichever order they came. */
function keep(rules: Rules, text: string, rule: ScopeRule): void {
  if (rules.get(text)?.effect !== "deny") rules.set(text, rule);
}

function starredText(segments: readonly string[], stars: readonly boolean[], open: boolean): string {
  const text = segments.map((segment, index) => (stars[index] ? "*" : segment)).join(":");
  return open ? `${text}:**` : text;
}
