import { isMoreSpecific } from "../../scope.ts";
import { Bearings } from "./bearings.ts";
import type { LintPass } from "./lint-pass.ts";
import { type LintedHolder, type LintedRule, plain, scopeAt } from "./linted-policy.ts";
import { isOpen, PatternCover, slicesOf } from "./pattern-cover.ts";
import { denyCover } from "./shadowed-allows.ts";

/** Finds rules without which every call would be decided as it is: all that it names can go at once. */
export const redundantRules: LintPass = {
  concludesFrom: "entries",
  run(policy) {
    for (const holder of policy.holders) {
      for (const { rule, by } of redundant(holder)) {
        if (policy.isFull("redundant")) return;
        const others = by === undefined ? `other entries say` : `"${by.pattern}" in line ${by.line} says`;
        const message = `${others} the same of every scope that this ${rule.effect} covers`;
        policy.warn(scopeAt(rule), { code: "redundant", message, help: "remove it" });
      }
    }
  },
};

interface Finding {
  readonly rule: LintedRule;
  /** The rule that says the same. `undefined`: several do together. */
  readonly by: LintedRule | undefined;
}

function* redundant(holder: LintedHolder): Generator<Finding> {
  const denies = denyCover(holder);
  // What no call can be allowed by is another finding.
  const allows = holder.allows.filter(({ applies, pattern }) => applies !== "never" && !denies.coversAll(pattern));
  yield* new Search(allows, denies).find(allows);
  yield* new Search([], none).find(holder.denies);
}

const none = new PatternCover<LintedRule>();

/** Looks through the rules of one effect. */
class Search {
  /** What decides before the rules. */
  readonly #before: PatternCover<LintedRule>;
  /** The other allows, which may have to be kept apart. */
  readonly #bearings: Bearings;
  readonly #covers = new Map<string, PatternCover<LintedRule>>();
  readonly #found = new Set<LintedRule>();
  readonly #written = new Map<string, LintedRule>();

  constructor(allows: readonly LintedRule[], before: PatternCover<LintedRule>) {
    this.#before = before;
    this.#bearings = new Bearings(allows);
  }

  *find(rules: readonly LintedRule[]): Generator<Finding> {
    for (const rule of rules) if (rule.applies === "always") this.#coverOf(rule).add(rule);
    for (const rule of rules) {
      const by = this.#twin(rule) ?? this.#substitute(rule);
      if (by === undefined) continue;
      this.#found.add(rule);
      yield { rule, by };
    }
    for (const rule of rules) {
      if (!isOpen(rule.pattern) || this.#found.has(rule) || !this.#isCoveredByOthers(rule)) continue;
      this.#found.add(rule);
      yield { rule, by: undefined };
    }
  }

  #coverOf({ bearing }: LintedRule): PatternCover<LintedRule> {
    const known = this.#covers.get(bearing) ?? new PatternCover<LintedRule>();
    this.#covers.set(bearing, known);
    return known;
  }

  /** An earlier rule of the very same text. */
  #twin(rule: LintedRule): LintedRule | undefined {
    const { pattern, bearing, terms } = rule;
    const { condition, message, hint, failsOpen } = terms ?? {};
    const text = JSON.stringify([
      pattern,
      bearing,
      condition ?? null,
      message ?? null,
      hint ?? null,
      failsOpen ?? false,
    ]);
    const twin = this.#written.get(text);
    if (twin === undefined) this.#written.set(text, rule);
    return twin;
  }

  /** A wider rule, or one of the same pattern, that decides the same wherever this one does. */
  #substitute(rule: LintedRule): LintedRule | undefined {
    if (isDemandOnCondition(rule)) return undefined;
    // One that was found itself will do: what stands for it stands for this one too.
    const wider = this.#coverOf(rule)
      .covering(rule.pattern)
      .filter((other) => other !== rule);
    const nearest = wider.reduce<LintedRule | undefined>(nearer, undefined);
    if (nearest === undefined || rule.effect === "deny" || nearest.pattern === rule.pattern) return nearest;
    return this.#bearings.separate(rule, nearest) ? undefined : nearest;
  }

  #isCoveredByOthers(rule: LintedRule): boolean {
    if (isDemandOnCondition(rule) || (rule.effect === "allow" && !this.#bearings.areOne)) return false;
    // INVARIANT: what was found already stands for nothing here, so that all that is found can go together.
    const cover = this.#coverOf(rule);
    return [...slicesOf(rule.pattern)].every((slice) => {
      if (this.#before.matching(slice).length > 0) return true;
      return cover.matching(slice).some((other) => other !== rule && !this.#found.has(other));
    });
  }
}

/** A demand whose condition cannot be evaluated denies, which no other rule does in its place. */
function isDemandOnCondition({ effect, applies, bearing }: LintedRule): boolean {
  return effect === "allow" && applies !== "always" && bearing !== plain;
}

function nearer(found: LintedRule | undefined, rule: LintedRule): LintedRule {
  return found === undefined || isMoreSpecific(rule.pattern, found.pattern) ? rule : found;
}
