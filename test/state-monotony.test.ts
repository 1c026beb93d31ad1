import { createMemoryStore, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyTrace, madeCall, type TraceStep } from "./generators/call-trace.ts";
import { isPermitted, playTrace } from "./generators/play-trace.ts";
import { anyStatefulPolicy, printStatefulPolicy } from "./generators/stateful-arbitrary.ts";
import type { Caller, StatefulDocument } from "./generators/stateful-document.ts";
import { TracePlayer } from "./generators/trace-player.ts";

const runs = Number(process.env["AMBIT_PROPERTY_RUNS"] ?? 120);

function parse(document: StatefulDocument) {
  return parsePolicy(printStatefulPolicy(document));
}

/**
 * Policies of which nothing becomes more by what happens: no rule that asks for something before, and no sign of running
 * away that ends with a success, a permit or another call.
 */
const onlyForbidding = anyStatefulPolicy.map(
  ({ rules, runaway, ...document }): StatefulDocument => ({
    ...document,
    rules: rules.filter(({ kind }) => !("before" in kind)),
    runaway: runaway && { identical: runaway.identical, cooldown: runaway.cooldown },
  }),
);

/** Policies in which nothing belongs to a session. */
const withoutSessions = anyStatefulPolicy.map(
  (document): StatefulDocument => ({
    ...document,
    rules: document.rules.map(({ per, ...rule }) => ({
      ...rule,
      per: per === "agent" || per === "tenant" ? per : "user",
    })),
    trifecta: false,
    limits: document.limits
      .map((limit) => ({ ...limit, per: limit.per.filter((owner) => owner !== "session") }))
      .filter(({ per }) => per.length > 0),
    budgets: document.budgets.filter(({ per }) => per !== "session"),
    runaway: undefined,
  }),
);

/** The same with every limit on calls, money and repetition lower, as far as it can be. */
function lower(document: StatefulDocument): StatefulDocument {
  const { identical, failures, denials } = document.runaway ?? {};
  return {
    ...document,
    limits: document.limits.map(({ at, ...limit }) => ({
      ...limit,
      at: "max" in at ? { ...at, max: 1 } : { concurrent: 1 },
    })),
    budgets: document.budgets.map((budget) => ({ ...budget, limit: "1" })),
    runaway: document.runaway && {
      ...document.runaway,
      identical: identical && { ...identical, max: 1 },
      failures: failures && 1,
      denials: denials && 1,
    },
  };
}

function mapCallers(steps: readonly TraceStep[], change: (by: Caller, place: number) => Caller): readonly TraceStep[] {
  let place = 0;
  return steps.map((step) => ({
    ...step,
    calls: step.calls.map(({ call, course }) => ({ course, call: { ...call, by: change(call.by, place++) } })),
  }));
}

/** Two users whose names would run together if they were merely joined: with their issuers', or with their sessions'. */
const alike = fc
  .tuple(fc.constantFrom("|", ":", "", ",", " ", "\u0000", "|1:"), fc.boolean())
  .map(([joint, byIssuer]): readonly [Names, Names] => {
    const [outer, whole, half] = ["i", `a${joint}b`, "b"];
    if (byIssuer) {
      return [
        { issuer: outer, user: whole, session: "s" },
        { issuer: `${outer}${joint}a`, user: half, session: "s" },
      ];
    }
    return [
      { issuer: outer, user: whole, session: "s" },
      { issuer: outer, user: "a", session: `b${joint}s` },
    ];
  });
type Names = Pick<Caller, "issuer" | "user" | "session">;
const plain: readonly [Names, Names] = [
  { issuer: "idp", user: "u1", session: "s1" },
  { issuer: "other", user: "u2", session: "s2" },
];
const strange: Readonly<Record<string, string>> = {
  acme: "",
  globex: "__proto__",
  bot: "constructor",
  planner: "\u{1F600}|2[",
};
const renamed = (name: string) => strange[name] ?? name;

describe("S1, S2, D4, B9, B12: what state forbids", () => {
  const history = fc.record({
    trace: anyTrace,
    call: madeCall,
    more: fc.array(madeCall, { minLength: 1, maxLength: 3 }),
  });

  it("is never permitted for more having happened", async () => {
    await always(fc.tuple(onlyForbidding, history), async ([document, { trace, call, more }]) => {
      const policy = parse(document);
      const [plain, fuller] = [new TracePlayer(policy, trace.start), new TracePlayer(policy, trace.start)];
      for (const player of [plain, fuller]) await playTrace(document, player, trace.steps);
      for (const other of more) await fuller.make(other, "open");
      if (await isPermitted(plain, call, "succeeded")) return false;
      expect(await isPermitted(fuller, call, "succeeded")).toBe(false);
      return true;
    });
  });

  it("is never permitted once a limit is lowered, over what was spent and counted before", async () => {
    await always(fc.tuple(anyStatefulPolicy, history), async ([document, { trace, call }]) => {
      const [policy, strict] = [parse(document), parse(lower(document))];
      const [store, other] = [createMemoryStore(), createMemoryStore()];
      const [left, right] = [new TracePlayer(policy, trace.start, store), new TracePlayer(policy, trace.start, other)];
      for (const player of [left, right]) await playTrace(document, player, trace.steps);
      const stricter = new TracePlayer(strict, right.now, other);
      if (await isPermitted(left, call, "succeeded")) return false;
      expect(await isPermitted(stricter, call, "succeeded")).toBe(false);
      return true;
    });
  });

  it("is forbidden in every session alike, where nothing is said of sessions", async () => {
    const sessions = fc.array(fc.constantFrom("s1", "s2", "s3"), { minLength: 8, maxLength: 8 });
    await always(fc.tuple(withoutSessions, anyTrace, sessions), async ([document, { start, steps }, names]) => {
      const policy = parse(document);
      const one = mapCallers(steps, (by) => ({ ...by, session: "s1" }));
      const several = mapCallers(steps, (by, place) => ({ ...by, session: names[place % names.length] ?? "s1" }));
      const answers = await playTrace(document, new TracePlayer(policy, start), one);
      expect(await playTrace(document, new TracePlayer(policy, start), several)).toEqual(answers);
      return answers.some((answer) => / by (rule|limit|budget)-/.test(answer));
    });
  });

  it("does not depend on what anybody is called", async () => {
    const whose = fc.array(fc.constantFrom(0 as const, 1 as const), { minLength: 8, maxLength: 8 });
    await always(fc.tuple(anyStatefulPolicy, anyTrace, alike, whose), async ([document, trace, others, list]) => {
      const policy = parse(document);
      const play = (names: readonly [Names, Names], rename: (name: string) => string) => {
        const steps = mapCallers(trace.steps, ({ tenant, agent }, place) => ({
          tenant: rename(tenant),
          agent: rename(agent),
          ...names[list[place % list.length] ?? 0],
        }));
        return playTrace(document, new TracePlayer(policy, trace.start), steps);
      };
      const answers = await play(plain, (name) => name);
      expect(await play(others, renamed)).toEqual(answers);
      return answers.some((answer) => / by (rule|limit|budget|runaway)/.test(answer));
    });
  });
});

/** Asserts a property, which answers whether the case said anything. A tenth of them must. */
async function always<Case>(cases: fc.Arbitrary<Case>, property: (given: Case) => Promise<boolean>): Promise<void> {
  let telling = 0;
  let all = 0;
  const counted = fc.asyncProperty(cases, async (given) => {
    all += 1;
    if (await property(given)) telling += 1;
  });
  await fc.assert(counted, { numRuns: runs });
  expect(telling / all, "too few of the cases say anything").toBeGreaterThan(0.1);
}
