import { below, pick, seededRandom } from "../random.ts";
import { type PolicyPlan, type RolePlan, stemOf, verbs } from "./policy-plan.ts";

/** One question, and its right answer. */
export interface Query {
  readonly user: string;
  readonly role: string;
  readonly scope: string;
  /** The scope in the spelling of engines that part names by dots. */
  readonly dotted: string;
  /** The scope in the spelling of engines that allow only words. */
  readonly underscored: string;
  readonly allowed: boolean;
}

/**
 * Questions in random order, half of them to be allowed; of the others half are denied by a rule, where there are any,
 * and half for want of one. Their texts are never the same object as a text of the policy.
 */
export function askQueries(plan: PolicyPlan, count: number): Query[] {
  const random = seededRandom(7);
  const answer = referenceAnswers(plan);
  const queries: Query[] = [];
  while (queries.length < count) {
    const role = pick(random, plan.roles);
    const wanted = queries.length % 2 === 0;
    const scope = wanted ? allowedScope(random, role) : deniedScope(random, role);
    const allowed = answer(role.role, scope);
    if (allowed !== wanted) continue;
    const spellings = { dotted: scope.replaceAll(":", "."), underscored: scope.replaceAll(":", "_") };
    queries.push({ user: `user${below(random, 10_000)}`, role: role.role, scope, ...spellings, allowed });
  }
  // Texts made from JSON are new ones. What was just written is a list of queries.
  return JSON.parse(JSON.stringify(mix(random, queries))) as Query[];
}

/** The plainest evaluator that can be right: all denies of the role, then all allows. */
export function referenceAnswers({ roles }: PolicyPlan): (role: string, scope: string) => boolean {
  const known = new Map(roles.map((plan) => [plan.role, plan]));
  return (role, scope) => {
    const plan = known.get(role);
    const covers = (pattern: string) => {
      const stem = stemOf(pattern);
      return stem === undefined ? pattern === scope : scope.startsWith(stem) && scope.length > stem.length;
    };
    return plan !== undefined && !plan.deny.some(covers) && plan.allow.some(covers);
  };
}

function allowedScope(random: () => number, { allow }: RolePlan): string {
  const pattern = pick(random, allow);
  const stem = stemOf(pattern);
  return stem === undefined ? pattern : `${stem}object${below(random, 1_000)}:read`;
}

function deniedScope(random: () => number, { deny }: RolePlan): string {
  if (deny.length > 0 && random() < 0.5) return pick(random, deny);
  return `tool:none${below(random, 200)}:object${below(random, 50)}:${pick(random, verbs)}`;
}

function mix(random: () => number, queries: readonly Query[]): Query[] {
  return queries
    .map((query) => ({ query, order: random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ query }) => query);
}
