import { isMoreSpecific } from "../../scope.ts";
import { type LintedRule, plain } from "./linted-policy.ts";
import { PatternCover, slicesOf } from "./pattern-cover.ts";
import { overlap } from "./pattern-overlap.ts";

/** How many patterns with wildcards are compared one by one with another such pattern. */
const maximumCompared = 100;

interface PatternBearings {
  readonly pattern: string;
  readonly bearings: ReadonlySet<string>;
}

/** What the allows of one holder demand, by pattern. */
export class Bearings {
  /** Whether all of them demand the same. */
  readonly areOne: boolean;
  readonly #cover: PatternCover<PatternBearings>;
  readonly #starred: readonly PatternBearings[];
  readonly #innerStarred: readonly PatternBearings[];

  constructor(allows: readonly LintedRule[]) {
    const byPattern = new Map<string, Set<string>>();
    for (const allow of allows) {
      const bearings = byPattern.get(allow.pattern) ?? new Set();
      byPattern.set(allow.pattern, bearings.add(weightOf(allow)));
    }
    const all = [...byPattern].map(([pattern, bearings]): PatternBearings => ({ pattern, bearings }));
    this.areOne = new Set(allows.map(weightOf)).size < 2;
    this.#cover = new PatternCover(all);
    this.#starred = all.filter(({ pattern }) => pattern.includes("*"));
    this.#innerStarred = this.#starred.filter(({ pattern }) => hasInnerStar(pattern));
  }

  /**
   * Whether, without the rule, an allow with other demands might decide a scope in place of the wider one. Where there is
   * too much to compare the answer is that it might.
   */
  separate(rule: LintedRule, wider: LintedRule): boolean {
    if (this.areOne) return false;
    const [slice = ""] = slicesOf(rule.pattern);
    if (this.#cover.matching(slice).some((other) => standsBetween(other, rule, wider))) return true;
    if (!rule.pattern.includes("*")) return false;
    // Without a star in the middle of either, patterns that overlap contain one another.
    const crossing = hasInnerStar(rule.pattern) ? this.#starred : this.#innerStarred;
    if (crossing.length > maximumCompared) return true;
    return crossing.some((other) => overlap(other.pattern, rule.pattern) && standsBetween(other, rule, wider));
  }
}

/** A demand on a condition weighs otherwise than the same without: where its condition is unknown it denies. */
function weightOf({ applies, bearing }: LintedRule): string {
  return applies === "sometimes" && bearing !== plain ? `on condition ${bearing}` : bearing;
}

function standsBetween({ pattern, bearings }: PatternBearings, rule: LintedRule, wider: LintedRule): boolean {
  if (bearings.size === 1 && bearings.has(rule.bearing)) return false;
  // Beside an allow of the same pattern, one that demands nothing adds nothing.
  if (pattern === rule.pattern) return rule.bearing !== plain;
  return isMoreSpecific(rule.pattern, pattern) && !isMoreSpecific(wider.pattern, pattern);
}

function hasInnerStar(pattern: string): boolean {
  return pattern.slice(0, pattern.lastIndexOf(":") + 1).includes("*");
}
