import fc from "fast-check";
import type { Ending } from "../reference/state/earlier-call.ts";
import type { Value } from "./policy-document.ts";
import type { Caller, MadeCall } from "./stateful-document.ts";

/** How a call is made and ends. */
export type Course = "succeeded" | "failed" | "aborted" | "open";

/** One moment of a trace. Where two calls are made, they are made without waiting for each other. */
export interface TraceStep {
  readonly wait: Wait;
  readonly calls: readonly { readonly call: MadeCall; readonly course: Course }[];
  /** Which of the open calls ends before, if there are any, how, and at what cost where that is not the expected one. */
  readonly ends?:
    | { readonly which: number; readonly how: Ending["how"]; readonly cost?: string | undefined }
    | undefined;
}

/** What happens, step by step, from a moment in epoch milliseconds on. */
export interface Trace {
  readonly start: number;
  readonly steps: readonly TraceStep[];
}

/** For how long nothing happens, in milliseconds: plainly, or until about a span of the policy after an earlier step. */
export type Wait = number | { readonly since: number; readonly span: number; readonly and: number };

const args = fc.record(
  {
    k: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom<Value>(1, "1") },
      { weight: 1, arbitrary: fc.constantFrom<Value>(null, [1], { a: 1, b: 2 }, { b: 2, a: 1 }) },
    ),
    n: fc.constantFrom<Value>(0, 1, 2, "2"),
  },
  { requiredKeys: [] },
);

function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const caller: fc.Arbitrary<Caller> = fc.record({
  tenant: mostly("acme", "globex"),
  issuer: mostly("idp", "other"),
  user: mostly("u1", "u2"),
  agent: mostly("bot", "planner"),
  session: mostly("s1", "s2"),
});

/** Calls over few names. */
export const madeCall: fc.Arbitrary<MadeCall> = fc.record({
  tool: fc.constantFrom("read", "write", "mail", "look", "pay"),
  args: fc.oneof(fc.constant({}), args),
  by: caller,
});

const course = fc.constantFrom<Course>(
  "succeeded",
  "succeeded",
  "succeeded",
  "failed",
  "failed",
  "aborted",
  "open",
  "open",
);

const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 1_000) },
  { weight: 4, arbitrary: fc.record({ since: fc.nat(8), span: fc.nat(20), and: fc.constantFrom(-1, 0, 1) }) },
  { weight: 1, arbitrary: fc.constantFrom(300_000, 1_800_000, 3_600_000, 82_800_000, 86_400_000, 90_000_000) },
);

const ends = fc.record({
  which: fc.nat(5),
  how: fc.constantFrom("succeeded" as const, "failed" as const, "aborted" as const, "not_started" as const),
  cost: fc.option(fc.constantFrom("0", "2.5"), { nil: undefined }),
});
const steps = fc.array(
  fc.record({
    wait,
    calls: fc.array(fc.record({ call: madeCall, course }), { minLength: 1, maxLength: 2 }),
    ends: fc.option(ends, { nil: undefined }),
  }),
  { minLength: 12, maxLength: 30 },
);

/** By clock changes, and where days, weeks and months end. */
const start = fc
  .constantFrom(
    "2026-03-08T04:59:59.990Z",
    "2026-03-08T06:30:00Z",
    "2026-11-01T03:59:59Z",
    "2026-11-01T05:30:00Z",
    "2026-04-04T14:20:00Z",
    "2026-10-03T15:20:00Z",
    "2026-06-30T23:59:59.999Z",
    "2026-07-05T23:59:00Z",
  )
  .map(Date.parse);

/** Traces over few names, so that calls meet, and over moments at which something ends. */
export const anyTrace: fc.Arbitrary<Trace> = fc.record({ start, steps });
