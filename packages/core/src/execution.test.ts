import { describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit/audit-record.ts";
import type { Authorizer } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import type { UsedApproval } from "./decision.ts";
import type { Execution } from "./execution.ts";
import { monitorAuthorizer } from "./monitor/monitor-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(`
tools:
  look: { scope: tool:look, cost: 0.02 }
  pay: { scope: tool:pay }
  sign: { scope: tool:sign }
policies: [{ role: rep, allow: [tool:look, tool:pay, { scope: tool:sign, approval: true }] }]
rules: [{ id: look-first, before: tool:pay, require: tool:look }]
budgets: [{ per: user, limit: "0.07", window: day }]
runaway: { failures: 2 }
approvals: { approvers: ["role:manager"] }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const look = { tool: "look", arguments: {} };
const none = { ...context, subject: { ...context.subject, roles: [] } };

function setUp() {
  const records: AuditRecord[] = [];
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  const authorizer = createAuthorizer({ policy, clock: () => 0, audit });
  const monitored = monitorAuthorizer(authorizer, { audit, onFault: () => {} });
  const outcomes = () => records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
  return { authorizer, monitored, outcomes };
}

type Start = (authorizer: Authorizer, who: CallContext) => Promise<unknown>;
const starts: Record<string, Start> = {
  run: (authorizer, who) =>
    authorizer.run(look, who, async (_args, { reportAbort }) => {
      reportAbort();
      throw new Error("stopped");
    }),
  stream: async (authorizer, who) => {
    const streamed = await authorizer.stream(look, who, async function* (_args, { reportAbort }) {
      yield 1;
      reportAbort();
      throw new Error("stopped");
    });
    return streamed.executed && Array.fromAsync(streamed.stream);
  },
};

describe.each(Object.entries(starts))("a tool that says that it stops before its end, by %s", (_name, start) => {
  it("is charged, and its error goes on as it is", async () => {
    const { authorizer, outcomes } = setUp();
    for (let times = 0; times < 3; times += 1) await expect(start(authorizer, context)).rejects.toThrow("stopped");
    // Three of 0.02 are gone of 0.07. That they are no failures shows by the reason: two of them are a sign of a runaway.
    expect((await authorizer.run(look, context, () => 1)).decision.reason).toContain("budget exceeded");
    expect(outcomes()).toEqual(["aborted", "aborted", "aborted"]);
  });

  it("has not succeeded: what must have happened before has not", async () => {
    const { authorizer } = setUp();
    const pay = () => authorizer.run({ tool: "pay", arguments: {} }, context, () => "paid");
    await expect(start(authorizer, context)).rejects.toThrow("stopped");
    expect((await pay()).decision).toMatchObject({ allowed: false, code: "history_requires" });
    await authorizer.run(look, context, () => "seen");
    expect((await pay()).executed).toBe(true);
  });

  it("ends alike where monitor mode let it through", async () => {
    const { monitored, outcomes } = setUp();
    await expect(start(monitored, none)).rejects.toThrow("stopped");
    expect(outcomes()).toEqual(["aborted"]);
  });
});

it("what it says of a stop counts for nothing where the tool then ends as any", async () => {
  const { authorizer, outcomes } = setUp();
  await authorizer.run(look, context, (_args, { reportAbort }) => reportAbort());
  expect(outcomes()).toEqual(["succeeded"]);
});

it("a tool is told under which approvals it runs", async () => {
  const { authorizer } = setUp();
  const seen: (readonly UsedApproval[])[] = [];
  const call = async (tool: string) =>
    authorizer.run({ tool, arguments: {} }, context, (_args: object, { approvals }: Execution) => seen.push(approvals));
  const { decision } = await call("sign");
  const id = decision.allowed ? "" : (decision.approval?.id ?? "");
  await authorizer.approvals.approve(id, { id: "m1", roles: ["manager"], scopes: [] });
  await call("sign");
  await call("look");
  expect(seen).toEqual([[{ id, approver: { issuer: "", id: "m1" } }], []]);
});
