import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallContext, checkPermissions, createAuthorizer, parsePolicy } from "@ambit/core";
import { openFileAuditLog } from "@ambit/core/node";
import { elapsedTime } from "../clock.ts";
import { type Contender, measure } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableRatio, readableTime } from "../readable.ts";
import type { Effort, Report, Section, Table } from "../section.ts";
import { benchDecisionByRules } from "./decision-by-rules.ts";

/** What one whole decision costs: the pure check, and a run around a tool that does nothing, recorded or not. */
export const decisionSection: Section = { name: "decision", run: benchDecision };

const policy = parsePolicy(`
policies:
  - role: rep
    allow: [tool:crm:read, tool:email:draft, tool:email:send:internal]
    deny: [tool:email:send:external, tool:crm:write]
  - role: manager
    allow: [tool:crm:read, tool:crm:write, tool:email:send:internal, tool:email:send:external]
budgets:
  - { per: user, limit: "9000000.00", window: day }
`);
const context: CallContext = {
  subject: { id: "auth0|8f3a2b1c", roles: ["rep"], scopes: ["tool:crm:read", "tool:email:send:internal"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const call = { tool: "crm:read", arguments: { quarter: "Q1", limit: 20 } };
const tool = async (args: Record<string, unknown>): Promise<unknown> => args;

async function benchDecision(effort: Effort): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
  const audit = await openFileAuditLog(join(folder, "audit.jsonl"));
  tellProgress("one decision");
  const memory = await measure(memoryContenders(), effort);
  tellProgress("one decision, recorded");
  const durable = await measure(durableContenders(createAuthorizer({ policy, audit })), {
    ...effort,
    clock: elapsedTime,
  });
  await audit.close();
  await rm(folder, { recursive: true });
  const byRules = await benchDecisionByRules(effort);
  return {
    tables: [
      makeTable("One decision (the article's policy, one budget)", memory),
      makeTable("One decision with its records flushed to the disk", durable),
      ...byRules.tables,
    ],
    goals: byRules.goals,
    notes: ["The ratios of the first two tables are to their first lines."],
  };
}

type Run = Pick<ReturnType<typeof createAuthorizer>, "run">;

function memoryContenders(): Contender[] {
  const plain = createAuthorizer({ policy });
  return [
    {
      name: "the tool alone",
      loop: async (times) => {
        for (let n = 0; n < times; n += 1) await tool(call.arguments);
      },
    },
    { name: "checkPermissions, permitted", loop: checkLoop("crm:read", true) },
    { name: "checkPermissions, denied", loop: checkLoop("email:send:external", false) },
    {
      name: "authorizer.run, no audit log",
      loop: async (times) => {
        for (let n = 0; n < times; n += 1) await runOnce(plain);
      },
    },
  ];
}

function durableContenders(audited: Run): Contender[] {
  return [
    {
      name: "authorizer.run, durable audit log, one at a time",
      loop: async (times) => {
        for (let n = 0; n < times; n += 1) await runOnce(audited);
      },
    },
    {
      name: "authorizer.run, durable audit log, 64 at once",
      loop: (times) => inParallel(64, times, () => runOnce(audited)),
    },
  ];
}

async function runOnce(authorizer: Run): Promise<void> {
  const { executed, decision } = await authorizer.run(call, context, tool);
  if (!executed) throw new Error(`authorizer.run answers wrong, so nothing was measured: ${decision.reason}`);
}

function checkLoop(name: string, expected: boolean): (times: number) => void {
  const user = { sub: "auth0|8f3a2b1c", role: "rep" };
  const { scopes } = context.subject;
  return (times) => {
    let agreed = 0;
    for (let n = 0; n < times; n += 1) {
      if (checkPermissions({ user, tool: name, scopes, policy }).allowed === expected) agreed += 1;
    }
    if (agreed !== times) throw new Error(`checkPermissions answers wrong for ${name}, so nothing was measured`);
  };
}

async function inParallel(width: number, times: number, task: () => Promise<unknown>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await task();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function makeTable(title: string, timings: ReadonlyMap<string, number>): Table {
  const [reference = Number.NaN] = timings.values();
  const rows = [...timings].map(([name, nanoseconds]) => ({
    name,
    cells: [readableTime(nanoseconds), readableRatio(nanoseconds / reference)],
    figures: [nanoseconds, nanoseconds / reference],
  }));
  return { title, columns: ["", "time", "ratio"], rows };
}
