import { setTimeout } from "node:timers/promises";
import { type CallContext, createAuthorizer, createMemoryStore, parsePolicy } from "@ambit/core";
import type { Flood, OldCalls } from "./flood.ts";

// A program of its own, started with --expose-gc: node flood-sessions.ts SESSIONS CELLS OLD. Prints a Flood as JSON.
const [sessions = 0, maximumCells = 0, old = 0] = process.argv.slice(2).map(Number);
const { gc } = globalThis;
if (gc === undefined) throw new Error("started without --expose-gc");
const policy = parsePolicy(`
tools:
  crm:read: { scope: tool:crm:read, cost: 0.25 }
  crm:look: { scope: tool:crm:look }
  mail:send: { scope: tool:mail:send }
policies: [{ role: rep, allow: ["tool:**"] }]
rules: [{ id: no-mail-after-reading, after: tool:crm:read, deny: tool:mail:send }]
limits: [{ per: session, concurrent: 5 }]
budgets: [{ per: session, limit: "1.00" }]
`);
const store = createMemoryStore({ maximumCells });
const authorizer = createAuthorizer({ policy, store });
const oldSessions = Array.from({ length: old }, (_, number) => contextOf(`old ${number}`));
for (const context of oldSessions)
  for (let spent = 0; spent < 3; spent += 1) expect(await ask("crm:read", context), "permit");
const looks = Math.min(20_000, sessions);
await look(looks);
const before = await look(looks);
const { during, ...flooded } = await flood();
const after = await look(looks);
const end = await settledMemory();
const cells = store.size;
const figures: Flood = { ...flooded, end, cells, calls: { before, during, after }, intact: await countIntact() };
console.log(JSON.stringify(figures));

function contextOf(session: string): CallContext {
  const subject = { id: "auth0|8f3a2b1c", issuer: "https://acme.example", tenant: "acme", roles: ["rep"] };
  return { subject: { ...subject, scopes: ["tool:**"] }, actor: { id: "sales-assistant" }, session };
}

/** Every tenth call is one of an old session. */
async function flood() {
  const counts = { admitted: 0, refused: 0, late: 0 };
  const times: Look[] = [];
  let atTheCap: Flood["end"] | undefined;
  for (let number = 0; number < sessions; number += 1) {
    const answer = await ask("crm:read", contextOf(`new ${number}`));
    if (answer === "permit") {
      counts.admitted += 1;
      if (counts.refused > 0) counts.late += 1;
    } else {
      expect(answer, "unavailable");
      counts.refused += 1;
      atTheCap ??= await settledMemory();
    }
    if (number % 10 === 0) times.push(await lookOnce(number));
  }
  return { ...counts, atTheCap, during: summary(times) };
}

async function ask(tool: string, context: CallContext): Promise<string> {
  const { decision } = await authorizer.run({ tool, arguments: {} }, context, () => undefined);
  return decision.allowed ? "permit" : decision.code;
}

function expect(answer: string, expected: string): void {
  if (answer !== expected) throw new Error(`a call was answered ${answer} where it had to be ${expected}`);
}

interface Look {
  /** Nanoseconds. */
  readonly taken: number;
  readonly permitted: boolean;
}

/** So many calls of old sessions, of which nothing new has to be kept. */
async function look(times: number): Promise<OldCalls> {
  const taken: Look[] = [];
  for (let number = 0; number < times; number += 1) taken.push(await lookOnce(number));
  return summary(taken);
}

async function lookOnce(number: number): Promise<Look> {
  const context = oldSessions[number % old] ?? contextOf("");
  const started = performance.now();
  const answer = await ask("crm:look", context);
  const taken = (performance.now() - started) * 1e6;
  if (answer !== "permit") expect(answer, "unavailable");
  return { taken, permitted: answer === "permit" };
}

function summary(looks: readonly Look[]): OldCalls {
  const times = looks.map(({ taken }) => taken).sort((left, right) => left - right);
  const refused = looks.filter(({ permitted }) => !permitted).length;
  return { calls: looks.length, refused, p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

/**
 * Of how many old sessions it is still known that they have read, which forbids them to mail, and that there is money
 * for no more than one call. A call that is refused because there is no room spends nothing.
 */
async function countIntact(): Promise<number> {
  let intact = 0;
  for (const context of oldSessions) {
    const mail = await ask("mail:send", context);
    const reads = [await ask("crm:read", context), await ask("crm:read", context)];
    const permits = reads.filter((answer) => answer === "permit").length;
    const known = reads.every((answer) => ["permit", "budget_exhausted", "unavailable"].includes(answer));
    if (mail === "history_forbids" && known && permits <= 1 && reads[0] !== "budget_exhausted") intact += 1;
  }
  return intact;
}

async function settledMemory(): Promise<Flood["end"]> {
  for (let round = 0; round < 4; round += 1) {
    gc?.();
    await setTimeout(20);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}
