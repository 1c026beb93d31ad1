import { describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit/audit-record.ts";
import type { AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import type { Plan } from "./state/plan.ts";
import type { ListedSuspension } from "./suspension-list.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy("policies: [{ role: r, allow: [tool:x] }]");
const context: CallContext = {
  subject: { id: "u", issuer: "https://id", tenant: "acme", roles: ["r"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s",
};
const make = (options: Partial<AuthorizerOptions> = {}) => createAuthorizer({ policy, ...options });
const call = { tool: "x", arguments: {} };
const codeOf = async (authorizer: ReturnType<typeof make>, who = context) => {
  const decision = await authorizer.authorize(call, who);
  return decision.allowed ? "permit" : decision.code;
};

describe("R7: everything", () => {
  it("is stopped in one authorizer, also without its store, until it is resumed there", async () => {
    const store = createMemoryStore();
    let down = true;
    const failing = { apply: (plan: Plan) => (down ? Promise.reject(new Error("refused")) : store.apply(plan)) };
    const [here, there] = [make({ store: failing }), make({ store: failing })];
    await here.suspend({ kind: "everything" });
    down = false;
    expect([await codeOf(here), await codeOf(there)]).toEqual(["suspended", "permit"]);
    await here.resume({ kind: "tenant", tenant: "acme" });
    expect(await codeOf(here)).toBe("suspended");
    await here.resume({ kind: "everything" });
    expect(await codeOf(here)).toBe("permit");
  });

  it("goes on by itself at its moment, and a shorter suspension ends no longer one", async () => {
    let now = 1_000_000;
    const authorizer = make({ clock: () => now });
    await authorizer.suspend({ kind: "everything" }, now + 60_000);
    await authorizer.suspend({ kind: "everything" }, now + 1_000);
    now += 59_999;
    expect(await codeOf(authorizer)).toBe("suspended");
    now += 1;
    expect(await codeOf(authorizer)).toBe("permit");
  });

  it("is recorded with its reason", async () => {
    const records: AuditRecord[] = [];
    const authorizer = make({ audit: { append: async (record) => void records.push(record) } });
    await authorizer.suspend({ kind: "everything" }, undefined, "incident");
    expect(records).toMatchObject([
      { kind: "everything", by: "application", tenant: null, id: null, reason: "incident" },
    ]);
  });
});

describe("R7: what a source lists is stopped", () => {
  it.each<[string, ListedSuspension, boolean]>([
    ["everything", { kind: "everything" }, true],
    ["the tenant", { kind: "tenant", tenant: "acme" }, true],
    ["another tenant", { kind: "tenant", tenant: "" }, false],
    ["the agent, in every tenant", { kind: "agent", id: "bot" }, true],
    ["the agent of the tenant", { kind: "agent", id: "bot", tenant: "acme" }, true],
    ["the agent of another tenant", { kind: "agent", id: "bot", tenant: "" }, false],
    ["another agent", { kind: "agent", id: "u" }, false],
    ["the user, of every issuer", { kind: "user", id: "u" }, true],
    ["the user of the issuer", { kind: "user", id: "u", issuer: "https://id", tenant: "acme" }, true],
    ["the user of another issuer", { kind: "user", id: "u", issuer: "" }, false],
    ["the session, of every user", { kind: "session", id: "s" }, true],
    ["the session of the user", { kind: "session", id: "s", user: "u", issuer: "https://id", tenant: "acme" }, true],
    ["the session of another user", { kind: "session", id: "s", user: "v" }, false],
    ["a suspension that lasts", { kind: "everything", until: 1_000_001 }, true],
    ["a suspension that has ended", { kind: "everything", until: 1_000_000 }, false],
    ["a suspension until no moment", { kind: "everything", until: Number.NaN }, true],
    // A source of somebody's, which need not keep to its type.
    ["what is of an unknown kind", { kind: "team", id: "x" } as unknown as ListedSuspension, true],
  ])("%s", async (_who, entry, stops) => {
    const authorizer = make({ clock: () => 1_000_000, suspensions: { current: [entry] } });
    expect(await authorizer.authorize(call, context)).toMatchObject(
      stops ? { code: "suspended", reason: "these calls are suspended" } : { allowed: true },
    );
  });

  it("resume ends nothing of it, and its end ends nothing that the application stopped", async () => {
    const suspensions = { current: [{ kind: "agent", id: "bot" }] as readonly ListedSuspension[] };
    const authorizer = make({ suspensions });
    await authorizer.resume({ kind: "agent", tenant: "acme", id: "bot" });
    await authorizer.resume({ kind: "everything" });
    expect(await codeOf(authorizer)).toBe("suspended");
    await authorizer.suspend({ kind: "agent", tenant: "acme", id: "bot" });
    suspensions.current = [];
    expect(await codeOf(authorizer)).toBe("suspended");
    await authorizer.resume({ kind: "agent", tenant: "acme", id: "bot" });
    expect(await codeOf(authorizer)).toBe("permit");
  });

  it("a source that throws permits nothing, and starts nothing that was permitted before", async () => {
    const suspensions = {
      broken: false,
      get current(): readonly ListedSuspension[] {
        if (this.broken) throw new Error("broken");
        return [];
      },
    };
    const authorizer = make({ suspensions });
    const asked = { ...call, id: "c1" };
    expect((await authorizer.authorize(asked, context)).allowed).toBe(true);
    suspensions.broken = true;
    expect(await authorizer.run(asked, context, () => expect.unreachable())).toMatchObject({ executed: false });
    expect(await codeOf(authorizer)).toBe("indeterminate");
  });
});

describe("R7: a call that was admitted and has not started does not start after a suspension", () => {
  const stopped = { kind: "tenant", tenant: "acme" } as const;

  it("while its record is written", async () => {
    const ends: AuditRecord[] = [];
    let record = async (): Promise<void> => {};
    const audit = {
      append: async (entry: AuditRecord) => {
        if (entry.type === "outcome") ends.push(entry);
        if (entry.type === "decision" && entry.decision === "permit") await record();
      },
    };
    const authorizer = make({ audit });
    record = () => authorizer.suspend(stopped);
    const outcome = await authorizer.run(call, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "suspended" } });
    expect(ends).toMatchObject([{ status: "not_started", cost: "0.00" }]);
  });

  it("while its duty is performed", async () => {
    const duty = parsePolicy(
      "policies: [{ role: r, allow: [{ scope: tool:x, obligations: [{ id: tell, type: tell }] }] }]",
    );
    const list: { current: readonly ListedSuspension[] } = { current: [] };
    const tell = () => {
      list.current = [{ kind: "everything" }];
    };
    const authorizer = make({ policy: duty, suspensions: list, obligations: { tell } });
    const outcome = await authorizer.run(call, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "suspended" } });
  });

  it("while the store does not answer, where the policy then lets it run", async () => {
    const open = parsePolicy("policies: [{ role: r, allow: [tool:x] }]\nfail: open");
    const list: { current: readonly ListedSuspension[] } = { current: [] };
    const store = {
      apply: () => {
        list.current = [{ kind: "everything" }];
        return Promise.reject(new Error("timed out"));
      },
    };
    const authorizer = make({ policy: open, store, suspensions: list });
    const outcome = await authorizer.run(call, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "suspended" } });
  });

  it("while an answer of the store is on its way that was given before", async () => {
    const store = createMemoryStore();
    let suspend: () => Promise<void> = async () => {};
    const overtaken = {
      apply: async (plan: Plan) => {
        const answer = store.apply(plan);
        if (plan.checks.length > 0) await suspend();
        return answer;
      },
    };
    const authorizer = make({ store: overtaken });
    suspend = () => authorizer.suspend(stopped);
    const outcome = await authorizer.run(call, context, () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "suspended" } });
  });
});
