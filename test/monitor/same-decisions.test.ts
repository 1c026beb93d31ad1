import { type AuditRecord, createAuthorizer, createMemoryAuditLog, monitorAuthorizer, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, labels: [customer-data], cost: 0.02 }
  note: { scope: tool:note, arguments: [text] }
  send: { scope: tool:email:send, cost: 0.01 }
  erase: { scope: tool:erase }
policies:
  - role: rep
    allow: [tool:crm:read, tool:note, tool:email:send]
    deny: [tool:erase]
rules: [{ id: no-data-out, after: label:customer-data, deny: tool:email:send, within: 10m }]
limits: [{ per: session, max: 4, window: 1m }]
budgets: [{ per: user, limit: "0.10", window: day }]
runaway: { denials: 4, failures: 3, identical: { max: 3, window: 1m }, cooldown: 2m }
`);

interface Step {
  readonly tool: string;
  readonly session: string;
  readonly text: string;
  readonly known: boolean;
  readonly fails: boolean;
  /** Milliseconds. */
  readonly pause: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    tool: fc.constantFrom("read", "note", "send", "erase", "nope"),
    session: fc.constantFrom("s1", "s2"),
    text: fc.constantFrom("a", "b", "c"),
    known: fc.integer({ min: 0, max: 9 }).map((value) => value > 0),
    fails: fc.boolean(),
    pause: fc.constantFrom(0, 1_000, 30_000, 90_000),
  }),
  { minLength: 1, maxLength: 40 },
);

/** What was decided of each call, what ran, and what monitor mode let through. */
async function play(trace: readonly Step[], { monitored }: { readonly monitored: boolean }) {
  const audit = createMemoryAuditLog();
  let now = Date.UTC(2026, 0, 1);
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `e${ids}`;
  };
  const clock = () => now;
  const inner = createAuthorizer({ policy, audit, clock, newId });
  const onFault = (fault: unknown) => expect.unreachable(String(fault));
  const authorizer = monitored ? monitorAuthorizer(inner, { audit, clock, onFault }) : inner;
  const ran: boolean[] = [];
  for (const { tool, session, text, known, fails, pause } of trace) {
    now += pause;
    const subject = { id: "u1", roles: ["rep"], scopes: ["tool:**"] };
    const context = known ? { subject, actor: { id: "bot" }, session } : undefined;
    let started = false;
    const body = () => {
      started = true;
      if (fails) throw new Error("broke");
      return "ran";
    };
    await authorizer.run({ tool, arguments: { text } }, context, body).catch(() => {});
    ran.push(started);
  }
  return { ran, records: audit.records, decisions: audit.records.filter(({ type }) => type === "decision") };
}

const idsOf = (records: readonly AuditRecord[], type: AuditRecord["type"]) =>
  records.flatMap((record) => (record.type === type && "evaluationId" in record ? [record.evaluationId] : []));

it("monitor mode decides what enforcing decides, call by call, also after denials; only what runs differs", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (trace) => {
      const enforced = await play(trace, { monitored: false });
      const monitored = await play(trace, { monitored: true });
      expect(monitored.decisions).toEqual(enforced.decisions);
      expect(monitored.ran).toEqual(trace.map(() => true));
      const denied = enforced.decisions.flatMap((record) =>
        record.type === "decision" && record.decision === "deny" ? [record.evaluationId] : [],
      );
      expect(idsOf(monitored.records, "monitor")).toEqual(denied);
      // Exactly one outcome for each call that ran.
      expect(idsOf(monitored.records, "outcome").toSorted()).toEqual(idsOf(monitored.records, "decision").toSorted());
    }),
    { numRuns: 60 },
  );
});
