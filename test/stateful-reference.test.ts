import { parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyTrace } from "./generators/call-trace.ts";
import { type Agreement, compareTrace } from "./generators/compare-trace.ts";
import { anyStatefulPolicy, printStatefulPolicy } from "./generators/stateful-arbitrary.ts";
import type { StatefulDocument } from "./generators/stateful-document.ts";

const traces = Number(process.env["AMBIT_STATEFUL_TRACES"] ?? 1_500);
const tracesPerPolicy = 5;
// Nothing is said about how long it takes: a longer run is only not cut off.
const timeout = Math.max(60_000, traces * 200);

/** The least share of all calls that each answer must have. What is compared is only worth as much as what comes up. */
const leastShares = {
  permit: 0.3,
  forbidden: 0.01,
  history_forbids: 0.01,
  history_requires: 0.02,
  approval_required: 0.01,
  rate_limited: 0.01,
  budget_exhausted: 0.02,
  runaway: 0.01,
  suspended: 0.01,
  "after deny": 0.001,
  "after, a list": 0.0003,
  "after on": 0.001,
  together: 0.005,
  "together with approval": 0.002,
  before: 0.02,
  "lethal-trifecta": 0.0005,
  within: 0.02,
  same: 0.005,
  when: 0.005,
  "rule per session": 0.01,
  "rule per user": 0.005,
  "rule per agent": 0.003,
  "rule per tenant": 0.005,
  max: 0.01,
  concurrent: 0.002,
  "limit with scope": 0.0001,
  "limit with tool": 0.0001,
  "limit per several": 0.003,
  hour: 0.0002,
  day: 0.0002,
  week: 0.0002,
  month: 0.0002,
  lifetime: 0.0002,
  rolling: 0.004,
  "budget with scope": 0.005,
  "runaway identical": 0.0002,
  "runaway failures": 0.0005,
  "runaway denials": 0.003,
  "runaway cycles": 0.00003,
};

it(
  "every call of every trace is decided as a second evaluator decides it, which looks through all earlier calls",
  async () => {
    const tally = new Map<string, number>();
    let all = 0;
    const several = fc.array(anyTrace, { minLength: tracesPerPolicy, maxLength: tracesPerPolicy });
    const compared = fc.asyncProperty(anyStatefulPolicy, several, async (document, list) => {
      const policy = parsePolicy(printStatefulPolicy(document));
      // What is held weakly goes only once the event loop turns.
      await new Promise((resolve) => setImmediate(resolve));
      for (const trace of list) {
        for (const agreement of await compareTrace(document, policy, trace)) {
          all += 1;
          for (const kind of kindsOf(document, agreement)) tally.set(kind, (tally.get(kind) ?? 0) + 1);
        }
      }
    });
    await fc.assert(compared, { numRuns: Math.ceil(traces / tracesPerPolicy) });
    const share = (kind: string) => (tally.get(kind) ?? 0) / all;
    const rare = Object.entries(leastShares).filter(([kind, least]) => share(kind) < least);
    expect(rare, JSON.stringify(Object.fromEntries([...tally.keys()].map((kind) => [kind, share(kind)])))).toEqual([]);
    expect(share("either"), "too often any answer is right").toBeLessThan(0.03);
  },
  timeout,
);

function kindsOf(document: StatefulDocument, { said: { code, rule }, answers }: Agreement): readonly string[] {
  const kinds = [code, ...(answers > 1 && code !== "history_forbids" ? ["either"] : [])];
  if (code === "runaway" || rule === "lethal-trifecta") kinds.push(String(rule));
  for (const { id, kind, per = "session", ...terms } of document.rules) {
    if (id !== rule) continue;
    kinds.push(
      "deny" in kind ? "after deny" : "on" in kind ? "after on" : "before" in kind ? "before" : "together",
      `rule per ${per}`,
      ...(["within", "same", "when"] as const).filter((name) => terms[name] !== undefined),
    );
    if ("after" in kind && kind.after.length > 1) kinds.push("after, a list");
    if ("approval" in kind && kind.approval) kinds.push("together with approval");
  }
  for (const { id, at, per, scope, tool } of document.limits) {
    if (id !== rule) continue;
    kinds.push("max" in at ? "max" : "concurrent");
    if (scope !== undefined) kinds.push("limit with scope");
    if (tool !== undefined) kinds.push("limit with tool");
    if (per.length > 1) kinds.push("limit per several");
  }
  for (const { id, over, scope } of document.budgets) {
    if (id !== rule) continue;
    kinds.push(typeof over === "string" ? over : "rolling");
    if (scope !== undefined) kinds.push("budget with scope");
  }
  return kinds;
}
