/** One thing to time. */
export interface Contender {
  readonly name: string;
  /** Runs the thing `times` times. Written out by each contender, so that none shares a call site with another. */
  readonly loop: (times: number) => void | Promise<void>;
}

/** Median nanoseconds of one run. */
export interface Timing {
  readonly name: string;
  readonly nanoseconds: number;
}

/** How a measurement is taken. */
export interface MeasureOptions {
  /** Default: 9. */
  readonly rounds?: number;
  /** How long one round of one contender lasts, in milliseconds. Default: 60. */
  readonly milliseconds?: number;
}

/** Times all contenders in one process, interleaved and in a fresh order each round; the median of the rounds counts. */
export async function measure(contenders: readonly Contender[], options: MeasureOptions = {}): Promise<Timing[]> {
  const { rounds = 9, milliseconds = 60 } = options;
  const runs = new Map<Contender, { times: number; samples: number[] }>();
  for (const contender of contenders)
    runs.set(contender, { times: await calibrate(contender, milliseconds), samples: [] });
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, run] of shuffle([...runs])) {
      run.samples.push((await elapsed(contender, run.times)) / run.times);
    }
  }
  return [...runs].map(([{ name }, { samples }]) => ({ name, nanoseconds: median(samples) }));
}

/** Prints timings as a table, each with its ratio to the contender named as reference. */
export function printTable(title: string, timings: readonly Timing[], reference: string): void {
  const base = timings.find(({ name }) => name === reference)?.nanoseconds;
  if (base === undefined) throw new Error(`no contender is named ${reference}`);
  const width = Math.max(...timings.map(({ name }) => name.length));
  console.log(`\n${title}`);
  for (const { name, nanoseconds } of timings) {
    console.log(
      `  ${name.padEnd(width)}  ${readable(nanoseconds).padStart(9)}  ${`${(nanoseconds / base).toFixed(2)}x`.padStart(9)}`,
    );
  }
}

async function calibrate(contender: Contender, milliseconds: number): Promise<number> {
  let times = 16;
  // Runs until one round lasts long enough, which also warms the code up.
  while ((await elapsed(contender, times)) < milliseconds * 1e6) times *= 2;
  return times;
}

async function elapsed({ loop }: Contender, times: number): Promise<number> {
  const started = process.hrtime.bigint();
  await loop(times);
  return Number(process.hrtime.bigint() - started);
}

function shuffle<T>(list: T[]): T[] {
  return list
    .map((entry) => ({ entry, order: Math.random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ entry }) => entry);
}

function median(samples: readonly number[]): number {
  return [...samples].sort((left, right) => left - right)[samples.length >> 1] ?? Number.NaN;
}

function readable(nanoseconds: number): string {
  if (nanoseconds < 1_000) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1_000_000) return `${(nanoseconds / 1_000).toFixed(2)} us`;
  return `${(nanoseconds / 1_000_000).toFixed(2)} ms`;
}
