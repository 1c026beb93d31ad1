import {
  createAuthorizer,
  createMemoryStore,
  type Decision,
  type ObligationHandler,
  type Policy,
  type ResultClassifier,
} from "@ambit/core";
import { compareDecision, type Difference } from "./compare-decision.ts";
import { listRules } from "./list-rules.ts";
import type { PolicyTest, ScriptedCall } from "./policy-test.ts";

/** What became of one call. */
export interface CallResult {
  readonly call: ScriptedCall;
  /** Epoch milliseconds, when it was made. */
  readonly now: number;
  readonly decision: Decision;
  readonly differences: readonly Difference[];
}

/** What became of one test. */
export interface TestResult {
  readonly test: PolicyTest;
  readonly passed: boolean;
  readonly calls: readonly CallResult[];
}

/**
 * Makes a test's calls in their order, as an application would: each is authorized and, where it is permitted, run with a
 * tool that does nothing. History and budgets are those of this test alone, and time passes only where the test says so.
 * Rejects where the authorizer reports a fault of its own.
 */
export async function runPolicyTest(policy: Policy, test: PolicyTest): Promise<TestResult> {
  let { now } = test;
  let finds: readonly string[] = [];
  const faults: unknown[] = [];
  const authorizer = createAuthorizer({
    policy,
    store: createMemoryStore(),
    clock: () => now,
    obligations: performEverything(policy),
    classifiers: findEverything(policy, () => finds),
    costs: Object.fromEntries(Object.entries(test.costs).map(([name, cost]) => [name, () => cost])),
    onFault: (fault) => faults.push(fault),
  });
  const calls: CallResult[] = [];
  for (const [index, call] of test.calls.entries()) {
    now += call.after;
    const asked = { tool: call.tool, arguments: call.arguments, id: `call ${index + 1}` };
    const decision = await authorizer.authorize(asked, test.context);
    // The permit just given is taken by this run: the call is decided and charged once.
    finds = call.finds;
    const ran = decision.allowed
      ? await authorizer.run(asked, test.context, () => pretend(call)).catch(onlyScripted)
      : undefined;
    if (faults.length > 0) throw new Error("a call could not be judged or settled", { cause: faults[0] });
    const withheld = ran?.executed === false ? ran.decision : undefined;
    calls.push({ call, now, decision, differences: compareDecision({ decision, withheld }, call.expected) });
  }
  return { test, passed: calls.every(({ differences }) => differences.length === 0), calls };
}

/** Thrown by a tool that the test lets fail. */
class ScriptedFailure extends Error {
  override readonly name = "ScriptedFailure";
}

function pretend({ fails }: ScriptedCall): void {
  if (fails) throw new ScriptedFailure("the test lets this call fail");
}

function onlyScripted(error: unknown): undefined {
  if (!(error instanceof ScriptedFailure)) throw error;
}

/** What the policy asks of an application is not what is tested: every duty counts as performed. */
function performEverything(policy: Policy): Record<string, ObligationHandler> {
  const types = listRules(policy).flatMap(({ terms }) => terms?.obligations.map(({ type }) => type) ?? []);
  return Object.fromEntries(types.map((type) => [type, () => {}]));
}

/** Every classifier of the policy: it finds what the test says, of what the policy lists for it. */
function findEverything(policy: Policy, finds: () => readonly string[]): Record<string, ResultClassifier> {
  const rules = [...(policy.tools?.values() ?? [])].flatMap(({ classifiers }) => classifiers);
  return Object.fromEntries(
    rules.map(({ by }) => [
      by,
      ({ tool }) => {
        const listed = policy.tools?.get(tool)?.classifiers.find((classifier) => classifier.by === by)?.labels ?? [];
        return finds().filter((label) => listed.includes(label));
      },
    ]),
  );
}
