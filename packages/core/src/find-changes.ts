import { AssumedAnswers } from "./assumed-answers.ts";
import type { ConditionEnvironment } from "./condition/frame.ts";
import { rolesAllowed } from "./find-alternatives.ts";
import { HolderReview, type RuleChange } from "./holder-review.ts";
import { ceilingsOf, grantors, holds, ownRules, type PermissionRequest } from "./permit.ts";

/** Something that keeps a call from being permitted. */
export type Change =
  | RuleChange
  /** It is not known who asks. */
  | { readonly kind: "context"; readonly reason: string }
  /** The policy has to say what calls of the tool require. */
  | { readonly kind: "tool"; readonly tool: string }
  /** The arguments have to be others. */
  | { readonly kind: "argument"; readonly reason: string }
  /** The user, or a role of the user, has to be allowed the scope. `roles` have an allow for it. At most 5. */
  | { readonly kind: "grant"; readonly scope: string; readonly roles: readonly string[] }
  /** The agent's ceiling has to allow the scope. */
  | { readonly kind: "ceiling"; readonly scope: string; readonly holder: string }
  /** The user's own credential has to hold the scope. */
  | { readonly kind: "hold"; readonly scope: string }
  /** The task has to be given the scope. */
  | { readonly kind: "give"; readonly scope: string };

/**
 * What would have to be otherwise for a call to be permitted: all of it together is enough; history, limits, budgets
 * and duties aside.
 * Empty where the call is permitted. An allow beside an unconditional deny of the very same pattern is taken for none.
 * Pure.
 */
export function findChanges(request: PermissionRequest, environment: ConditionEnvironment): readonly Change[] {
  const answers = new AssumedAnswers(environment);
  const changes = new Map<string, Change>();
  // A condition that is to hold for one scope can make its rule count for another one: until nothing more follows.
  for (let assumed = -1; assumed < answers.size; ) {
    assumed = answers.size;
    for (const change of changesOnce(request, answers)) changes.set(JSON.stringify(change), change);
  }
  return [...changes.values()];
}

function changesOnce(request: PermissionRequest, answers: AssumedAnswers): readonly Change[] {
  return request.requirement.scopes.flatMap((scope) => [
    ...grantChanges(request, answers, scope),
    ...ceilingChanges(request, answers, scope),
    ...holdChanges(request, scope),
  ]);
}

function grantChanges(request: PermissionRequest, answers: AssumedAnswers, scope: string): readonly Change[] {
  const reviews = grantors(request).map((rules) => new HolderReview(rules, scope, answers));
  const denials = reviews.flatMap((review) => review.denials());
  // As in the decision: the user's own entries come before the roles, and what needs no approval before what does.
  const own = reviews.slice(0, ownRules(request.policy, request.holder) === undefined ? 0 : 1);
  const deciding =
    leastDemanding(own.filter(({ allows }) => allows)) ??
    leastDemanding(reviews.filter(({ allows }) => allows)) ??
    leastDemanding(reviews.filter(({ mentions }) => mentions));
  const doubts = doubtful(own, reviews, deciding).flatMap((review) => review.doubts());
  if (deciding !== undefined) return [...denials, ...doubts, ...deciding.demands()];
  return [...denials, { kind: "grant", scope, roles: rolesAllowed(request, scope) }];
}

/** Those whose unknown demands could come before what decides. */
function doubtful(
  own: readonly HolderReview[],
  reviews: readonly HolderReview[],
  deciding: HolderReview | undefined,
): readonly HolderReview[] {
  if (deciding?.allows !== true) return reviews.filter((review) => review !== deciding);
  if (own.includes(deciding)) return own;
  // Behind a role that allows and asks for nothing, and of which nothing is in doubt, nothing else can come first.
  const certain = !deciding.asksApproval && !deciding.mayDemand;
  return certain ? reviews.slice(0, reviews.indexOf(deciding)) : reviews;
}

function leastDemanding(reviews: readonly HolderReview[]): HolderReview | undefined {
  return reviews.find(({ asksApproval }) => !asksApproval) ?? reviews[0];
}

function ceilingChanges(request: PermissionRequest, answers: AssumedAnswers, scope: string): readonly Change[] {
  const { actor } = request.holder;
  const bounds = ceilingsOf(request);
  if (bounds === undefined) return [{ kind: "ceiling", scope, holder: `agent:${actor?.id ?? ""}` }];
  const { ceilings } = request.policy;
  return bounds.flatMap((rules): readonly Change[] => {
    const review = new HolderReview(rules, scope, answers);
    const doubts = review.allows ? review.doubts() : [];
    if (review.mentions) return [...review.denials(), ...doubts, ...review.demands()];
    const isAgent = actor !== undefined && ceilings?.agents.get(actor.id) === rules;
    const holder = isAgent ? `agent:${actor.id}` : `tier:${actor?.tier ?? ""}`;
    return [...review.denials(), { kind: "ceiling", scope, holder }];
  });
}

function holdChanges({ holder }: PermissionRequest, scope: string): readonly Change[] {
  const { scopes, grant } = holder;
  return [
    ...(holds(scopes, scope) ? [] : [{ kind: "hold" as const, scope }]),
    ...(grant === undefined || holds(grant, scope) ? [] : [{ kind: "give" as const, scope }]),
  ];
}
