import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createAuthorizer, type MicroUnits, type Plan, parsePolicy, type StateStore } from "@ambit/core";
import { verifyAuditFile } from "@ambit/core/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serviceIsThere } from "../services/needed-service.ts";
import { databaseUrl, openOwnStore as openOwnPostgres, postgresService } from "../services/postgres-service.ts";
import { openOwnStore as openOwnRedis, redisService, redisUrl } from "../services/redis-service.ts";
import { type ChildSettings, lifePoints, type StoreSettings } from "./child-settings.ts";
import { openStore } from "./open-store.ts";

const program = join(import.meta.dirname, "guarded-calls.process.ts");
/** How many processes are killed over each store: in each of four places at each point at least once. */
const kills = Math.max(24, Number(process.env["AMBIT_KILLS"] ?? 48));
const lease = 2_000;
const workers = 16;
const slots = ["a", "b", "c", "d"];
const million = 1_000_000;

/** `limit`: whole units of money; a payment costs one. */
function policyText(limit: number, atOnce: number): string {
  return `
tools: { pay: { scope: tool:pay, cost: 1 }, look: { scope: tool:look } }
policies: [{ role: r, allow: [{ scope: "tool:*", obligations: [{ id: note, type: note }] }] }]
rules: [{ id: look-first, before: tool:pay, require: tool:look }]
limits: [{ id: at-once, per: user, scope: tool:pay, concurrent: ${atOnce} }]
budgets: [{ id: hot, per: user, scope: tool:pay, limit: "${limit}", window: lifetime }]`;
}

interface Execution {
  readonly event: "started" | "ended";
  readonly tool: "pay" | "look";
  readonly session: string;
  readonly evaluation?: string;
}

let folder = "";
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-lives-"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(folder, { recursive: true });
});

const stores: readonly [string, boolean, () => Promise<StoreSettings>][] = [
  ["SQLite", true, async () => ({ kind: "sqlite", file: join(folder, "state.sqlite") })],
  ["Redis", await serviceIsThere(redisService), newRedis],
  ["Postgres", await serviceIsThere(postgresService), newPostgres],
];

describe.each(stores)(
  "4 processes of 16 workers over %s, killed at each point of a call's life",
  (_name, there, open) => {
    it.skipIf(!there)(
      "B1, B6, E1, E3: what started was permitted once and is charged, what was held is free after its lease, and no limit is passed",
      { timeout: 60_000 + kills * 5_000 },
      async () => {
        const store = await open();
        await Promise.all(slots.map((slot, index) => killOften(slot, { store, index })));
        const before = payments(await executions());
        const held = await readAccounts(store);
        expect(before.length).toBeGreaterThan(0);
        // INVARIANT (B6): the port charges what was reserved when nobody says what became of it, and it holds no more than
        // one call of each worker that was killed.
        expect(held.spent).toBeGreaterThanOrEqual(before.length);
        expect(held.spent).toBeLessThanOrEqual(before.length + kills * workers);
        // Nothing is held for ever.
        expect(held.running).toBe(0);

        const limit = held.spent + 100;
        await Promise.all(slots.map((slot) => spendTheRest(slot, { store, policy: policyText(limit, 5) })));
        const lines = await executions();
        expect(payments(lines).length - before.length).toBe(100);
        expect(await readAccounts(store)).toEqual({ spent: limit, running: 0 });
        expectNoPaymentUnseen(lines);
        await expectRecorded(lines);
      },
    );
  },
);

/** A process is started, comes to a point of a call's life, and is killed there; again and again. */
async function killOften(slot: string, { store, index }: { readonly store: StoreSettings; readonly index: number }) {
  for (let kill = index; kill < kills; kill += slots.length) {
    const point = lifePoints[Math.floor(kill / slots.length) % lifePoints.length] ?? lifePoints[0];
    // Another call each time, so that the kill meets the other workers at other places.
    const halt = { point, call: 8 + ((kill * 7) % 17) };
    const { child, exited, lines } = start(slot, {
      store,
      name: `${slot}${kill}`,
      halt,
      policy: policyText(million, 400),
    });
    for await (const line of lines) if (line === "arrived") child.kill("SIGKILL");
    expect(await exited).toBe("SIGKILL");
  }
}

async function spendTheRest(slot: string, settings: Pick<ChildSettings, "store" | "policy">): Promise<void> {
  const { exited, lines } = start(slot, { ...settings, name: `${slot}-rest`, halt: undefined, ahead: 10 * lease });
  const said: string[] = [];
  for await (const line of lines) said.push(line);
  expect(await exited).toBe(0);
  expect(said).toEqual(["spent"]);
}

