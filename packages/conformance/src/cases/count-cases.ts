import { count, fewer, start } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, type Step, stepsCase, takes } from "../try-store.ts";

const span = 1_000;

/** One more, if there are fewer than `limit`. */
function one(limit: number, now: number, seen: readonly [number, number]): Step {
  const plan = { checks: [fewer("c", limit, span)], effects: [count("c", span)], now };
  return seen[0] < limit ? holds(plan, seen) : refuses(plan, seen);
}

const added = (now: number, times = 1): Step =>
  takes({ effects: Array.from({ length: times }, () => count("c", span)), now });

/** How often something may happen. */
export const countCases: readonly StoreCase[] = [
  stepsCase("count-limit-reached", "B11: the limit itself is admitted, one more is not", [
    one(2, start, [0, 0]),
    one(2, start, [1, 0]),
    one(2, start, [2, start + span]),
  ]),
  stepsCase("count-to-the-millisecond", "B11: an entry counts until its span is over, to the millisecond", [
    one(2, start, [0, 0]),
    one(2, start + 500, [1, 0]),
    one(2, start + 999, [2, start + span]),
    one(2, start + 1_000, [1, 0]),
    one(2, start + 1_499, [2, start + 1_500]),
    one(2, start + 1_500, [1, 0]),
  ]),
  stepsCase("count-refusal-adds-nothing", "E6: a refused plan adds no entry, so that nobody is kept out by asking", [
    one(1, start, [0, 0]),
    one(1, start + 400, [1, start + span]),
    one(1, start + 800, [1, start + span]),
    one(1, start + 1_000, [0, 0]),
  ]),
  stepsCase("count-no-burst-at-the-edge", "B11: no interval holds twice the limit, wherever it begins", [
    added(start + 998),
    added(start + 999),
    one(2, start + 1_001, [2, start + 1_998]),
    one(2, start + 1_997, [2, start + 1_998]),
    one(2, start + 1_998, [1, 0]),
  ]),
  stepsCase("count-check-sees-before", "a check sees a counter as it was before the plan's own effects", [
    holds(
      { checks: [fewer("c", 1, span), fewer("c", 1, span)], effects: [count("c", span), count("c", span)] },
      [0, 0],
      [0, 0],
    ),
    holds({ checks: [fewer("c", 3, span)] }, [2, 0]),
  ]),
  stepsCase("count-limits-differ", "one counter answers to every limit and to every shorter span", [
    added(start),
    added(start + 100),
    added(start + 200),
    refuses({ checks: [fewer("c", 1, span)], now: start + 200 }, [3, start + 1_200]),
    refuses({ checks: [fewer("c", 2, span)], now: start + 200 }, [3, start + 1_100]),
    holds({ checks: [fewer("c", 4, span)], now: start + 200 }, [3, 0]),
    refuses({ checks: [fewer("c", 1, 150)], now: start + 249 }, [2, start + 350]),
    holds({ checks: [fewer("c", 2, 100)], now: start + 250 }, [1, 0]),
  ]),
  stepsCase("count-clock-back", "B8: a clock that steps back opens nothing, now or once it is right again", [
    one(2, start, [0, 0]),
    one(2, start - 3_600_000, [1, 0]),
    one(2, start - 3_600_000, [2, start + span]),
    one(2, start + 999, [2, start + span]),
    one(2, start + 1_000, [0, 0]),
  ]),
  stepsCase("count-longest", "a thousand entries are counted exactly", [
    added(start, 500),
    added(start + 1, 499),
    one(1_000, start + 1, [999, 0]),
    one(1_000, start + 999, [1_000, start + span]),
    one(1_000, start + 1_000, [500, 0]),
  ]),
  stepsCase("count-beyond-longest", "R1: of more than a thousand entries the last thousand are known", [
    added(start, 600),
    added(start + 1, 600),
    holds({ checks: [fewer("c", 1_000, span)], now: start + 1_001 }, [0, 0]),
    refuses({ checks: [fewer("c", 1_000, span)], now: start + 1 }, [1_000, start + 1_000]),
    refuses({ checks: [fewer("c", 1, span)], now: start + 1 }, [1_000, start + 1_001]),
    refuses({ checks: [fewer("c", 600, span)], now: start + 1_000 }, [600, start + 1_001]),
  ]),
  stepsCase(
    "count-long-run",
    "an old entry that is forgotten is one that counts no more",
    Array.from({ length: 300 }, (_, index) => one(10, start + index * 100, [Math.min(index, 9), 0])),
  ),
];
