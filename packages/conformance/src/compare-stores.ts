import { type Plan, type StateStore, StateStoreError } from "@ambit/core";
import { ConformanceError } from "./conformance-error.ts";
import { answerOf } from "./try-store.ts";

/**
 * Applies the same plans to two stores, one after the other, and rejects with a {@link ConformanceError} at the first
 * one that they answer differently. Epochs and the messages of rejections may differ.
 */
export async function compareStores(
  left: StateStore,
  right: StateStore,
  traces: Iterable<readonly Plan[]>,
): Promise<void> {
  let number = 0;
  for (const trace of traces) {
    for (const [step, plan] of trace.entries()) {
      const answers = [await comparable(left, plan), await comparable(right, plan)];
      if (answers[0] === answers[1]) continue;
      // What happened to other tenants cannot have led here.
      const steps = trace.slice(0, step + 1).filter(({ partition }) => partition === plan.partition);
      throw new ConformanceError(
        `trace ${number}, step ${step + 1}: one store answers ${answers[0]}, the other ${answers[1]}; the plans:\n${steps.map((earlier) => JSON.stringify(earlier)).join("\n")}`,
      );
    }
    number += 1;
  }
}

async function comparable(store: StateStore, plan: Plan): Promise<string> {
  const answer = await answerOf(store, plan);
  if (answer instanceof StateStoreError) return `a rejection, ${answer.code}`;
  const seen = answer.observed.map(({ value, at }) => `${value}@${at}`).join(" ");
  return answer.held ? `held, seeing ${seen}` : `refused at check ${answer.failed}, seeing ${seen}`;
}
