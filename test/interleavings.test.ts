import {
  type AuditLog,
  type CallContext,
  createAuthorizer,
  createMemoryStore,
  parsePolicy,
  type StateStore,
} from "@ambit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

const runs = Number(process.env["AMBIT_INTERLEAVINGS"] ?? 2_000);
const policy = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 1 } }
policies: [{ role: rep, allow: [tool:buy] }]
budgets: [{ per: user, limit: 3 }]
`);
const context: CallContext = {
  subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "a" },
  session: "s",
};
const step = fc.record({
  verb: fc.constantFrom("run", "authorize", "both"),
  id: fc.constantFrom("c1", "c2", undefined),
});
const faults = fc.array(fc.constantFrom("ok", "ok", "ok", "fail"), { minLength: 1, maxLength: 8 });

it("B1, E1, E3: in every interleaving of calls, answers and faults, nothing runs unrecorded, unpaid or twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 1, maxLength: 8 }),
      faults,
      async (scheduler, steps, audits) => {
        const memory = createMemoryStore();
        const store: StateStore = {
          apply: (plan) => scheduler.schedule(Promise.resolve()).then(() => memory.apply(plan)),
        };
        const recorded = new Set<string>();
        let appends = 0;
        const audit: AuditLog = {
          append: async (record) => {
            const works = audits[appends++ % audits.length] === "ok";
            await scheduler.schedule(Promise.resolve());
            if (!works) throw new Error("disk full");
            if (record.type === "decision" && record.decision === "permit") recorded.add(record.evaluationId);
          },
        };
        const authorizer = createAuthorizer({ policy, store, audit, deadline: 60_000 });
        const executed: string[] = [];
        const call = (id: string | undefined) => ({ tool: "buy", arguments: {}, id });
        const run = async (id: string | undefined) => {
          const before = new Set(recorded);
          let started = false;
          const outcome = await authorizer.run(call(id), context, async () => {
            started = true;
            for (const known of recorded) before.add(known);
            await scheduler.schedule(Promise.resolve());
          });
          expect(started).toBe(outcome.executed);
          if (!outcome.executed) return;
          expect(before.has(outcome.decision.evaluationId)).toBe(true);
          executed.push(outcome.decision.evaluationId);
        };
        const tasks = steps.flatMap(({ verb, id }) => [
          ...(verb === "run" ? [] : [authorizer.authorize(call(id), context)]),
          ...(verb === "authorize" ? [] : [run(id)]),
        ]);
        await scheduler.waitFor(Promise.all(tasks));
        expect(executed.length).toBeLessThanOrEqual(3);
        expect(new Set(executed).size).toBe(executed.length);
      },
    ),
    { numRuns: runs },
  );
});
