import { maximumScopeSegments } from "../../scope.ts";
import { PatternIndex } from "../pattern-index.ts";

/**
 * Rules by pattern, of which it is asked whether they cover another pattern. Of several rules of one pattern the first
 * stands for all.
 */
export class PatternCover<Rule extends { readonly pattern: string }> {
  readonly #index = new PatternIndex<Rule>((before, added) => before ?? added);

  constructor(rules: Iterable<Rule> = []) {
    for (const rule of rules) this.add(rule);
  }

  add(rule: Rule): void {
    this.#index.add(rule.pattern, rule);
  }

  /** The rules that cover a literal scope, or one of {@link slicesOf} a pattern. */
  matching(scope: string): Rule[] {
    const exact = this.#index.exact(scope);
    return this.#index.reduceWildcards(scope, exact === undefined ? [] : [exact], push);
  }

  /** The rules each of which covers every scope that a pattern covers. */
  covering(pattern: string): Rule[] {
    const [slice = ""] = slicesOf(pattern);
    const found = this.matching(slice);
    return isOpen(pattern) ? found.filter((rule) => isOpen(rule.pattern)) : found;
  }

  /** Whether every scope that a pattern covers is covered by some rule. */
  coversAll(pattern: string): boolean {
    for (const slice of slicesOf(pattern)) {
      const found = this.matching(slice);
      if (found.length === 0) return false;
      // What covers one more segment with `**` covers any number more.
      if (found.some((rule) => isOpen(rule.pattern))) return true;
    }
    return true;
  }
}

/** A segment that no pattern can name: what covers it covers any segment. */
const anySegment = "?";

/** Scopes that stand for all that a pattern covers, one for each length that they can have. */
export function* slicesOf(pattern: string): Generator<string> {
  const segments = pattern.split(":").map((segment) => (segment.startsWith("*") ? anySegment : segment));
  yield segments.join(":");
  if (!isOpen(pattern)) return;
  while (segments.length < maximumScopeSegments) {
    segments.push(anySegment);
    yield segments.join(":");
  }
}

/** Whether a pattern covers scopes of several lengths. */
export function isOpen(pattern: string): boolean {
  return pattern.endsWith("**");
}

function push<Rule>(found: Rule[], rule: Rule): Rule[] {
  found.push(rule);
  return found;
}
