import { emptyPlan, type StateStore, StateStoreError } from "@ambit/core";
import { ConformanceError } from "../conformance-error.ts";
import {
  account,
  acyclic,
  count,
  end,
  expire,
  fewer,
  flip,
  follow,
  grow,
  mark,
  markAfter,
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
import { answerOf, expectEqual, expectHeld, storeCase } from "../try-store.ts";

const day = 86_400_000;

/** What becomes of the state when a store is full, opened again, out of reach or emptied. */
export const lifeCases: readonly StoreCase[] = [
  storeCase(
    {
      id: "cap-refuses-new",
      title: "R1, S1: at its cap a store refuses a new cell, and forgets none",
      needs: ["cap"],
      options: { maximumCells: 2 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 60), mark("m")] });
      await expectFull(store, "b");
      await expectHeld(store, { checks: [account("a", 0), account("b", 0)] }, [
        [60, 0],
        [0, 0],
      ]);
      const forbidden = await answerOf(store, planOf({ checks: [unmarked("m")] }));
      if (forbidden instanceof StateStoreError || forbidden.held) {
        throw new ConformanceError("the mark is gone at the cap: eviction is amnesty");
      }
    },
  ),
  storeCase(
    {
      id: "cap-keeps-working",
      title: "R1: at its cap a store goes on with the cells that it has",
      needs: ["cap"],
      options: { maximumCells: 2 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 60), count("c", 1_000)] });
      await expectFull(store, "b");
      await expectHeld(store, { checks: [account("a", 40)], effects: [reserve("a", "e2", 40), count("c", 1_000)] }, [
        [60, 0],
      ]);
      await expectHeld(store, { effects: [settle("a", "e1", 1)] });
      await expectHeld(store, { checks: [account("a", 0), fewer("c", 3, 1_000)] }, [
        [41, 0],
        [2, 0],
      ]);
    },
  ),
  storeCase(
    {
      id: "cap-asking-is-free",
      title: "R1: to ask about a cell, or to end what is not there, makes none",
      needs: ["cap"],
      options: { maximumCells: 1 },
    },
    async ({ store }) => {
      const rollingWindow = { kind: "rolling", span: 1_000 } as const;
      for (let index = 0; index < 5; index += 1) {
        await expectHeld(store, {
          checks: [
            account(`a${index}`, 1),
            account(`r${index}`, 1, { window: rollingWindow }),
            fewer(`c${index}`, 1, 1_000),
            unmarked(`m${index}`),
            shorter(`s${index}`, 1),
            acyclic(`t${index}`, "x", 2),
            unspent(`k${index}`),
            off(`w${index}`),
          ],
          effects: [
            settle(`a${index}`, "e1", 5),
            release(`r${index}`, "e1"),
            expire(`x${index}`, "e1"),
            unmark(`m${index}`),
            markAfter(`n${index}`, `m${index}`),
            end(`s${index}`),
            reset(`w${index}`),
          ],
        });
      }
      await expectHeld(store, { effects: [mark("m")] });
      await expectFull(store, "b");
    },
  ),
  storeCase(
    {
      id: "cap-all-or-none",
      title: "B5: a plan that does not fit under the cap as a whole does nothing",
      needs: ["cap"],
      options: { maximumCells: 2 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 60)] });
      const answer = await answerOf(store, planOf({ effects: [reserve("a", "e2", 5), mark("m"), grow("s")] }));
      expectEqual(answer instanceof StateStoreError && answer.code, "state_capacity", "the rejection at the cap");
      await expectHeld(store, { checks: [account("a", 0), unmarked("m"), shorter("s", 1)] }, [
        [60, 0],
        [0, 0],
        [0, 0],
      ]);
      await expectHeld(store, { effects: [mark("m")] });
    },
  ),
  storeCase(
    {
      id: "cap-makes-room",
      title: "R1: at its cap a store gives up what nobody can ask about any more, and only that",
      needs: ["cap"],
      options: { maximumCells: 3 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 60), count("c", 1_000), mark("m")] });
      await expectFull(store, "b");
      await expectHeld(store, { effects: [mark("new")], now: start + 5 * day });
      await expectHeld(store, { checks: [account("a", 0, { limit: 60 })], now: start }, [[60, 0]]);
      await expectFull(store, "b", start + 5 * day);
    },
  ),
  storeCase(
    {
      id: "reopen-finds-state",
      title: "S1: who opens a store again finds all of its state, in the same epoch",
      needs: ["reopen"],
    },
    async ({ store, reopen }) => {
      await expectHeld(store, {
        effects: [
          reserve("a", "e1", 60),
          reserve("r", "e1", 7, { window: { kind: "rolling", span: 1_000 } }),
          count("c", 1_000),
          mark("m"),
          grow("s"),
          follow("t", "x"),
          follow("t", "y"),
          follow("t", "x"),
          spend("k"),
          flip("w", start + 50),
        ],
      });
      await expectHeld(store, { effects: [settle("a", "e1", 50), settle("r", "e1", 6)] });
      const again = await opened(reopen);
      const window = { kind: "rolling", span: 1_000 } as const;
      await expectHeld(
        again,
        { checks: [account("a", 0), account("r", 0, { window }), fewer("c", 2, 1_000), shorter("s", 2)] },
        [
          [50, 0],
          [6, 0],
          [1, 0],
          [1, 0],
        ],
      );
      for (const check of [unmarked("m"), unspent("k"), off("w"), acyclic("t", "y", 2)]) {
        const answer = await answerOf(again, planOf({ checks: [check] }));
        expectEqual(answer instanceof StateStoreError || answer.held, false, `${check.kind} after opening again`);
      }
      expectEqual(await epochOf(again), await epochOf(store), "the epoch after opening again");
    },
  ),
  storeCase(
    { id: "reopen-sees-writes", title: "B1: what one handle charges, another sees at once", needs: ["reopen"] },
    async ({ store, reopen }) => {
      const other = await opened(reopen);
      for (let round = 0; round < 10; round += 1) {
        const [writer, reader] = round % 2 === 0 ? [store, other] : [other, store];
        await expectHeld(writer, { effects: [reserve("a", `e${round}`, 1)] });
        await expectHeld(reader, { checks: [account("a", 0)] }, [[round + 1, 0]]);
      }
    },
  ),
  storeCase(
    { id: "lost-state", title: "S1: a store that lost its state is of another epoch", needs: ["lose"] },
    async ({ store, lose }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 60)] });
      const epoch = await epochOf(store);
      if (lose === undefined)
        throw new ConformanceError("the harness says that it can lose state, but offers no way to");
      const emptied = await lose();
      if ((await epochOf(emptied)) === epoch)
        throw new ConformanceError("the emptied store is of the epoch that it was before");
      const stale = await answerOf(store, emptyPlan(start));
      if (!(stale instanceof StateStoreError) && stale.epoch === epoch) {
        throw new ConformanceError("a handle from before the loss still answers with the epoch from before it");
      }
    },
  ),
  storeCase(
    {
      id: "paused-backend",
      title: "R6: a backend that does not answer admits nothing, and afterwards what was admitted is what was charged",
      needs: ["pause"],
    },
    async ({ store, pause, resume }) => {
      if (pause === undefined || resume === undefined) {
        throw new ConformanceError("the harness says that it can pause, but offers no way to");
      }
      await expectHeld(store, { effects: [reserve("a", "e1", 10)] });
      await pause();
      const pending = Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          answerOf(store, planOf({ checks: [account("a", 10)], effects: [reserve("a", `p${index}`, 10)] })),
        ),
      );
      await resume();
      const answers = await pending;
      const admitted = answers.filter((answer) => !(answer instanceof StateStoreError) && answer.held).length;
      const unknown = answers.filter((answer) => answer instanceof StateStoreError).length;
      const seen = await expectHeld(store, { checks: [account("a", 0, { limit: 1_000 })] });
      const spent = seen.observed[0]?.value ?? -1;
      if (spent < 10 + 10 * admitted || spent > 10 + 10 * (admitted + unknown)) {
        throw new ConformanceError(`${admitted} calls admitted and ${unknown} unknown, but ${spent} spent`);
      }
    },
  ),
];

async function expectFull(store: StateStore, key: string, now = start): Promise<void> {
  const answer = await answerOf(store, planOf({ effects: [reserve(key, "e9", 1)], now }));
  expectEqual(answer instanceof StateStoreError && answer.code, "state_capacity", "a new cell at the cap");
}

async function opened(reopen: (() => Promise<StateStore>) | undefined): Promise<StateStore> {
  if (reopen === undefined) throw new ConformanceError("the harness says that it can reopen, but offers no way to");
  return reopen();
}

async function epochOf(store: StateStore): Promise<string> {
  const answer = await answerOf(store, emptyPlan(start));
  if (answer instanceof StateStoreError) throw new ConformanceError(`an empty plan is rejected: ${answer.message}`);
  return answer.epoch;
}
