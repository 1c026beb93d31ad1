import { emptyPlan, type Plan, StateStoreError } from "@ambit/core";
import { ConformanceError } from "../conformance-error.ts";
import {
  account,
  acyclic,
  count,
  end,
  fewer,
  flip,
  follow,
  grow,
  mark,
  markAfter,
  type NamedCheck,
  type NamedEffect,
  off,
  planOf,
  release,
  reserve,
  reset,
  settle,
  shorter,
  spend,
  start,
  unmark,
  unmarked,
  unspent,
} from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import {
  answerOf,
  expectEqual,
  expectHeld,
  holds,
  neverHolds,
  refuses,
  stepsCase,
  storeCase,
  takes,
} from "../try-store.ts";

/** Every kind of effect, and what a check sees before it and must go on to see where it did not happen. */
const untouched: readonly (readonly [
  id: string,
  effect: NamedEffect,
  check: NamedCheck,
  seen: readonly [number, number],
])[] = [
  ["reserve", reserve("a", "e2", 5), account("a", 0), [10, 0]],
  ["reserve-new", reserve("n", "e2", 5), account("n", 0), [0, 0]],
  ["settle", settle("a", "e1", 5), account("a", 0), [10, 0]],
  ["release", release("a", "e1"), account("a", 0), [10, 0]],
  ["count", count("c", 1_000), fewer("c", 9, 1_000), [1, 0]],
  ["mark", mark("m"), unmarked("m", start + 1), [0, start]],
  ["mark-new", mark("n"), unmarked("n"), [0, 0]],
  ["mark-after", markAfter("n", "m"), unmarked("n"), [0, 0]],
  ["unmark", unmark("m"), unmarked("m", start + 1), [0, start]],
  ["grow", grow("s"), shorter("s", 9), [1, 0]],
  ["break", end("s"), shorter("s", 9), [1, 0]],
  ["follow", follow("t", "b"), acyclic("t", "c", 2), [0, 0]],
  ["spend", spend("n"), unspent("n"), [0, 0]],
  ["throw", flip("n", start + 99), off("n"), [0, 0]],
];

const before: readonly NamedEffect[] = [
  reserve("a", "e1", 10),
  count("c", 1_000),
  mark("m"),
  grow("s"),
  follow("t", "a"),
  flip("w", start + 50),
];

