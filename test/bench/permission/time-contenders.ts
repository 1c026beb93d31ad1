import { compileLaterLoop, compileLoop } from "../compile-loop.ts";
import { type Contender, measure } from "../measure.ts";
import { type PolicySize, type PolicyVariant, planPolicy } from "../policy/policy-plan.ts";
import { askQueries, type Query } from "../policy/queries.ts";
import { tellProgress } from "../progress.ts";
import type { Effort } from "../section.ts";
import { type Decider, NotLoadableError, type PermissionContender } from "./contender.ts";
import { verifyAnswers } from "./verify-answers.ts";

/** Median nanoseconds of a decision, or why there is no figure. */
export type Figure = number | string;

/** What is asked of all contenders at once. */
export interface Contest {
  readonly size: PolicySize;
  /** How many different queries. */
  readonly queries: number;
  /** Gives every contender a policy of this variant, instead of the one that it can express. */
  readonly variant?: PolicyVariant;
}

/** Builds, verifies and times contenders on the same policy. */
export async function timeContenders(
  contenders: readonly PermissionContender[],
  contest: Contest,
  effort: Effort,
): Promise<Map<string, Figure>> {
  const figures = new Map<string, Figure>();
  const timed: Contender[] = [];
  const questions = new Map<PolicyVariant, Query[]>();
  for (const contender of contenders) {
    const { name } = contender;
    tellProgress(`${contest.size} rules, ${contest.queries} queries: ${name}`);
    const variant = contest.variant ?? contender.variant;
    const plan = planPolicy(contest.size, variant);
    const queries = questions.get(variant) ?? askQueries(plan, contest.queries);
    questions.set(variant, queries);
    const entrant = await prepareContender(contender, { plan, queries, size: contest.size }, effort);
    if (typeof entrant === "string") figures.set(name, entrant);
    else timed.push(entrant);
  }
  tellProgress(`${contest.size} rules, ${contest.queries} queries: timing ${timed.length} contenders`);
  for (const [name, nanoseconds] of await measure(timed, effort)) figures.set(name, nanoseconds);
  return figures;
}

/** What a contender is prepared for. */
export interface Task {
  readonly size: PolicySize;
  readonly plan: ReturnType<typeof planPolicy>;
  readonly queries: readonly Query[];
}

/** Builds and verifies a contender: it is ready to be timed, or there is a reason why it will not be. */
export async function prepareContender(
  { name, build, largest = Infinity, repeats = false }: PermissionContender,
  { size, plan, queries }: Task,
  { verification, slowest }: Effort,
): Promise<Contender | string> {
  if (size !== "seed" && size > largest) return "not run";
  let decider: Decider;
  try {
    decider = await build(plan);
  } catch (error) {
    if (error instanceof NotLoadableError) return error.message;
    throw error;
  }
  const { verified, each } = await verifyAnswers(name, decider, { queries, milliseconds: verification });
  if (each > slowest) return "not run";
  const inputs = repeats ? queries.slice(0, verified) : queries;
  const loop =
    "allows" in decider ? compileLoop(decider.allows, inputs) : compileLaterLoop(decider.allowsLater, inputs);
  return { name, loop };
}
