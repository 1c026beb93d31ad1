import {
  type ApprovalStore,
  type AuditLog,
  type CallContext,
  createAuthorizer,
  createMemoryStore,
  parsePolicy,
  type StateStore,
} from "@ambit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

const runs = Number(process.env["AMBIT_INTERLEAVINGS"] ?? 200);
const policy = parsePolicy(`
tools: { refund: { scope: tool:refund } }
policies: [{ role: rep, allow: [{ scope: tool:refund, approval: true }] }, { role: lead, allow: [] }]
approvals: { approvers: [role:lead] }
`);
const context: CallContext = {
  subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "a" },
  session: "s",
};
const refund = { tool: "refund", arguments: { amount: 300 } };
const people = ["vera", "otto"].map((id) => ({ id, roles: ["lead"], scopes: [] }));

/** Every answer of the store comes whenever the scheduler says, before or after the deed. */
function slow(memory: ReturnType<typeof createMemoryStore>, turn: () => Promise<void>): StateStore {
  const whenever = async <Answer>(deed: () => Answer): Promise<Answer> => {
    await turn();
    const answer = deed();
    await turn();
    return answer;
  };
  const approvals: ApprovalStore = {
    insert: (row, limits) => whenever(() => memory.approvals.insert(row, limits)),
    read: (partition, key) => whenever(() => memory.approvals.read(partition, key)),
    replace: (row, expected) => whenever(() => memory.approvals.replace(row, expected)),
    list: (partition, page) => whenever(() => memory.approvals.list(partition, page)),
  };
  return { apply: (plan) => whenever(() => memory.apply(plan)), approvals };
}

const step = fc.constantFrom("run", "run", "run", "approve", "approve", "deny");

it("A2, A6: in every interleaving of calls and answers, nothing runs more often than a person has approved it, each approval recorded first", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(step, { minLength: 2, maxLength: 10 }), async (scheduler, steps) => {
      const store = slow(createMemoryStore(), () => scheduler.schedule(Promise.resolve()));
      const approved = new Set<string>();
      const audit: AuditLog = {
        append: async (record) => {
          await scheduler.schedule(Promise.resolve());
          if (record.type !== "approval" || record.action !== "approve") return;
          if (record.decision === "permit") approved.add(record.approval);
        },
      };
      // Two processes over one state.
      const authorizers = [0, 1].map(() => createAuthorizer({ policy, store, audit, deadline: 60_000 }));
      const used: string[] = [];
      let executed = 0;
      const act = async (verb: string, index: number) => {
        const authorizer = authorizers[index % 2] ?? expect.unreachable();
        if (verb === "run") {
          const outcome = await authorizer.run(refund, context, () => {
            executed += 1;
          });
          if (outcome.executed) used.push(...(outcome.decision.approvals ?? []).map(({ id }) => id));
          return;
        }
        const [request] = await authorizer.approvals.list({ status: "pending" });
        const person = people[index % 2] ?? expect.unreachable();
        if (request === undefined) return;
        await (verb === "approve"
          ? authorizer.approvals.approve(request.id, person)
          : authorizer.approvals.deny(request.id, person));
      };
      // Asked about and approved, so that calls and further answers meet an approval that stands.
      for (const verb of ["run", "approve"]) await scheduler.waitFor(act(verb, 0));
      await scheduler.waitFor(Promise.all(steps.map(act)));
      expect(new Set(used).size).toBe(used.length);
      expect(executed).toBe(used.length);
      for (const id of used) expect(approved.has(id)).toBe(true);
    }),
    { numRuns: runs },
  );
});
