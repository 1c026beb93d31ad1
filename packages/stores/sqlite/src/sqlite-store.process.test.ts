import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Plan } from "@ambit/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteStore } from "./create-sqlite-store.ts";

const storeModule = join(import.meta.dirname, "create-sqlite-store.ts");
const children: ChildProcess[] = [];
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-sqlite-"));
  file = join(folder, "state.sqlite");
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Eight workers that reserve 10 on two accounts with one entry in a streak, and settle; each says what it does. */
const callForEver = `
const [, storeModule, file, durability, prefix] = process.argv;
const { createSqliteStore } = await import(storeModule);
const { writeSync } = await import("node:fs");
// Not by process.stdout: what waits there for a slow reader is lost with the process.
const say = (line) => writeSync(1, line);
const store = createSqliteStore({ file, durability, busyTimeout: 60_000 });
const window = { kind: "lifetime" };
const plan = (effects) => ({ partition: "t", keys: ["a", "b", "s"], checks: [], effects, now: 0 });
let next = 0;
const work = async () => {
  for (;;) {
    const evaluationId = prefix + next++;
    const held = { window, evaluationId, amount: 10, leaseUntil: 1e12, expiry: "charge" };
    say("asks\\n");
    await store.apply(plan([
      { kind: "reserve", key: 0, ...held }, { kind: "grow", key: 2, keep: 0 }, { kind: "reserve", key: 1, ...held },
    ]));
    say("reserved\\n");
    await store.apply(plan([
      { kind: "settle", key: 1, evaluationId, amount: 10 }, { kind: "settle", key: 0, evaluationId, amount: 10 },
    ]));
  }
};
await Promise.all(Array.from({ length: 8 }, work));
`;

describe("processes that are killed", () => {
  const rounds = Number(process.env["AMBIT_KILLS"] ?? 12);

  it.each(["full", "normal"] as const)(
    "B2, B5, B6: leave no half of a plan, lose none that was answered and invent none (%s)",
    { timeout: rounds * 20_000 },
    async (durability) => {
      let asked = 0;
      let reserved = 0;
      for (let round = 0; round < rounds; round += 1) {
        const child = start(callForEver, durability, `${round}-`);
        // Another number of lines each round, so that the kill meets the writer at another place.
        const until = 1 + ((round * 37) % 101);
        let lines = 0;
        for await (const line of createInterface({ input: child.stdout })) {
          if (line === "asks") asked += 1;
          if (line === "reserved") reserved += 1;
          lines += 1;
          if (lines === until) child.kill("SIGKILL");
        }
        const [first, second, taken] = await readState();
        expect([first, second]).toEqual([10 * (taken ?? 0), 10 * (taken ?? 0)]);
        expect(taken).toBeGreaterThanOrEqual(reserved);
        expect(taken).toBeLessThanOrEqual(asked);
      }
      expect(reserved).toBeGreaterThan(rounds);
    },
  );
});

/** Sixteen workers that ask for one unit each, again and again; says how many they were given. */
const askOften = `
const [, storeModule, file, durability, prefix] = process.argv;
const { createSqliteStore } = await import(storeModule);
const store = createSqliteStore({ file, durability, busyTimeout: 120_000 });
const held = { key: 0, window: { kind: "lifetime" }, amount: 1 };
let given = 0;
let next = 0;
const work = async () => {
  while (next < 400) {
    const evaluationId = prefix + next++;
    const { held: isHeld } = await store.apply({
      partition: "t", keys: ["a"], now: 0,
      checks: [{ kind: "account", ...held, limit: 1_000 }],
      effects: [{ kind: "reserve", ...held, evaluationId, leaseUntil: 1e12, expiry: "charge" }],
    });
    if (isHeld) given += 1;
  }
};
await Promise.all(Array.from({ length: 16 }, work));
await store.close();
console.log(given);
`;

describe("several processes on one file", () => {
  it.each(["full", "normal"] as const)(
    "B1: 4 of them with 16 workers each are given exactly what there is (%s)",
    { timeout: 300_000 },
    async (durability) => {
      const given = await Promise.all(
        ["a", "b", "c", "d"].map(async (prefix) => {
          const child = start(askOften, durability, prefix);
          let output = "";
          for await (const chunk of child.stdout) output += String(chunk);
          return Number(output);
        }),
      );
      expect(given.reduce((sum, count) => sum + count, 0)).toBe(1_000);
      expect((await readState())[0]).toBe(1_000);
    },
  );

  it("D3: a full disk rejects what does not fit, and loses nothing that was answered", {
    timeout: 120_000,
  }, async () => {
    // The shell lets no file grow beyond 512 KB.
    const child = spawn("bash", ["-c", 'ulimit -f 512; exec "$@"', "bash", ...nodeArguments(fillUp, "full", "x")]);
    children.push(child);
    const closed = once(child, "close");
    let output = "";
    for await (const chunk of child.stdout) output += String(chunk);
    await closed;
    const { answered, code } = JSON.parse(output) as { answered: number; code: string };
    expect(answered).toBeGreaterThan(0);
    expect(code).toBe("state_unavailable");
    const [, , taken] = await readState();
    expect(taken).toBeGreaterThanOrEqual(answered);
    expect(taken).toBeLessThanOrEqual(answered + 1);
  });
});

const fillUp = `
const [, storeModule, file, durability] = process.argv;
const { createSqliteStore } = await import(storeModule);
const store = createSqliteStore({ file, durability });
let answered = 0;
try {
  for (;;) {
    await store.apply({
      partition: "t", keys: ["s", "k".repeat(4_000) + answered], checks: [], now: 0,
      effects: [{ kind: "mark", key: 1, keep: 0 }, { kind: "grow", key: 0, keep: 0 }],
    });
    answered += 1;
  }
} catch (error) {
  console.log(JSON.stringify({ answered, code: error.code, message: error.message }));
}
process.exit();
`;

function nodeArguments(script: string, durability: string, prefix: string): string[] {
  return [process.execPath, "--input-type=module", "-e", script, storeModule, file, durability, prefix];
}

function start(script: string, durability: string, prefix: string) {
  const [command = "", ...rest] = nodeArguments(script, durability, prefix);
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

/** What the accounts `a` and `b` hold, and how long the streak `s` is. */
async function readState(): Promise<readonly number[]> {
  const store = createSqliteStore({ file });
  const window = { kind: "lifetime" } as const;
  const [nothing, all] = [0, Number.MAX_SAFE_INTEGER] as unknown as [never, never]; // Amounts of money.
  const plan: Plan = {
    partition: "t",
    keys: ["a", "b", "s"],
    checks: [
      { kind: "account", key: 0, window, amount: nothing, limit: all },
      { kind: "account", key: 1, window, amount: nothing, limit: all },
      { kind: "streak", key: 2, limit: Number.MAX_SAFE_INTEGER },
    ],
    effects: [],
    now: 0,
  };
  const { observed } = await store.apply(plan);
  await store.close();
  return observed.map(({ value }) => value);
}
