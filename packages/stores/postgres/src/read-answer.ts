import { type ApplyResult, type Observation, StateStoreError } from "@ambit/core";

/** What a statement said of its plans. */
export interface BatchAnswer {
  /** Names the life of the state. */
  readonly life: string;
  /** How far the server's log had got: it never goes back within one life. */
  readonly at: number;
  /** One for each plan. */
  readonly answers: readonly PlanAnswer[];
}

/** What became of one plan. */
export type PlanAnswer =
  | { readonly kind: "fault"; readonly fault: StateStoreError }
  | { readonly kind: "held"; readonly observed: readonly Observation[] }
  | { readonly kind: "refused"; readonly failed: number; readonly observed: readonly Observation[] };

/**
 * Reads what the database answered. Throws a `StateStoreError` for a refusal, and for anything that is not an answer.
 *
 * INVARIANT (D6): whatever is not exactly an answer permits nothing.
 */
export function readBatchAnswer(value: unknown, plans: number): BatchAnswer {
  if (!isRecord(value)) throw unreadable();
  const { refused, life, at, answers } = value;
  if (refused !== undefined) throw refusal(refused);
  if (typeof life !== "string" || !isWhole(at) || !Array.isArray(answers) || answers.length !== plans)
    throw unreadable();
  return { life, at, answers: answers.map(readPlanAnswer) };
}

/** The answer to one plan, as the port has it. */
export function applyResult(answer: Exclude<PlanAnswer, { kind: "fault" }>, epoch: string): ApplyResult {
  const { observed } = answer;
  return answer.kind === "held"
    ? { held: true, epoch, observed }
    : { held: false, epoch, failed: answer.failed, observed };
}

function readPlanAnswer(value: unknown): PlanAnswer {
  if (!isRecord(value)) throw unreadable();
  const { fault, failed, values, moments } = value;
  if (fault === "state_capacity") {
    return { kind: "fault", fault: new StateStoreError(fault, "the store holds as many cells as it may") };
  }
  if (fault === "state_arithmetic") {
    return { kind: "fault", fault: new StateStoreError(fault, "an amount or a sum is not exact") };
  }
  if (fault !== null || !Array.isArray(values) || !Array.isArray(moments)) throw unreadable();
  const observed = values.map((seen: unknown, index): Observation => {
    const at: unknown = moments[index];
    if (!isWhole(seen) || !isWhole(at)) throw unreadable();
    return { value: seen, at };
  });
  if (failed === null) return { kind: "held", observed };
  if (!isWhole(failed)) throw unreadable();
  return { kind: "refused", failed, observed };
}

function refusal(refused: unknown): StateStoreError {
  const [code, message]: readonly unknown[] = Array.isArray(refused) ? refused : [];
  const known = code === "state_lost" ? code : "state_unavailable";
  return new StateStoreError(known, `Postgres refuses plans: ${typeof message === "string" ? message : "no reason"}`);
}

function unreadable(): StateStoreError {
  return new StateStoreError("state_unavailable", "Postgres gave an answer that is none");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
