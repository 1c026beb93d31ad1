import type { Clock } from "./clock.ts";
import type { Effort } from "./section.ts";

/** One thing to time. */
export interface Contender {
  readonly name: string;
  /**
   * Runs the thing `times` times. Gives something that depends on all the answers, or the optimiser could leave the
   * work out. Each contender has a loop of its own, so that none shares a call site with another.
   */
  readonly loop: (times: number) => unknown;
}

/** Times all contenders in one process, interleaved and in a fresh order each round: the median nanoseconds by name. */
export async function measure(
  contenders: readonly Contender[],
  { rounds, milliseconds, clock }: Pick<Effort, "rounds" | "milliseconds" | "clock">,
): Promise<Map<string, number>> {
  const runs: { contender: Contender; times: number; samples: number[] }[] = [];
  for (const contender of contenders) {
    runs.push({ contender, times: await calibrate(contender, milliseconds, clock), samples: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { contender, times, samples } of shuffle(runs)) {
      samples.push((await spend(contender, times, clock)) / times);
    }
  }
  return new Map(runs.map(({ contender, samples }) => [contender.name, median(samples)]));
}

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  return samples.toSorted((left, right) => left - right)[samples.length >> 1] ?? Number.NaN;
}

/** Finds how many runs last one round, after as long a time again as lets the optimiser see the code. */
async function calibrate(contender: Contender, milliseconds: number, clock: Clock): Promise<number> {
  const round = milliseconds * 1e6;
  let times = 1;
  let spent = 0;
  for (;;) {
    // The shorter of two, for a collection of garbage in the one says nothing of the contender.
    const took = Math.max(1, Math.min(await spend(contender, times, clock), await spend(contender, times, clock)));
    spent += 2 * took;
    if (spent >= 3 * round && took >= round / 2) return Math.max(1, Math.round((times * round) / took));
    if (took < round / 2) times = Math.max(times + 1, Math.min(times * 2, Math.ceil((times * round) / took)));
  }
}

async function spend({ loop }: Contender, times: number, clock: Clock): Promise<number> {
  const started = clock();
  await loop(times);
  return clock() - started;
}

function shuffle<T>(list: readonly T[]): T[] {
  return list
    .map((entry) => ({ entry, order: Math.random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ entry }) => entry);
}