function start(slot: string, settings: Pick<ChildSettings, "store" | "name" | "halt" | "policy"> & { ahead?: number }) {
  const whole: ChildSettings = {
    ahead: 0,
    lease,
    audit: join(folder, `${slot}.jsonl`),
    executions: join(folder, "executions.jsonl"),
    ...settings,
  };
  const child = spawn(process.execPath, [program, JSON.stringify(whole)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "ambit-compiled") },
  });
  closing.push(() => child.kill("SIGKILL"));
  const exited = once(child, "exit").then(([code, signal]: unknown[]) => signal ?? code);
  return { child, exited, lines: createInterface({ input: child.stdout }) };
}

async function executions(): Promise<readonly Execution[]> {
  return readLines<Execution>(join(folder, "executions.jsonl"));
}

async function readLines<Line>(path: string): Promise<readonly Line[]> {
  const text = await readFile(path, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line])); // As its writer wrote it.
}

function payments(lines: readonly Execution[]): readonly Execution[] {
  return lines.filter(({ event, tool }) => event === "started" && tool === "pay");
}

/** The rule over history: in no session was paid before a look-up there had ended. */
function expectNoPaymentUnseen(lines: readonly Execution[]): void {
  const looked = new Set<string>();
  const unseen: string[] = [];
  for (const { event, tool, session } of lines) {
    if (tool === "look" && event === "ended") looked.add(session);
    if (tool === "pay" && event === "started" && !looked.has(session)) unseen.push(session);
  }
  expect(unseen).toEqual([]);
}

interface Recorded {
  readonly type: string;
  readonly evaluationId: string;
  readonly decision?: string;
}

/** E1, E3, E5: each execution has one permit and no other has it, each permit at most one outcome, and the logs are whole. */
async function expectRecorded(lines: readonly Execution[]): Promise<void> {
  const permits = new Set<string>();
  const outcomes: string[] = [];
  for (const slot of slots) {
    const file = join(folder, `${slot}.jsonl`);
    await expect(verifyAuditFile(file)).resolves.toMatchObject({ valid: true });
    for (const { type, evaluationId, decision } of await readLines<Recorded>(file)) {
      if (type === "decision" && decision === "permit") permits.add(evaluationId);
      if (type === "outcome") outcomes.push(evaluationId);
    }
  }
  const started = lines.filter(({ event }) => event === "started").map(({ evaluation }) => evaluation ?? "none");
  expect(new Set(started).size).toBe(started.length);
  expect(started.filter((evaluation) => !permits.has(evaluation))).toEqual([]);
  expect(new Set(outcomes).size).toBe(outcomes.length);
  expect(outcomes.filter((evaluation) => !permits.has(evaluation))).toEqual([]);
}

/** What the hot budget and the limit at once hold once all leases have ended: whole units, and calls. */
async function readAccounts(settings: StoreSettings): Promise<{ readonly spent: number; readonly running: number }> {
  const plan = await planOfPayment();
  const accounts = plan.checks.filter((check) => check.kind === "account");
  const [nothing, all] = [0, Number.MAX_SAFE_INTEGER] as [number, number] as [MicroUnits, MicroUnits]; // Both are whole.
  const now = Date.now() + 20 * lease;
  const checks = accounts.map((check) => ({ ...check, amount: nothing, limit: all }));
  const { store, close } = await openStore(settings);
  try {
    const { observed } = await store.apply({ ...plan, checks, effects: [], now });
    const [running, spent] = observed.map(({ value }) => value);
    return { spent: (spent ?? Number.NaN) / million, running: running ?? Number.NaN };
  } finally {
    await close();
  }
}

/** The plan that an authorizer makes of a payment, for the names of its accounts. */
async function planOfPayment(): Promise<Plan> {
  const plans: Plan[] = [];
  const store: StateStore = {
    apply: (plan) => {
      plans.push(plan);
      throw new Error("only looked at");
    },
  };
  const authorizer = createAuthorizer({
    policy: parsePolicy(policyText(million, 400)),
    store,
    obligations: { note: () => {} },
  });
  const subject = { id: "u", roles: ["r"], scopes: ["tool:**"] };
  await authorizer.authorize({ tool: "pay", arguments: {} }, { subject, actor: { id: "a" }, session: "s" });
  const [plan] = plans;
  if (plan === undefined) throw new Error("no plan was made");
  return plan;
}

async function newRedis(): Promise<StoreSettings> {
  const { prefix, close } = await openOwnRedis();
  closing.push(close);
  return { kind: "redis", url: redisUrl, prefix };
}

async function newPostgres(): Promise<StoreSettings> {
  const { schema, close } = await openOwnPostgres();
  closing.push(close);
  return { kind: "postgres", url: databaseUrl, schema };
}
