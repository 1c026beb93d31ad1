import type { Needs, Ruling } from "./judge-call.ts";
import { noNeeds } from "./judge-call.ts";
import type { Occasion } from "./occasion.ts";
import type { CallPlan } from "./plan/plan-builder.ts";
import type { CallReading } from "./read-call.ts";

/** What is known of one evaluation while it is under way: it becomes more, step by step. */
export interface Evaluation extends Occasion {
  readonly reading: CallReading;
  evaluationId: string;
  /** The policy that the evaluation began with, and ends with (D7). */
  ruling: Ruling | undefined;
  needs: Needs;
  /** Epoch milliseconds; 0 where it began without a time. */
  now: number;
  /** Epoch milliseconds. */
  leaseUntil: number;
  /** What was taken for the call. */
  taken: CallPlan | undefined;
}

/** Before anything is known. */
export function newEvaluation(reading: CallReading): Evaluation {
  return { reading, evaluationId: "", ruling: undefined, needs: noNeeds, now: 0, leaseUntil: 0, taken: undefined };
}
