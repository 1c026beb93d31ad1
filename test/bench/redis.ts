import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { AccountWindow, MicroUnits, Plan } from "@ambit/core";
import { createRedisStore, type RedisClient } from "@ambit/redis";
import { serviceIsThere } from "../services/needed-service.ts";
import { type RedisServer, redisProgram, startRedisServer } from "../services/redis-server.ts";
import { connectStoreClient } from "../services/redis-service.ts";

const run = promisify(execFile);
const rounds = 7;
const users = 10_000;

/** Decisions a second with state in Redis, beside `redis-benchmark` with the same script on the same server. */
export async function benchRedis(): Promise<void> {
  if (!(await serviceIsThere(redisProgram))) return;
  const server = await startRedisServer();
  const client = await connectStoreClient(server.url);
  try {
    const { recording, last } = record(client);
    const store = createRedisStore({ client: recording, recheckAfter: Number.MAX_SAFE_INTEGER });
    await store.initialise();
    let number = 0;
    const decide = async () => {
      number += 1;
      await store.apply(callPlan(digits(Math.floor(Math.random() * users)), digits(number)));
    };
    await store.apply(callPlan(anyNumber, anyNumber));
    const command = ["EVALSHA", ...last()];
    await inFlight(64, 20_000, decide);
    const samples: Record<string, number[]> = {};
    const sample = (name: string, value: number) => {
      samples[name] = [...(samples[name] ?? []), value];
    };
    for (let round = 0; round < rounds; round += 1) {
      const single = await redisBenchmark(server, ["-n", "6000", "-c", "1"], command);
      const unpipelined = await redisBenchmark(server, ["-n", "40000", "-c", "64"], command);
      const pipelined = await redisBenchmark(server, ["-n", "40000", "-c", "4", "-P", "16"], command);
      const sequential = await inFlight(1, 4_000, decide);
      const parallel = await inFlight(64, 30_000, decide);
      sample("redis-benchmark -c1", single);
      sample("redis-benchmark -c64", unpipelined);
      sample("redis-benchmark -c4 -P16", pipelined);
      sample("store, one after the other", sequential);
      sample("store, 64 in flight", parallel);
      sample("one after the other / -c1", sequential / single);
      sample("64 in flight / -c64", parallel / unpipelined);
      sample("64 in flight / -c4 -P16", parallel / pipelined);
    }
    print(samples);
  } finally {
    client.disconnect();
    await server.close();
  }
}

function print(samples: Readonly<Record<string, readonly number[]>>): void {
  console.log("\nState in Redis: a call with four switches, a history rule and a budget, decisions a second");
  for (const [name, values] of Object.entries(samples)) {
    const median = [...values].sort((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
    const text = median < 100 ? `${median.toFixed(2)}x` : `${(median / 1_000).toFixed(1)} k`;
    console.log(`  ${name.padEnd(28)}  ${text.padStart(9)}`);
  }
}

/** What redis-benchmark replaces by twelve random digits. */
const anyNumber = "__rand_int__";

const digits = (number: number): string => String(number).padStart(12, "0");

function callPlan(user: string, evaluationId: string): Plan {
  const window: AccountWindow = { kind: "calendar", name: "2026-01-01", ends: 1_767_312_000_000 };
  const amount = 2_000 as MicroUnits; // A safe integer, as every amount is.
  const limit = Number.MAX_SAFE_INTEGER as MicroUnits; // So that every call is permitted.
  const now = 1_767_225_600_000;
  const names = ["tenant", "agent|bot", `user|${user}`, `session|${user}`];
  return {
    partition: "acme",
    keys: [...names.map((name) => `switch|${name}`), `mark|read|${user}`, `mark|sent|${user}`, `account|day|${user}`],
    checks: [
      ...names.map((_, key) => ({ kind: "off", key }) as const),
      { kind: "unmarked", key: 5, since: now - 3_600_000 },
      { kind: "account", key: 6, window, amount, limit },
    ],
    effects: [
      { kind: "mark", key: 4, keep: 3_600_000 },
      { kind: "reserve", key: 6, window, evaluationId, amount, leaseUntil: now + 300_000, expiry: "charge" },
    ],
    now,
  };
}

/** A client that remembers what it last sent as a script. */
function record(client: RedisClient): { recording: RedisClient; last: () => readonly string[] } {
  let sent: readonly string[] = [];
  const recording: RedisClient = Object.create(client, {
    evalsha: {
      value: (sha: string, numberOfKeys: number, ...texts: string[]) => {
        sent = [sha, String(numberOfKeys), ...texts];
        return client.evalsha(sha, numberOfKeys, ...texts);
      },
    },
  });
  return { recording, last: () => sent };
}

async function inFlight(width: number, total: number, decide: () => Promise<void>): Promise<number> {
  let left = total;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (; left > 0; ) {
        left -= 1;
        await decide();
      }
    }),
  );
  return (total / (performance.now() - started)) * 1_000;
}

async function redisBenchmark(
  { port }: RedisServer,
  settings: readonly string[],
  command: readonly string[],
): Promise<number> {
  const fixed = ["-p", String(port), "--csv", "-r", String(users)];
  const { stdout } = await run("redis-benchmark", [...fixed, ...settings, ...command]);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  return Number(line.split('","')[1]?.replaceAll('"', ""));
}
