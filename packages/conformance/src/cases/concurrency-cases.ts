import { type StateStore, StateStoreError } from "@ambit/core";
import { ConformanceError } from "../conformance-error.ts";
import {
  account,
  count,
  fewer,
  grow,
  mark,
  type NamedPlan,
  planOf,
  reserve,
  settle,
  shorter,
  spend,
  unmarked,
  unspent,
} from "../named-plan.ts";
import type { StoreCase, TestedStore } from "../store-case.ts";
import { answerOf, expectEqual, expectHeld, storeCase } from "../try-store.ts";

const many = 64;
const all = { limit: Number.MAX_SAFE_INTEGER };

/** Many at once. */
export const concurrencyCases: readonly StoreCase[] = [
  storeCase(
    {
      id: "concurrent-account",
      title: "B1: of 64 calls at once, exactly as many are admitted as the limit has room for",
    },
    async ({ store }) => {
      const held = await together(store, (index) => ({
        checks: [account("a", 10, { limit: 100 })],
        effects: [reserve("a", `e${index}`, 10)],
      }));
      expectEqual(held, 10, "calls admitted");
      await expectHeld(store, { checks: [account("a", 0, all)] }, [[100, 0]]);
    },
  ),
  storeCase(
    {
      id: "concurrent-two-accounts",
      title: "B5: of 64 calls at once on two accounts, none is charged on only one of them",
    },
    async ({ store }) => {
      const held = await together(store, (index) => ({
        checks: [account("a", 1, { limit: 40 }), account("b", 1, { limit: 20 })],
        effects: [reserve("a", `e${index}`, 1), reserve("b", `e${index}`, 1)],
      }));
      expectEqual(held, 20, "calls admitted");
      await expectHeld(store, { checks: [account("a", 0, all), account("b", 0, all)] }, [
        [20, 0],
        [20, 0],
      ]);
    },
  ),
  storeCase(
    {
      id: "concurrent-crosswise",
      title: "B5: calls that take two accounts in opposite order all end, and none is charged by half",
    },
    async ({ store }) => {
      const held = await together(store, (index) => {
        const [one, other] = index % 2 === 0 ? ["a", "b"] : ["b", "a"];
        return {
          checks: [account(one, 1, { limit: 30 }), account(other, 1, { limit: 30 })],
          effects: [reserve(one, `e${index}`, 1), reserve(other, `e${index}`, 1)],
        };
      });
      expectEqual(held, 30, "calls admitted");
      await expectHeld(store, { checks: [account("a", 0, all), account("b", 0, all)] }, [
        [30, 0],
        [30, 0],
      ]);
    },
  ),
  storeCase(
    { id: "concurrent-counter", title: "B11: of 64 calls at once, a counter admits exactly its limit" },
    async ({ store }) => {
      const held = await together(store, () => ({ checks: [fewer("c", 7, 1_000)], effects: [count("c", 1_000)] }));
      expectEqual(held, 7, "calls admitted");
    },
  ),
  storeCase({ id: "concurrent-token", title: "A2: of 64 calls at once, one spends the token" }, async ({ store }) => {
    expectEqual(await together(store, () => ({ checks: [unspent("k")], effects: [spend("k")] })), 1, "tokens spent");
  }),
  storeCase(
    { id: "concurrent-after", title: "S3: of two calls at once that forbid each other, one is admitted" },
    async ({ store }) => {
      const held = await together(store, (index) => {
        const [mine, theirs] = index % 2 === 0 ? ["read", "mail"] : ["mail", "read"];
        return { checks: [unmarked(theirs)], effects: [mark(mine)], partition: `pair ${index >> 1}` };
      });
      expectEqual(held, many / 2, "calls admitted");
    },
  ),
  storeCase({ id: "concurrent-streak", title: "no addition is lost among 64 at once" }, async ({ store }) => {
    expectEqual(await together(store, () => ({ effects: [grow("s")] })), many, "plans taken");
    await expectHeld(store, { checks: [shorter("s", 1_000)] }, [[many, 0]]);
  }),
  storeCase(
    { id: "concurrent-settlements", title: "B3: of 64 settlements of one reservation at once, one counts" },
    async ({ store }) => {
      await expectHeld(store, { effects: [reserve("a", "e1", 50), reserve("a2", "e1", 1)] });
      await together(store, () => ({ effects: [settle("a", "e1", 30)] }));
      await expectHeld(store, { checks: [account("a", 0, all)] }, [[30, 0]]);
    },
  ),
  storeCase(
    { id: "concurrent-reserve-and-settle", title: "B2: reserving and settling at once lose and invent no money" },
    async ({ store }) => {
      for (let round = 0; round < 4; round += 1) {
        await together(store, (index) => ({ effects: [reserve("a", `${round}:${index}`, 10)] }));
        await together(store, (index) =>
          index % 2 === 0
            ? { effects: [settle("a", `${round}:${index}`, 3)] }
            : { checks: [account("a", 0, all)], effects: [reserve("a", `${round}:extra ${index}`, 1)] },
        );
      }
      // 32 settled with 3, 32 still holding 10, 32 holding 1; four times.
      await expectHeld(store, { checks: [account("a", 0, all)] }, [[4 * (96 + 320 + 32), 0]]);
    },
  ),
  storeCase(
    {
      id: "concurrent-processes",
      title: "B1: the limit holds for calls from several handles at once",
      needs: ["reopen"],
    },
    async (tested) => {
      const stores = [tested.store, await another(tested), await another(tested), await another(tested)];
      const answers = await Promise.all(
        stores.flatMap((store, handle) =>
          Array.from({ length: 16 }, (_, index) =>
            heldBy(store, {
              checks: [account("a", 10, { limit: 250 })],
              effects: [reserve("a", `${handle}:${index}`, 10)],
            }),
          ),
        ),
      );
      expectEqual(answers.filter(Boolean).length, 25, "calls admitted");
      await expectHeld(tested.store, { checks: [account("a", 0, all)] }, [[250, 0]]);
    },
  ),
];

/** Applies 64 plans at once, and says how many were taken. */
async function together(store: StateStore, plan: (index: number) => NamedPlan): Promise<number> {
  const answers = await Promise.all(Array.from({ length: many }, (_, index) => heldBy(store, plan(index))));
  return answers.filter(Boolean).length;
}

async function heldBy(store: StateStore, plan: NamedPlan): Promise<boolean> {
  const answer = await answerOf(store, planOf(plan));
  if (answer instanceof StateStoreError) {
    throw new ConformanceError(`rejected with ${answer.code}: ${answer.message}`, { cause: answer });
  }
  return answer.held;
}

async function another({ reopen }: TestedStore): Promise<StateStore> {
  if (reopen === undefined) throw new ConformanceError("the harness says that it can reopen, but offers no way to");
  return reopen();
}
