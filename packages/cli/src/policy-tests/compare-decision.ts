import { type Decision, type Deny, formatMoney } from "@ambit/core";
import type { ExpectedDecision } from "./policy-test.ts";

/** Something about a decision that is not as it was expected. */
export interface Difference {
  readonly field: "expect" | "rule" | "reason" | "hint" | "scopes" | "cost" | "withheld";
  readonly expected: string;
  readonly got: string;
}

/** What became of a call. */
export interface Answer {
  readonly decision: Decision;
  /** The denial that took the place of what the tool gave. */
  readonly withheld: Deny | undefined;
}

/** Compares an answer with what was expected of it, field by field. Empty where it is as expected. */
export function compareDecision({ decision, withheld }: Answer, expected: ExpectedDecision): readonly Difference[] {
  const got = decision.allowed
    ? { answer: "permit", hint: undefined, cost: decision.cost }
    : { answer: decision.code, hint: decision.hint, cost: undefined };
  const fields: readonly Compared[] = [
    { field: "expect", expected: expected.answer, got: got.answer },
    { field: "rule", expected: expected.rule, got: decision.rule },
    { field: "reason", expected: expected.reason, got: decision.reason },
    { field: "hint", expected: expected.hint, got: got.hint },
    { field: "scopes", expected: expected.scopes?.join(", "), got: decision.scopes.join(", ") },
    { field: "cost", expected: expected.cost === undefined ? undefined : formatMoney(expected.cost), got: got.cost },
    { field: "withheld", expected: expected.withheld, got: withheld?.code },
  ];
  return fields.flatMap(({ field, expected: wanted, got: given = "none" }): Difference[] =>
    wanted === undefined || wanted === given ? [] : [{ field, expected: wanted, got: given }],
  );
}

interface Compared {
  readonly field: Difference["field"];
  readonly expected: string | undefined;
  readonly got: string | undefined;
}
