import {
  type AuditLog,
  type CallContext,
  createAuthorizer,
  createMemoryStore,
  type Plan,
  parsePolicy,
  type StateStore,
  StateStoreError,
} from "@ambit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

const runs = Number(process.env["AMBIT_INTERLEAVINGS"] ?? 400);
const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, labels: [customer-data] }
  mail: { scope: tool:mail:send }
  look: { scope: tool:look }
  pay: { scope: tool:pay, cost: 1 }
policies: [{ role: rep, allow: ["tool:**"] }]
rules:
  - { id: no-data-out, after: label:customer-data, deny: tool:mail:send }
  - { id: look-before-pay, before: tool:pay, require: tool:look }
limits: [{ per: user, scope: tool:look, concurrent: 2 }]
budgets: [{ id: of-user, per: user, limit: 3 }, { id: of-session, per: session, limit: 2 }, { id: of-agent, per: agent, limit: 2 }]
runaway: { failures: 2 }
`);

interface PlannedCall {
  readonly tool: "read" | "mail" | "look" | "pay";
  readonly session: string;
  readonly agent: string;
  readonly fails: boolean;
  readonly fault: "none" | "log" | "answer" | "abort";
}

/** A call that was made, with what has become of it so far. */
interface Made extends PlannedCall {
  recorded: boolean;
  executions: number;
  outcomes: number;
}

const anyCall: fc.Arbitrary<PlannedCall> = fc.record({
  tool: fc.constantFrom(
    "read" as const,
    "mail" as const,
    "look" as const,
    "look" as const,
    "pay" as const,
    "pay" as const,
  ),
  session: fc.constantFrom("s1", "s1", "s2"),
  agent: fc.constantFrom("a1", "a1", "a2"),
  fails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  fault: fc.constantFrom(
    "none" as const,
    "none" as const,
    "none" as const,
    "none" as const,
    "log" as const,
    "answer" as const,
    "abort" as const,
  ),
});
/** Calls of several processes: those of one list are made one after another. */
const lanes = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 });

it("B1, B5, E1, E3, E5, S3: in every interleaving of processes over one store, rules, limits and budgets hold", async () => {
  const executed = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), lanes, async (scheduler, calls) => {
      const watch = new Watch(scheduler);
      const lane = async (list: readonly PlannedCall[]) => {
        for (const call of list) await watch.make(call);
      };
      await scheduler.waitFor(Promise.all(calls.map(lane)));
      // What was reserved for a call that could not be recorded is given back behind its answer.
      await scheduler.waitIdle();
      watch.checkBalances();
      expect(watch.broken).toEqual([]);
      for (const { tool } of watch.executed) executed.set(tool, (executed.get(tool) ?? 0) + 1);
    }),
    { numRuns: runs },
  );
  const rare = ["read", "mail", "look", "pay"].filter((tool) => (executed.get(tool) ?? 0) < runs / 20);
  expect(rare, "hardly ever executed").toEqual([]);
});

/** Follows what the store holds, moment by moment, and asserts at each of them what must be so. */
class Watch {
  readonly executed: Made[] = [];
  readonly broken: string[] = [];
  readonly #store = createMemoryStore();
  readonly #scheduler: fc.Scheduler;
  /** By session: failures in a row. */
  readonly #failures = new Map<string, number>();
  /** By session: what was taken, or has succeeded. */
  readonly #happened = new Set<string>();
  readonly #stopped = new Set<string>();
  readonly #payPlans = new Map<string, Plan>();
  #looking = 0;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  async make(planned: PlannedCall): Promise<void> {
    const call: Made = { ...planned, recorded: false, executions: 0, outcomes: 0 };
    const { tool, session, agent } = call;
    const options = {
      policy,
      store: this.#storeFor(call),
      audit: this.#logFor(call),
      clock: () => 0,
      deadline: 60_000,
    };
    const context: CallContext = {
      subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
      actor: { id: agent },
      session,
      signal: {
        get aborted() {
          return call.fault === "abort" && call.recorded;
        },
      },
    };
    const failure = new Error("the tool failed");
    const result = await createAuthorizer(options)
      .run({ tool, arguments: {} }, context, () => this.#execute(call, failure))
      .catch((error: unknown) => {
        if (error !== failure) throw error;
      });
    const denied = result?.executed === false ? result.decision.code : undefined;
    if (denied === "runaway") this.#stopped.add(session);
    // E3, E5: a call that was denied did not run; a permit that was recorded ends once, whatever became of it.
    expect(call.executions).toBe(denied === undefined ? 1 : 0);
    expect(call.outcomes).toBe(call.recorded ? 1 : 0);
  }

  /** B5: each of the budgets has counted each call, or none has. */
  checkBalances(): void {
    for (const [owner, { partition, keys, checks, now }] of this.#payPlans) {
      const asked = checks.flatMap((check) =>
        check.kind === "account"
          ? [{ ...check, amount: 0 as typeof check.amount, limit: Number.MAX_SAFE_INTEGER as typeof check.limit }]
          : [],
      );
      const { observed } = this.#store.apply({ partition, keys, checks: asked, effects: [], now });
      const [session, agent] = owner.split(" ");
      const paid = this.executed.filter(({ tool }) => tool === "pay");
      const own = [paid, paid.filter((call) => call.session === session), paid.filter((call) => call.agent === agent)];
      expect(observed.map(({ value }) => value)).toEqual(own.map(({ length }) => length * 1_000_000));
    }
  }

  #storeFor(call: Made): StateStore {
    return {
      apply: async (plan) => {
        await this.#scheduler.schedule(Promise.resolve());
        const answer = this.#store.apply(plan);
        const isDecision = plan.checks.length > 0;
        if (isDecision && call.tool === "pay") this.#payPlans.set(`${call.session} ${call.agent}`, plan);
        if (isDecision && answer.held === true) this.#taken(call);
        if (!isDecision && call.executions > 0) this.#ended(call);
        await this.#scheduler.schedule(Promise.resolve());
        if (isDecision && call.fault === "answer")
          throw new StateStoreError("state_unavailable", "the answer was lost");
        return answer;
      },
    };
  }

  /** What must be so at the very moment at which a call is let through. */
  #taken({ tool, session }: Made): void {
    this.#must(!this.#stopped.has(session), "let through a session that was stopped");
    this.#must((this.#failures.get(session) ?? 0) < 2, "let through after two failures in a row");
    if (tool === "mail") this.#must(!this.#happened.has(`${session} read`), "S3: mail after read");
    if (tool === "pay") this.#must(this.#happened.has(`${session} look succeeded`), "pay before look");
    this.#happened.add(`${session} ${tool}`);
  }

  /** What an assertion throws in a store would be taken for its fault. */
  #must(isSo: boolean, what: string): void {
    if (!isSo) this.broken.push(what);
  }

  #ended({ tool, session, fails }: Made): void {
    this.#failures.set(session, fails ? (this.#failures.get(session) ?? 0) + 1 : 0);
    if (!fails) this.#happened.add(`${session} ${tool} succeeded`);
  }

  #logFor(call: Made): AuditLog {
    return {
      append: async (record) => {
        await this.#scheduler.schedule(Promise.resolve());
        if (record.type === "outcome") call.outcomes += 1;
        if (record.type !== "decision" || record.decision !== "permit") return;
        if (call.fault === "log") throw new Error("the disk is full");
        call.recorded = true;
      },
    };
  }

  async #execute(call: Made, failure: Error): Promise<void> {
    expect(call.recorded, "E1: recorded before it starts").toBe(true);
    call.executions += 1;
    this.executed.push(call);
    const paid = this.executed.filter(({ tool }) => tool === "pay");
    expect(paid.length, "B1").toBeLessThanOrEqual(3);
    expect(paid.filter(({ session }) => session === call.session).length, "B1: of a session").toBeLessThanOrEqual(2);
    expect(paid.filter(({ agent }) => agent === call.agent).length, "B1: of an agent").toBeLessThanOrEqual(2);
    if (call.tool === "look") this.#looking += 1;
    expect(this.#looking, "at once").toBeLessThanOrEqual(2);
    await this.#scheduler.schedule(Promise.resolve());
    if (call.tool === "look") this.#looking -= 1;
    if (call.fails) throw failure;
  }
}
