import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCalendar } from "../calendar.ts";
import { type KnownContext, readContext } from "../call-context.ts";
import { environmentOf } from "../judge-call.ts";
import { KnownCallers } from "../known-callers.ts";
import type { MicroUnits } from "../money.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { JsonObject } from "../tool-call.ts";
import { CallPlanner } from "./call-planner.ts";
import type { CallPlan } from "./plan-builder.ts";
import { type PlanRequest, planCall } from "./plan-call.ts";

const rules = `
rules:
  - { id: ever, after: label:secret, deny: tool:send }
  - { id: lately, after: [label:secret, tool:read], deny: tool:send, within: 10m, per: user }
  - { id: both, together: [tool:read, tool:send], within: 1h }
  - { id: first, before: tool:send, require: tool:read, within: 1d }`;
const bounds = `
limits:
  - { per: user, max: 5, window: 1m }
  - { per: [session, tool], scope: tool:read, max: 9, window: 1m }
  - { per: agent, concurrent: 2 }
budgets:
  - { per: user, limit: 10, window: day }
  - { per: session, limit: 10, rolling: 1h }
  - { per: tenant, limit: 100, window: lifetime, scope: tool:send }`;
const policies = [
  rules + bounds,
  `${bounds}\nrunaway: { failures: 3, denials: 3 }`,
  `${bounds}\nrunaway: { identical: { max: 5, window: 1m }, cycles: 3 }`,
  `
rules:
  - { id: when, after: tool:read, deny: tool:send, when: 'args.to == "x"' }
  - { id: same, after: tool:read, deny: tool:send, same: args.to }
  - { id: both, together: [tool:read, tool:send], within: 1h, same: args.to, when: args.n > 1 }
  - { id: list, after: [label:secret, tool:read], deny: tool:send, same: args.n }
  - { id: first, before: tool:send, require: tool:read, same: args.to, within: 10m }
runaway: { cycles: 3 }`,
].map((text) => parsePolicy(`policies: [{ role: rep, allow: ["**"] }]${text}`));
const calendar = createCalendar("Europe/Berlin");

const sessionEnds = Date.UTC(2026, 2, 29, 12);
const contexts = ["s", "t"].flatMap((session) =>
  ["acme", ""].flatMap((tenant): KnownContext[] => {
    const subject = { id: `user of ${session}`, issuer: tenant, tenant, roles: [], scopes: [] };
    const { context } = readContext({ subject, actor: { id: `bot of ${session}` }, session });
    if (context === undefined) throw new Error("the context could not be read");
    return [context, { ...context, session: `${session} that ends`, sessionEnds }];
  }),
);

interface Asked {
  readonly context: KnownContext;
  readonly tool: string;
  readonly scopes: readonly string[];
  readonly labels: readonly string[];
  readonly cost: number;
  readonly args: JsonObject;
  /** Milliseconds since the call before it. */
  readonly passed: number;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  context: fc.constantFrom(...contexts),
  tool: fc.constantFrom("a", "b"),
  scopes: fc.constantFrom(["tool:read"], ["tool:send"], ["tool:read", "tool:send"]),
  labels: fc.constantFrom([], ["secret"]),
  cost: fc.constantFrom(0, 1_000_000),
  args: fc.record({ to: fc.constantFrom("x", "y", ["x", "y"], null), n: fc.constantFrom(1, 2) }, { requiredKeys: [] }),
  passed: fc.oneof(fc.constant(1), fc.integer({ min: -10, max: 600_000 }), fc.integer({ min: -2e8, max: 2e8 })),
});

/** The requests of calls one after the other. `begins`: the moment of the first, in epoch milliseconds. */
function requests(policy: PlanRequest["policy"], begins: number, calls: readonly Asked[]): PlanRequest[] {
  let now = begins;
  return calls.map(({ context, tool, scopes, labels, cost, args, passed }, index) => {
    now = Math.max(0, now + passed);
    const requirement = { scopes, labels, classifiers: [], cost: cost as MicroUnits, named: true }; // Safe integers.
    const environment = environmentOf(context, args, now);
    const occasion = { now, leaseUntil: now + 1_000, evaluationId: `e${index}` };
    return { policy, calendar, context, tool, requirement, environment, arguments: args, occasion };
  });
}

/** One planner's plans. */
function plansUnder(policy: PlanRequest["policy"]): (request: PlanRequest) => CallPlan {
  const callers = new KnownCallers(policy);
  const planner = new CallPlanner(callers);
  return (request) => planner.plan(request, request.requirement, callers.of(request.context));
}

/** Expects the same plans, but for cells that are kept longer than is needed. */
function keepAsLong(planned: CallPlan, anew: CallPlan): void {
  const keeps = (plan: CallPlan) =>
    [...plan.plan.effects, ...plan.whenSucceeded, ...plan.whenFailed].map((effect) =>
      "keep" in effect ? (effect.keep === 0 ? Number.POSITIVE_INFINITY : effect.keep) : 0,
    );
  const needed = keeps(anew);
  for (const [index, keep] of keeps(planned).entries()) expect(keep).toBeGreaterThanOrEqual(needed[index] ?? 0);
  const rest = (plan: CallPlan) =>
    JSON.stringify(plan, (name, value: unknown) => (name === "keep" ? undefined : value));
  expect(rest(planned)).toBe(rest(anew));
}

