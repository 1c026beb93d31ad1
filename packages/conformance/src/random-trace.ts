import type { AccountWindow, Plan } from "@ambit/core";
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
  incomplete,
  marked,
  type NamedCheck,
  type NamedEffect,
  off,
  planOf,
  release,
  renew,
  reserve,
  reset,
  settle,
  shorter,
  spend,
  start,
  unmark,
  unmarked,
  unspent,
} from "./named-plan.ts";
import { createRandom, type Random } from "./random.ts";

/**
 * A list of plans that reach every kind of check and effect, with a clock that mostly moves on and sometimes back. The
 * same seed gives the same plans; their partitions belong to the seed, so that many traces can share one store.
 */
export function randomTrace(seed: number, length: number): readonly Plan[] {
  const random = createRandom(seed);
  const scale = random.pick([1, 1e6, 1e12]);
  let now = start;
  return Array.from({ length }, () => {
    now += random.pick([0, 1, 7, 250, 1_000, 4_000, 30_000, -1, -500, -20_000]);
    const source: Source = { random, now, scale };
    return planOf({
      partition: `trace ${seed} ${random.below(4) === 0 ? "other" : "main"}`,
      checks: Array.from({ length: random.below(5) }, () => randomCheck(source)),
      effects: randomEffects(source),
      now,
    });
  });
}

interface Source {
  readonly random: Random;
  readonly now: number;
  readonly scale: number;
}

const accounts = ["lifetime", "calendar", "rolling", "slots"] as const;

function windowOf(name: (typeof accounts)[number], { random, now }: Source): AccountWindow {
  switch (name) {
    case "lifetime":
      return random.below(3) === 0 ? { kind: "lifetime", ends: now + 60_000 } : { kind: "lifetime" };
    case "calendar": {
      const period = Math.floor(now / 20_000);
      return { kind: "calendar", name: `period ${period}`, ends: (period + 1) * 20_000 };
    }
    case "rolling":
      return { kind: "rolling", span: 900 };
    case "slots":
      return { kind: "rolling", span: 40_000 };
  }
}

function randomCheck(source: Source): NamedCheck {
  const { random, now, scale } = source;
  const since = random.pick([0, now, now - 1_000, now - 30_000]);
  const markKey = () => `mark ${random.below(4)}`;
  const checks: readonly (() => NamedCheck)[] = [
    () => {
      const name = random.pick(accounts);
      const amount = random.below(40) * scale;
      return account(name, amount, { limit: random.pick([50, 150, 400]) * scale, window: windowOf(name, source) });
    },
    () => fewer(`counter ${random.below(2)}`, 1 + random.below(12), random.pick([500, 10_000])),
    () => random.pick([marked, unmarked])(markKey(), since),
    () => incomplete(Array.from({ length: random.below(4) }, markKey), since),
    () => shorter(`streak ${random.below(2)}`, 1 + random.below(6)),
    () => acyclic("trail", random.pick(["a", "b", "c"]), 2 + random.below(3)),
    () => unspent(`token ${random.below(6)}`),
    () => off(`switch ${random.below(2)}`),
  ];
  // Accounts hold the most that can go wrong.
  return random.pick([...checks, checks[0] ?? randomCheck, checks[0] ?? randomCheck])(source);
}

/** No two on one account. */
function randomEffects(source: Source): NamedEffect[] {
  const taken = new Set<string>();
  const effects: NamedEffect[] = [];
  for (let index = source.random.below(6); index > 0; index -= 1) {
    const effect = source.random.below(2) === 0 ? accountEffect(source) : otherEffect(source);
    const isAccount = "evaluationId" in effect;
    if (isAccount && taken.has(effect.key)) continue;
    if (isAccount) taken.add(effect.key);
    effects.push(effect);
  }
  return effects;
}

function accountEffect(source: Source): NamedEffect {
  const { random, now, scale } = source;
  const name = random.pick(accounts);
  const id = `call ${random.below(10)}`;
  const amount = random.below(40) * scale;
  const terms = {
    window: windowOf(name, source),
    leaseUntil: now + random.pick([1, 1_000, 60_000]),
    expiry: random.pick(["charge", "release"] as const),
  };
  const kind = random.below(10);
  if (kind < 4) return reserve(name, id, amount, terms);
  if (kind < 6) return settle(name, id, amount);
  if (kind < 8) return renew(name, id, now + random.pick([-1_000, 1, 1_000, 60_000]));
  return kind === 8 ? release(name, id) : expire(name, id);
}

function otherEffect({ random, now }: Source): NamedEffect {
  const markKey = () => `mark ${random.below(4)}`;
  const effects: readonly (() => NamedEffect)[] = [
    () => count(`counter ${random.below(2)}`, 10_000),
    () => ({ kind: "mark", key: markKey(), keep: random.pick([0, 60_000]) }),
    () => ({
      kind: "mark",
      key: markKey(),
      keep: 0,
      after: { key: markKey(), since: random.pick([0, now, now - 1_000]) },
    }),
    () => unmark(markKey()),
    () => grow(`streak ${random.below(2)}`, random.pick([0, 60_000])),
    () => end(`streak ${random.below(2)}`),
    () => follow("trail", random.pick(["a", "b", "a", "b", "c"]), random.pick([0, 60_000])),
    () => spend(`token ${random.below(6)}`),
    () => flip(`switch ${random.below(2)}`, now + random.pick([1, 1_000, 20_000])),
    () => reset(`switch ${random.below(2)}`),
  ];
  return random.pick(effects)();
}
