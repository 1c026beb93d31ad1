import { nearestName } from "../../condition/nearest-name.ts";
import { PatternIndex } from "../pattern-index.ts";
import type { LintPass } from "./lint-pass.ts";
import type { LintedHolder, LintedPolicy } from "./linted-policy.ts";
import { denyCover } from "./shadowed-allows.ts";
import { askedPatterns } from "./unyielded-scopes.ts";

/** Finds scopes of tools that no role and no user is ever allowed. */
export const unusableTools: LintPass = {
  concludesFrom: "absence",
  run(policy) {
    const allowed = allowedScopes(policy);
    const unasked = unaskedPatterns(policy);
    for (const { name, choices } of policy.tools) {
      for (const choice of choices) {
        for (const [index, scope] of choice.use.entries()) {
          if (policy.isFull("nobody_allowed")) return;
          if (allowed.has(scope)) continue;
          const nearest = nearestName(scope, unasked);
          const help = nearest === undefined ? "allow it to a role, or remove it" : `did you mean "${nearest}"?`;
          const where = choices.length === 1 ? name : `${name} where it is required`;
          const message = `no role and no user is ever allowed this, so nobody can use ${where}`;
          policy.warn(policy.useAt(choice, index), { code: "nobody_allowed", message, help });
        }
      }
    }
  },
};

/** What roles and users are allowed although no tool requires it: one of these may be misspelt. */
function unaskedPatterns(policy: LintedPolicy): ReadonlySet<string> {
  const asked = askedPatterns(policy);
  const allows = policy.grantors.flatMap((holder) => holder.allows);
  return new Set(allows.map(({ pattern }) => pattern).filter((pattern) => asked?.has(pattern) === false));
}

/** How many holders may be asked about all scopes together; beyond it every scope counts as allowed. */
const maximumAsked = 2_000_000;

function allowedScopes(policy: LintedPolicy): ReadonlySet<string> {
  const index = new PatternIndex<Set<LintedHolder>>((before, added) => {
    for (const holder of added) before?.add(holder);
    return before ?? added;
  });
  const denies = new Map(policy.grantors.map((holder) => [holder, denyCover(holder)]));
  for (const holder of policy.grantors) {
    for (const { pattern, applies } of holder.allows) if (applies !== "never") index.add(pattern, new Set([holder]));
  }
  const allowed = new Set<string>();
  let asked = 0;
  for (const scope of policy.yielded ?? []) {
    for (const holder of holdersOf(index, scope)) {
      asked += 1;
      if (asked <= maximumAsked && denies.get(holder)?.matching(scope).length !== 0) continue;
      allowed.add(scope);
      break;
    }
  }
  return allowed;
}

function* holdersOf(index: PatternIndex<Set<LintedHolder>>, scope: string): Generator<LintedHolder> {
  const found: ReadonlySet<LintedHolder>[] = [];
  const exact = index.exact(scope);
  if (exact !== undefined) found.push(exact);
  index.reduceWildcards(scope, found, (sets, set) => {
    sets.push(set);
    return sets;
  });
  // One at a time: the first holder that is asked nearly always settles it.
  for (const holders of found) yield* holders;
}
