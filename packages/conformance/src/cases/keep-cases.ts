import { type StateStore, StateStoreError } from "@ambit/core";
import {
  account,
  acyclic,
  end,
  follow,
  grow,
  lifetimeUntil,
  mark,
  type NamedEffect,
  type NamedPlan,
  planOf,
  renew,
  reserve,
  settle,
  shorter,
  start,
} from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { answerOf, expectEqual, expectHeld, holds, refuses, stepsCase, storeCase, takes } from "../try-store.ts";

const day = 86_400_000;
/** A store may keep what nobody can ask for a while longer; after so long it gives it up for something new. */
const grace = 5 * day;
const soon = 1_000;
const ends = start + soon;
const walked = (keep: number): readonly NamedEffect[] => ["x", "y", "x"].map((entry) => follow("c", entry, keep));

/** What a cell of a kind is made by, and a plan that sees whether it is there still. */
interface KeptCell {
  readonly kind: string;
  readonly make: (keep: number) => readonly NamedEffect[];
  readonly seen: NamedPlan;
}

const cells: readonly KeptCell[] = [
  { kind: "streak", make: (keep) => [grow("c", keep), grow("c", keep)], seen: { checks: [shorter("c", 2)] } },
  { kind: "trail", make: walked, seen: { checks: [acyclic("c", "y", 2)] } },
  {
    kind: "lifetime",
    make: (keep) => [
      reserve("c", "e1", 9, { window: lifetimeUntil(keep === 0 ? Number.MAX_SAFE_INTEGER : start + keep) }),
    ],
    seen: { checks: [account("c", 1, { limit: 9 })] },
  },
];

/** What is kept until nobody can ask for it, and may be forgotten then. */
export const keepCases: readonly StoreCase[] = [
  stepsCase("streak-keep", "S1: a streak is forgotten no earlier than it was kept for", [
    takes({ effects: [grow("s", soon)] }),
    takes({ effects: [grow("s", 1)] }),
    refuses({ checks: [shorter("s", 2)], now: ends }, [2, 0]),
    takes({ effects: [end("s"), grow("s", soon)] }),
    refuses({ checks: [shorter("s", 1)], now: ends }, [1, 0]),
  ]),
  stepsCase("trail-keep", "S1: a trail is forgotten no earlier than it was kept for", [
    takes({ effects: walked(soon) }),
    refuses({ checks: [acyclic("c", "y", 2)], now: ends }, [2, 0]),
  ]),
  stepsCase("lifetime-keep", "S1, B2: what was charged for a lifetime is forgotten no earlier than it ends", [
    takes({ effects: [reserve("a", "e1", 10, { window: lifetimeUntil(ends) })] }),
    takes({ effects: [settle("a", "e1", 7)] }),
    holds({ checks: [account("a", 0, { window: lifetimeUntil(ends) })], now: ends }, [7, 0]),
    holds({ checks: [account("a", 0)], now: ends + 1 }, [7, 0]),
  ]),
  ...cells.map(givesUp),
  ...cells.map(keepsFor),
  storeCase(
    {
      id: "keep-abandoned",
      title: "R1: what nobody ever ended is given up at the cap, once its lease and its end are past",
      needs: ["cap"],
      options: { maximumCells: 2 },
    },
    async ({ store }) => {
      const window = lifetimeUntil(ends);
      await expectHeld(store, {
        effects: [reserve("a", "e1", 1, { window }), reserve("b", "e1", 1, { expiry: "release" })],
      });
      await expectHeld(store, { effects: [renew("b", "e1", start + 3 * day)], now: ends });
      await expectFull(store, ends + day);
      await expectHeld(store, { effects: [mark("m"), mark("n")], now: start + 3 * day + grace });
    },
  ),
  storeCase(
    {
      id: "keep-renewed",
      title: "S1, R1: at the cap a reservation that was renewed is kept until its new end",
      needs: ["cap"],
      options: { maximumCells: 1 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 1, { expiry: "release" })] });
      const far = start + 30 * day;
      await expectHeld(store, { effects: [renew("a", "e1", far)], now: start + 1 });
      await expectFull(store, far - 1);
      await expectHeld(store, { checks: [account("a", 0)], now: far - 1 }, [[1, 0]]);
    },
  ),
  storeCase(
    {
      id: "keep-charged-for-ever",
      title: "S1: at the cap a lifetime without an end is kept for ever, also what was a calendar's window before",
      needs: ["cap"],
      options: { maximumCells: 2 },
    },
    async ({ store }) => {
      const window = { kind: "calendar", name: "2026-01-01", ends } as const;
      await expectHeld(store, { effects: [reserve("a", "e1", 5, { window }), reserve("b", "e1", 5)] });
      await expectHeld(store, { effects: [settle("a", "e1", 5), settle("b", "e1", 5)] });
      // The policy says lifetime from now on; and there was an end, but not for all who charged.
      await expectHeld(store, {
        effects: [reserve("a", "e2", 4), reserve("b", "e2", 4, { window: lifetimeUntil(ends) })],
      });
      await expectHeld(store, { effects: [settle("a", "e2", 4), settle("b", "e2", 4)] });
      await expectFull(store, start + 100 * day);
      await expectHeld(store, { checks: [account("a", 0), account("b", 0)], now: start + 100 * day }, [
        [9, 0],
        [9, 0],
      ]);
    },
  ),
];

function givesUp({ kind, make, seen }: KeptCell): StoreCase {
  return storeCase(
    {
      id: `keep-gives-up-${kind}`,
      title: `R1: at the cap a ${kind} gives way once nobody can ask for it, and not before`,
      needs: ["cap"],
      options: { maximumCells: 1 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: make(soon) });
      await expectFull(store, ends);
      await expectSeen(store, { ...seen, now: ends });
      await expectHeld(store, { effects: [mark("new")], now: ends + grace });
    },
  );
}

function keepsFor({ kind, make, seen }: KeptCell): StoreCase {
  return storeCase(
    {
      id: `keep-${kind}-longest`,
      title: `S1: at the cap a ${kind} that was kept for ever once is kept for ever`,
      needs: ["cap"],
      options: { maximumCells: 1 },
    },
    async ({ store }) => {
      await expectHeld(store, { effects: make(0) });
      await expectHeld(store, { effects: make(soon) });
      await expectFull(store, start + 100 * day);
      await expectSeen(store, { ...seen, now: start + 100 * day });
    },
  );
}

async function expectSeen(store: StateStore, plan: NamedPlan): Promise<void> {
  const answer = await answerOf(store, planOf(plan));
  expectEqual(answer instanceof StateStoreError || answer.held, false, "what is there still refuses");
}

async function expectFull(store: StateStore, now: number): Promise<void> {
  const answer = await answerOf(store, planOf({ effects: [mark("new")], now }));
  expectEqual(answer instanceof StateStoreError && answer.code, "state_capacity", "a new cell at the cap");
}
