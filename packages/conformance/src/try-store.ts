import { type ApplyResult, type Observation, type Plan, type StateStore, StateStoreError } from "@ambit/core";
import { ConformanceError } from "./conformance-error.ts";
import { type NamedPlan, planOf } from "./named-plan.ts";
import type { Capability, OpenOptions, StoreCase, TestedStore } from "./store-case.ts";

/** `[value, at]` of each check that was made. */
export type Observed = readonly (readonly [value: number, at: number])[];

/** What a step of a case must be answered. */
export type Expected =
  | { readonly kind: "held"; readonly observed: Observed | "anything" }
  | { readonly kind: "refused"; readonly failed: number; readonly observed: Observed }
  /** Refused, or rejected with a `StateStoreError`: never permitted. */
  | { readonly kind: "not held" };

/** A plan, and what the answer must be. */
export interface Step {
  readonly plan: NamedPlan;
  readonly expected: Expected;
}

/** All checks hold, and this is what they see. */
export function holds(plan: NamedPlan, ...observed: Observed): Step {
  return { plan, expected: { kind: "held", observed } };
}

/** It is taken; what its checks see is another step's matter. */
export function takes(plan: NamedPlan): Step {
  return { plan, expected: { kind: "held", observed: "anything" } };
}

/** The last of the checks that are seen fails. */
export function refuses(plan: NamedPlan, ...observed: Observed): Step {
  return { plan, expected: { kind: "refused", failed: observed.length - 1, observed } };
}

/** It is refused or rejected. */
export function neverHolds(plan: NamedPlan): Step {
  return { plan, expected: { kind: "not held" } };
}

/** A case that is a list of plans and their answers. */
export function stepsCase(id: string, title: string, steps: readonly Step[]): StoreCase {
  return storeCase({ id, title }, async ({ store }) => {
    for (const [index, { plan, expected }] of steps.entries()) {
      const answer = await answerOf(store, planOf(plan));
      const fault = faultOf(answer, expected);
      if (fault !== undefined) throw new ConformanceError(`step ${index + 1}: ${fault}, at ${JSON.stringify(plan)}`);
    }
  });
}

/** What a {@link storeCase} says of itself. */
export interface CaseHead {
  readonly id: string;
  readonly title: string;
  /** Default: nothing. */
  readonly needs?: readonly Capability[];
  /** Default: none. */
  readonly options?: OpenOptions;
}

/** A case that does what it likes with a store. */
export function storeCase(
  { id, title, needs = [], options = {} }: CaseHead,
  attempt: (tested: TestedStore) => Promise<void>,
): StoreCase {
  return {
    id,
    title,
    needs,
    run: async (harness) => {
      const tested = await harness.open(options);
      try {
        await attempt(tested);
      } finally {
        await tested.close();
      }
    },
  };
}

/** What a store answers, or the `StateStoreError` that it rejects with. Anything else that it throws is a fault of its own. */
export async function answerOf(store: StateStore, plan: Plan): Promise<ApplyResult | StateStoreError> {
  try {
    return await store.apply(plan);
  } catch (error) {
    if (error instanceof StateStoreError) return error;
    throw new ConformanceError(`rejected with ${String(error)}, which is no StateStoreError`, { cause: error });
  }
}

/** Throws a {@link ConformanceError} that says what was expected, unless it is so. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (seen !== wanted) throw new ConformanceError(`${what}: expected ${wanted}, got ${seen}`);
}

/** Throws a {@link ConformanceError} unless a plan is taken, with what is seen by its checks. */
export async function expectHeld(store: StateStore, plan: NamedPlan, observed?: Observed): Promise<ApplyResult> {
  const answer = await answerOf(store, planOf(plan));
  const fault = faultOf(answer, { kind: "held", observed: observed ?? "anything" });
  if (fault !== undefined || answer instanceof StateStoreError) {
    throw new ConformanceError(`${fault}, at ${JSON.stringify(plan)}`);
  }
  return answer;
}

function faultOf(answer: ApplyResult | StateStoreError, expected: Expected): string | undefined {
  if (answer instanceof StateStoreError) {
    return expected.kind === "not held" ? undefined : `expected ${expected.kind}, rejected with ${answer.code}`;
  }
  if (typeof answer.epoch !== "string" || answer.epoch === "") return "the answer names no epoch";
  if (expected.kind === "not held") return answer.held ? "expected that it is not held, it is" : undefined;
  if (answer.held !== (expected.kind === "held")) return `expected ${expected.kind}, got ${describe(answer)}`;
  if (!answer.held && expected.kind === "refused" && answer.failed !== expected.failed) {
    return `expected that check ${expected.failed} fails, got ${describe(answer)}`;
  }
  if (expected.observed === "anything") return undefined;
  const seen = JSON.stringify(pairs(answer.observed));
  const wanted = JSON.stringify(expected.observed);
  return seen === wanted ? undefined : `expected that ${wanted} is observed, got ${seen}`;
}

function describe(answer: ApplyResult): string {
  const seen = `observed ${JSON.stringify(pairs(answer.observed))}`;
  return answer.held ? `held, ${seen}` : `refused at check ${answer.failed}, ${seen}`;
}

function pairs(observed: readonly Observation[]): Observed {
  return observed.map(({ value, at }) => [value, at]);
}