describe("a planner that remembers plans plans as one that does not", () => {
  it.each(policies.map((policy, index) => [index + 1, policy] as const))(
    "D5: whatever is asked in whatever order, at whatever times, under policy %d",
    (_number, policy) => {
      // From the first moments on, in which whatever looks back looks back at all there is.
      const begins = fc.constantFrom(0, 1_000, Date.UTC(2026, 2, 28, 22, 59), Date.UTC(2026, 9, 25));
      fc.assert(
        fc.property(begins, fc.array(asked, { minLength: 2, maxLength: 30 }), (start, calls) => {
          const plan = plansUnder(policy);
          for (const request of requests(policy, start, calls)) {
            const planned = plan(request);
            const anew = planCall(request).call;
            // What is kept until the session's end may be kept for as long from then on.
            if (request.context.sessionEnds !== undefined) keepAsLong(planned, anew);
            else expect(planned).toEqual(anew);
          }
        }),
      );
    },
  );

  const [policy, context] = [policies[0], contexts[0]];
  if (policy === undefined || context === undefined) throw new Error("there is nothing to plan");
  const call: Asked = { context, tool: "a", scopes: ["tool:send"], labels: [], cost: 0, args: { to: "x" }, passed: 1 };
  const begins = 1_000_000_000;

  it("has the same causes, and checks of no moment, in the plans of all contexts", () => {
    const plain = parsePolicy(`policies: [{ role: rep, allow: ["**"] }]${bounds}`);
    const plan = plansUnder(plain);
    const calls = contexts.filter((each) => each.sessionEnds === undefined).map((each) => ({ ...call, context: each }));
    const [first, ...others] = requests(plain, begins, calls).map((request) => plan(request));
    expect(others).toHaveLength(3);
    for (const other of others) {
      expect(other.causes).toBe(first?.causes);
      expect(other.plan.checks).toBe(first?.plan.checks);
      expect(other.plan.keys).not.toEqual(first?.plan.keys);
    }
  });

  it("D5: lets no store that writes into a plan change those of later calls", () => {
    const plan = plansUnder(policy);
    const [first, second] = requests(policy, begins, [call, call]);
    if (first === undefined || second === undefined) throw new Error("there is nothing to plan");
    const { plan: given, whenSucceeded } = plan(first);
    for (const step of [...given.checks, ...given.effects, ...whenSucceeded]) {
      for (const name of Object.keys(step)) Reflect.set(step, name, 0);
    }
    for (const list of [given.checks, given.keys, given.effects]) Reflect.set(list, "length", 0);
    expect(plan(second)).toEqual(planCall(second).call);
  });

  it("uses the keys of an earlier plan again where nothing else differs", () => {
    const plan = plansUnder(policy);
    const plans = requests(policy, begins, [call, call, { ...call, cost: 1 }]).map((request) => plan(request));
    const [first, second, dearer] = plans.map(({ plan }) => plan.keys);
    expect(second).toBe(first);
    expect(dearer).not.toBe(first);
  });

  it("R2: asks each condition once to find a plan that is used again, however many plans differ in what arguments there are", () => {
    const names = ["p", "q", "r"];
    const same = names
      .map((name) => `\n  - { id: ${name}, after: tool:read, deny: tool:send, same: args.${name} }`)
      .join("");
    const slow = parsePolicy(
      `policies: [{ role: rep, allow: ["**"] }]\nrules:\n  - { id: slow, after: tool:read, deny: tool:send, when: 'subject.id != "x"' }${same}`,
    );
    const plan = plansUnder(slow);
    const calls = Array.from({ length: 8 }, (_, present): Asked => {
      const given = names.filter((_name, place) => present & (1 << place));
      return { ...call, args: Object.fromEntries(given.map((name) => [name, 1])) };
    });
    for (const request of requests(slow, begins, calls)) plan(request);
    const [first] = requests(slow, begins + 100, calls);
    if (first === undefined) throw new Error("there is nothing to plan");
    let asked = 0;
    const environment = {
      args: first.arguments,
      actor: { id: "" },
      session: { id: "" },
      now: 0,
      get subject() {
        asked += 1;
        return { id: "u" };
      },
    };
    plan({ ...first, environment });
    expect(asked).toBe(1);
  });

  it("R1: remembers no more than a few tools of one context", () => {
    const plan = plansUnder(policy);
    const calls = Array.from({ length: 9 }, (_, index) => ({ ...call, tool: `tool ${index}` }));
    const [first] = requests(policy, begins, calls).map((request) => plan(request));
    const [again] = requests(policy, begins, calls).map((request) => plan(request));
    expect(again).toEqual(first);
    expect(again?.plan.keys).not.toBe(first?.plan.keys);
  });
});