/** A plan is one step. */
export const planCases: readonly StoreCase[] = [
  storeCase(
    { id: "plan-empty", title: "a plan that asks nothing holds and says which state it is" },
    async ({ store }) => {
      const first = await answerOf(store, emptyPlan(start));
      const second = await answerOf(store, emptyPlan(0));
      if (first instanceof StateStoreError || second instanceof StateStoreError) {
        throw new ConformanceError("an empty plan is rejected");
      }
      expectEqual([first.held, first.observed, second.held], [true, [], true], "the empty plan");
      if (first.epoch === "") throw new ConformanceError("the answer names no epoch");
      expectEqual(second.epoch, first.epoch, "the epoch of the same state");
    },
  ),
  storeCase(
    { id: "plan-epoch", title: "S1: every answer of one life of the state names the same epoch" },
    async ({ store }) => {
      const plans = [
        { effects: [reserve("a", "e1", 10)] },
        { checks: [account("a", 1, { limit: 0 })] },
        { checks: [account("a", 1)], partition: "another" },
        { effects: [mark("m")], now: start + 1e12 },
      ];
      const epochs = new Set<string>();
      for (const plan of plans) {
        const answer = await answerOf(store, planOf(plan));
        if (answer instanceof StateStoreError) throw new ConformanceError(`rejected with ${answer.code}`);
        epochs.add(answer.epoch);
      }
      expectEqual(epochs.size, 1, "the number of epochs");
    },
  ),
  stepsCase("plan-first-failure", "the first check that fails is named, and those after it are not made", [
    takes({ effects: before }),
    refuses({ checks: [account("a", 0), unmarked("m"), off("w")] }, [10, 0], [1, start]),
    refuses({ checks: [off("w"), unmarked("m")] }, [1, start + 50]),
    refuses(
      { checks: [account("a", 0), fewer("c", 2, 1_000), shorter("s", 2), off("w")] },
      [10, 0],
      [1, 0],
      [1, 0],
      [1, start + 50],
    ),
  ]),
  stepsCase("plan-every-check", "every kind of check stands beside every other", [
    holds(
      {
        checks: [
          off("w"),
          fewer("c", 1, 1_000),
          shorter("s", 1),
          acyclic("t", "a", 2),
          unmarked("m"),
          { kind: "incomplete", keys: ["m", "n"], since: 0 },
          unspent("k"),
          account("a", 10),
          account("b", 10, { window: { kind: "rolling", span: 1_000 } }),
        ],
        effects: [...before, spend("k")],
      },
      ...Array.from({ length: 9 }, () => [0, 0] as const),
    ),
    refuses({ checks: [unspent("k")] }, [1, 0]),
  ]),
  ...untouched.map(([id, effect, check, seen]) =>
    stepsCase(`plan-refused:${id}`, `B5, E6: a refused plan does nothing at all: ${id}`, [
      takes({ effects: before }),
      refuses({ checks: [check, off("w")], effects: [effect], now: start + 2 }, seen, [1, start + 50]),
      holds({ checks: [check], now: start + 2 }, seen),
    ]),
  ),
  stepsCase("plan-refused:reset", "B5, R7: a refused plan resets no switch", [
    takes({ effects: before }),
    refuses({ checks: [unmarked("m")], effects: [reset("w")] }, [1, start]),
    refuses({ checks: [off("w")] }, [1, start + 50]),
  ]),
  ...untouched.map(([id, effect, check, seen]) =>
    stepsCase(`plan-faulty:${id}`, `B5: where one effect cannot happen, none before or after it does: ${id}`, [
      takes({ effects: before }),
      neverHolds({ effects: [effect, reserve("z", "e9", Number.NaN)], now: start + 2 }),
      neverHolds({ effects: [reserve("z", "e9", 0.5), effect], now: start + 2 }),
      holds({ checks: [check], now: start + 2 }, seen),
    ]),
  ),
  stepsCase("plan-one-key-often", "a plan may check and change one cell several times, in order", [
    takes({ effects: [count("c", 1_000), count("c", 1_000), grow("s"), end("s"), grow("s"), mark("m"), unmark("m")] }),
    holds(
      { checks: [fewer("c", 3, 1_000), shorter("s", 2), unmarked("m"), unmarked("m")] },
      [2, 0],
      [1, 0],
      [0, 0],
      [0, 0],
    ),
  ]),
  storeCase(
    { id: "plan-unknown-key", title: "D3: a plan that names a key it does not have is rejected" },
    async ({ store }) => {
      const plans: readonly Plan[] = [
        { ...emptyPlan(start), checks: [{ kind: "unmarked", key: 0, since: 0 }] },
        {
          ...emptyPlan(start),
          keys: ["k"],
          effects: [
            { kind: "mark", key: 0, keep: 0 },
            { kind: "grow", keep: 0, key: 1 },
          ],
        },
      ];
      for (const plan of plans) {
        const answer = await answerOf(store, plan);
        if (!(answer instanceof StateStoreError)) throw new ConformanceError("a plan without its keys is answered");
      }
      await expectHeld(store, { partition: "", checks: [unmarked("k")] }, [[0, 0]]);
    },
  ),
  stepsCase("plan-large", "a plan of sixty checks and effects is one step", [
    holds(
      {
        checks: Array.from({ length: 60 }, (_, index) => account(`a${index}`, 1)),
        effects: Array.from({ length: 60 }, (_, index) => reserve(`a${index}`, "e1", index)),
      },
      ...Array.from({ length: 60 }, () => [0, 0] as const),
    ),
    holds(
      { checks: Array.from({ length: 60 }, (_, index) => account(`a${index}`, 0)) },
      ...Array.from({ length: 60 }, (_, index) => [index, 0] as const),
    ),
  ]),
];
