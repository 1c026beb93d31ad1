import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallContext, checkPermissions, createAuthorizer, parsePolicy } from "@ambit/core";
import { openFileAuditLog } from "@ambit/core/node";
import { type Contender, measure, printTable } from "./measure.ts";

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

/** What one decision costs: the pure check, and a whole run around a tool that does nothing. */
export async function benchDecision(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
  const audit = await openFileAuditLog(join(folder, "audit.jsonl"));
  const plain = createAuthorizer({ policy });
  const audited = createAuthorizer({ policy, audit });
  const contenders: Contender[] = [
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
        for (let n = 0; n < times; n += 1) await plain.run(call, context, tool);
      },
    },
  ];
  const durable: Contender[] = [
    {
      name: "authorizer.run, durable audit log, one at a time",
      loop: async (times) => {
        for (let n = 0; n < times; n += 1) await audited.run(call, context, tool);
      },
    },
    {
      name: "authorizer.run, durable audit log, 64 at once",
      loop: (times) => inParallel(64, times, () => audited.run(call, context, tool)),
    },
  ];
  printTable("One decision (article's policy, one budget)", await measure(contenders), "the tool alone");
  printTable(
    "One decision with its records flushed to the disk",
    await measure(durable, { rounds: 5 }),
    durable[0]?.name ?? "",
  );
  await audit.close();
  await rm(folder, { recursive: true });
}

function checkLoop(name: string, expected: boolean): (times: number) => void {
  const user = { sub: "auth0|8f3a2b1c", role: "rep" };
  const scopes = context.subject.scopes;
  return (times) => {
    let agreed = 0;
    for (let n = 0; n < times; n += 1) {
      if (checkPermissions({ user, tool: name, scopes, policy }).allowed === expected) agreed += 1;
    }
    if (agreed !== times) throw new Error(`checkPermissions answered wrong for ${name}`);
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
