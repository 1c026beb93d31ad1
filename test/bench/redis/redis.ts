import { createRedisStore, type RedisClient, storeClientOptions } from "@ambit/redis";
import { Redis } from "ioredis";
import { median } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableCount } from "../readable.ts";
import { divide, type Effort, type Report, ratioGoal, type Section } from "../section.ts";
import { type HotBudget, spendHotBudget } from "../state/hot-budget.ts";
import { hotBudgetGoals, hotBudgetTable } from "../state/hot-budget-goals.ts";
import { anyNumber, callPlan, digits } from "./call-plan.ts";
import { benchmarkScript, type ScratchServer, startScratchServer } from "./scratch-server.ts";

/** Decisions a second with state in Redis, beside `redis-benchmark` with the same script on the same server. */
export const redisSection: Section = { name: "redis", run: benchRedis };

const contenders = [
  "redis-benchmark -c1",
  "store, one at a time",
  "redis-benchmark -c64",
  "redis-benchmark -c4 -P16",
  "store, 64 at once",
] as const;
type Figures = Record<(typeof contenders)[number], number[]>;

async function benchRedis(effort: Effort): Promise<Report> {
  const server = await startScratchServer();
  if (server === undefined) {
    tellProgress("*** Redis is not measured: there is no program redis-server. ***");
    return reportOf({}, undefined, "NOTHING WAS MEASURED: there is no program redis-server.");
  }
  const client = new Redis(server.port, "127.0.0.1", { ...storeClientOptions, lazyConnect: true });
  try {
    await client.connect();
    const { store, command } = await openStore(client);
    const figures = await measureRounds(effort, { server, command, store });
    tellProgress("state in Redis: 64 workers on one budget");
    const hot = await spendHotBudget(store, effort.rounds > 1 ? 10_000 : 80);
    return reportOf(figures, hot, "Each round times all of them in turn.");
  } finally {
    client.disconnect();
    await server.close();
  }
}

interface Measured {
  readonly server: ScratchServer;
  /** What redis-benchmark sends: what the store sends. */
  readonly command: readonly string[];
  readonly store: ReturnType<typeof createRedisStore>;
}

async function openStore(client: Redis): Promise<Pick<Measured, "command" | "store">> {
  let sent: readonly string[] = [];
  const recording: RedisClient = Object.create(client, {
    evalsha: {
      value: (sha: string, numberOfKeys: number, ...texts: string[]) => {
        sent = [sha, String(numberOfKeys), ...texts];
        return client.evalsha(sha, numberOfKeys, ...texts);
      },
    },
  });
  await createRedisStore({ client }).initialise();
  await createRedisStore({ client: recording }).apply(callPlan(anyNumber, anyNumber));
  return { store: createRedisStore({ client }), command: ["EVALSHA", ...sent] };
}

async function measureRounds(effort: Effort, { server, command, store }: Measured): Promise<Partial<Figures>> {
  const times = Math.max(64, Math.round(effort.milliseconds * 100));
  let number = 0;
  const decide = async () => {
    number += 1;
    const { held } = await store.apply(callPlan(digits(Math.floor(Math.random() * 10_000)), digits(number)));
    if (!held) throw new Error("a decision of the benchmark was refused");
  };
  await inFlight(64, times, decide);
  const figures: Partial<Figures> = {};
  for (let round = 0; round < effort.rounds; round += 1) {
    tellProgress(`state in Redis, round ${round + 1} of ${effort.rounds}`);
    const found = [
      await benchmarkScript(server, command, { requests: times, connections: 1, pipeline: 1 }),
      await inFlight(1, times, decide),
      await benchmarkScript(server, command, { requests: 4 * times, connections: 64, pipeline: 1 }),
      await benchmarkScript(server, command, { requests: 4 * times, connections: 4, pipeline: 16 }),
      await inFlight(64, 4 * times, decide),
    ];
    for (const [index, name] of contenders.entries()) {
      figures[name] = [...(figures[name] ?? []), found[index] ?? Number.NaN];
    }
  }
  return figures;
}

/** How many a second, with so many under way. */
async function inFlight(width: number, times: number, decide: () => Promise<void>): Promise<number> {
  let left = times;
  const started = performance.now();
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await decide();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return (times / (performance.now() - started)) * 1_000;
}

function reportOf(figures: Partial<Figures>, hot: HotBudget | undefined, note: string): Report {
  const of = (name: keyof Figures) => {
    const samples = figures[name];
    return samples === undefined ? undefined : median(samples);
  };
  const rows = contenders.map((name) => {
    const figure = of(name);
    const cells = [figure === undefined ? "not measured" : readableCount(Math.round(figure))];
    return { name, cells, figures: [figure] };
  });
  const [single, alone, unpipelined, pipelined, many] = contenders.map(of);
  return {
    tables: [
      { title: "A call with four switches, a history rule and a budget", columns: ["", "a second"], rows },
      hotBudgetTable(hot),
    ],
    goals: [
      ratioGoal("G10", "one at a time: of redis-benchmark -c1, at least 0.75", {
        ratio: divide(alone, single),
        atLeast: 0.75,
      }),
      ratioGoal("G10", "64 at once: of redis-benchmark -c64, at least 1.2", {
        ratio: divide(many, unpipelined),
        atLeast: 1.2,
      }),
      ratioGoal("G10", "64 at once: of redis-benchmark -c4 -P16, at least 0.8", {
        ratio: divide(many, pipelined),
        atLeast: 0.8,
      }),
      ...hotBudgetGoals("Redis", hot, 2_000),
    ],
    notes: [note, "A decision is one round trip. The server, its client and redis-benchmark share this machine."],
  };
}
