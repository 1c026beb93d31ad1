import { createMemoryStore } from "@ambit/core";
import { RateLimiter } from "limiter";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { compileLaterLoop, compileLoop } from "../compile-loop.ts";
import type { Contender } from "../measure.ts";
import { type Bounds, firstMoment, LimitPlans, namesOf } from "./limit-plans.ts";

/** Something that says whether a user may make one more call. */
export type LimitContender =
  | { readonly name: string; readonly admits: (user: string) => boolean }
  | { readonly name: string; readonly admitsLater: (user: string) => Promise<boolean> };

export const oneBucket = "limiter, tryRemoveTokens, one bucket for all";
export const threeCalls = "rate-limiter-flexible, consume × 3";
export const ownPlan = "Ambit, three limits and two budgets, reserved and settled";

const often = 1e9;
const ample: Bounds = { calls: 1_000, running: 5, money: [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] };

/** What there is in a process's memory to count calls with. */
export function limitContenders(users: readonly string[]): LimitContender[] {
  const single = newBucket();
  const buckets = new Map(users.map((user) => [user, newBucket()]));
  const counted = newCounter("alone");
  return [
    { name: oneBucket, admits: () => single.tryRemoveTokens(1) },
    {
      name: "limiter, tryRemoveTokens, a bucket for each user",
      admits: (user) => buckets.get(user)?.tryRemoveTokens(1) === true,
    },
    {
      name: "rate-limiter-flexible, consume",
      admitsLater: async (user) => (await counted.consume(user)).consumedPoints > 0,
    },
    inThree(),
    { name: ownPlan, admits: planned(users) },
  ];
}

/** Ready to be timed: its answers for all users are checked first. */
export async function prepareLimit(contender: LimitContender, users: readonly string[]): Promise<Contender> {
  const { name } = contender;
  for (const user of users) {
    const admitted = "admits" in contender ? contender.admits(user) : await contender.admitsLater(user);
    if (!admitted) throw new Error(`${name} refuses what it must admit, so nothing was measured`);
  }
  const loop =
    "admits" in contender ? compileLoop(contender.admits, users) : compileLaterLoop(contender.admitsLater, users);
  return { name, loop };
}

function newBucket(): RateLimiter {
  return new RateLimiter({ tokensPerInterval: often, interval: "hour" });
}

function newCounter(keyPrefix: string): RateLimiterMemory {
  return new RateLimiterMemory({ points: often, duration: 3_600, keyPrefix });
}

function inThree(): LimitContender {
  const [first, second, third] = [newCounter("first"), newCounter("second"), newCounter("third")];
  return {
    name: threeCalls,
    async admitsLater(user) {
      const taken = await Promise.all([first.consume(user), second.consume(user), third.consume(user)]);
      return taken.length === 3;
    },
  };
}

function planned(users: readonly string[]): (user: string) => boolean {
  const store = createMemoryStore();
  const plans = new LimitPlans(ample);
  const known = new Map(users.map((user) => [user, namesOf(user)]));
  let now = firstMoment;
  return (user) => {
    const keys = known.get(user);
    if (keys === undefined) return false;
    // Peers read the clock too; by this one the machine's speed fills no limit.
    now += Date.now() > 0 ? 1 : 0;
    const call = { keys, evaluationId: user, now };
    const { held } = store.apply(plans.reserve(call));
    store.apply(plans.settle(call));
    return held;
  };
}
