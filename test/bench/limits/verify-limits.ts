import { createMemoryStore, type MemoryStore } from "@ambit/core";
import { type Bounds, cost, firstMoment, type LimitedCall, LimitPlans, namesOf } from "./limit-plans.ts";

const enough: Bounds = { calls: 1_000, running: 1_000, money: [1_000 * cost, 1_000 * cost] };
const checks = ["the user's calls", "the tool's calls", "calls at once", "the day's budget", "the month's budget"];

/** Each with room for two calls in one of the checks. */
const tight: readonly (readonly [bounds: Bounds, refusedBy: number])[] = [
  [{ ...enough, calls: 2 }, 0],
  [{ ...enough, running: 2 }, 2],
  [{ ...enough, money: [2 * cost, 1_000 * cost] }, 3],
  [{ ...enough, money: [1_000 * cost, 2 * cost] }, 4],
];

/** Throws where the store admits one call too many, or takes anything for one that it refuses. */
export function verifyLimits(): void {
  for (const [bounds, refusedBy] of tight) {
    const store = createMemoryStore();
    const answers = [1, 2, 3].map((call) => store.apply(new LimitPlans(bounds).reserve(callOf(`evaluation ${call}`))));
    const third = answers[2];
    const failed = third?.held === false ? third.failed : undefined;
    const right = answers[0]?.held === true && answers[1]?.held === true && failed === refusedBy;
    if (right && observe(store).join() === [2, 2, 2, 2 * cost, 2 * cost].join()) continue;
    throw new Error(`${checks[refusedBy]} are not limited as they must be, so nothing was measured`);
  }
}

function observe(store: MemoryStore): number[] {
  const { observed } = store.apply({ ...new LimitPlans(enough).reserve(callOf("observation")), effects: [] });
  return observed.map(({ value }) => value);
}

function callOf(evaluationId: string): LimitedCall {
  return { keys: namesOf("user"), evaluationId, now: firstMoment };
}
