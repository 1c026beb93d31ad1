import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type AuditLog, createAuthorizer, type Plan, parsePolicy, type StateStore } from "@ambit/core";
import { openFileAuditLog } from "@ambit/core/node";
import type { ChildSettings, LifePoint } from "./child-settings.ts";
import { openStore } from "./open-store.ts";

// One process of several: sixteen workers that look and then pay, from one budget, until it is spent. Where it is told
// to, it stops a call for ever at one point of its life, says so, and waits for its end.
const settings: ChildSettings = JSON.parse(process.argv[2] ?? "");
const { halt, name, ahead, executions, lease } = settings;
const opened = await openStore(settings.store);
const log = await openFileAuditLog(settings.audit);
const evaluations = new Map<unknown, string>();
let paid = 0;
let arrived = 0;

const authorizer = createAuthorizer({
  policy: parsePolicy(settings.policy),
  store: haltingStore(opened.store),
  audit: haltingLog(log),
  lease,
  deadline: 30_000,
  clock: () => Date.now() + ahead,
  // The tool is not told its evaluation: who performs its duties is.
  obligations: {
    note: (_duty, { decision, arguments: { call } }) => void evaluations.set(call, decision.evaluationId),
  },
  onFault: (fault) => process.stderr.write(`${String(fault)}\n`),
});

await Promise.all(Array.from({ length: 16 }, (_, worker) => work(`${name}-${worker}`)));
await log.close();
await opened.close();
process.stdout.write("spent\n");

async function work(session: string): Promise<void> {
  // A payment before anything was looked up is refused, whatever was killed before.
  await call("pay", session);
  await call("look", session);
  for (;;) if ((await call("pay", session)) === "budget_exhausted") return;
}

async function call(tool: "look" | "pay", session: string): Promise<string> {
  paid += 1;
  const id = `${session}-${paid}`;
  const subject = { id: "u", roles: ["r"], scopes: ["tool:**"] };
  const run = async () => {
    tell({ event: "started", tool, session, evaluation: evaluations.get(id) });
    evaluations.delete(id);
    if (tool === "pay") await haltAt("while the tool runs");
    await sleep(1);
    tell({ event: "ended", tool, session, evaluation: undefined });
  };
  const outcome = await authorizer.run(
    { id, tool, arguments: { call: id } },
    { subject, actor: { id: "a" }, session },
    run,
  );
  if (outcome.executed) return "executed";
  // Its moment comes: somebody else's call ends.
  if (outcome.decision.code === "rate_limited") await sleep(5);
  return outcome.decision.code;
}

/** INVARIANT: written before the tool does anything, so that nothing runs of which the file does not tell. */
function tell(line: object): void {
  appendFileSync(executions, `${JSON.stringify(line)}\n`);
}

function haltingStore(store: StateStore): StateStore {
  return {
    apply: async (plan) => {
      if (reserves(plan)) await haltAt("before apply");
      if (settles(plan)) await haltAt("between tool and settle");
      const answer = await store.apply(plan);
      if (reserves(plan) && answer.held) await haltAt("between apply and record");
      return answer;
    },
  };
}

function haltingLog(audit: AuditLog): AuditLog {
  return {
    append: async (record) => {
      if (record.type === "outcome") await haltAt("between settle and outcome record");
      await audit.append(record);
      if (record.type === "decision" && record.decision === "permit") await haltAt("between record and start");
    },
  };
}

function reserves({ checks, effects }: Plan): boolean {
  return checks.length > 0 && effects.some(({ kind }) => kind === "reserve");
}

function settles({ checks, effects }: Plan): boolean {
  return checks.length === 0 && effects.some(({ kind }) => kind === "settle");
}

async function haltAt(point: LifePoint): Promise<void> {
  if (halt?.point !== point) return;
  arrived += 1;
  if (arrived !== halt.call) return;
  process.stdout.write("arrived\n");
  await new Promise(() => {});
}
