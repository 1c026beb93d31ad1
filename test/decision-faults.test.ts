import {
  type AuditLog,
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  createMemoryAuditLog,
  createMemoryStore,
  denyCodes,
  type Policy,
  parsePolicy,
  type StateStore,
  type ToolCall,
} from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { propertyRuns } from "./generators/decision-property.ts";

const policy = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 1 }, see: { scope: tool:see } }
policies: [{ role: a, allow: ["**"] }]
budgets: [{ per: user, limit: 100 }]
`);
const call = { tool: "buy", arguments: {} };
const context: CallContext = { subject: { id: "u", roles: ["a"], scopes: ["**"] }, actor: { id: "bot" }, session: "s" };
const never = () => new Promise<never>(() => {});
const fail = (): never => {
  throw new Error("out of order");
};
// What a backend of another make might do; no type stands for that.
const store = (apply: () => unknown) => ({ store: { apply } as unknown as StateStore });
const audit = (append: () => unknown) => ({ audit: { append } as unknown as AuditLog });

const faults: readonly [string, Partial<AuthorizerOptions>][] = [
  ...[
    undefined,
    null,
    "true",
    true,
    1,
    {},
    [],
    { held: 1 },
    { held: "true" },
    { held: 1, observed: [] },
    { held: null },
  ].map((answer): [string, Partial<AuthorizerOptions>] => [
    `a store that answers ${JSON.stringify(answer)}`,
    store(() => answer),
  ]),
  ["a store that resolves to true", store(async () => true)],
  ["a store that throws", store(fail)],
  ["a store that throws undefined", store(() => Promise.reject(undefined))],
  ["a store that never answers", store(never)],
  ["a store whose answer throws when read", store(() => Object.defineProperty({}, "held", { get: fail }))],
  ["a store without a verb", { store: {} as StateStore }],
  ["an audit log that throws", audit(fail)],
  ["an audit log that never answers", audit(never)],
  ["an audit log that rejects with nothing", audit(() => Promise.reject(undefined))],
  ["an audit log without a verb", { audit: {} as AuditLog }],
  ["a clock that throws", { clock: fail }],
  ["a clock that says nothing", { clock: () => Number.NaN }],
  ["a clock that says infinity", { clock: () => Number.POSITIVE_INFINITY }],
  ["a clock that says a text", { clock: () => "now" as unknown as number }],
  ["ids that cannot be made", { newId: fail }],
  ["no policy", { policy: undefined }],
];

describe("D6: there is always an answer, and rubbish is never a permit", () => {
  it.each(faults)("%s", async (_name, options) => {
    const authorizer = createAuthorizer({ policy, deadline: 20, onFault: () => undefined, ...options });
    let started = false;
    expect(await authorizer.authorize(call, context)).toMatchObject({ allowed: false });
    const result = await authorizer.run(call, context, () => {
      started = true;
    });
    expect(result).toMatchObject({ executed: false, decision: { allowed: false } });
    expect(await authorizer.stream(call, context, async function* () {})).toMatchObject({ executed: false });
    expect(started).toBe(false);
  });

  const traps = Object.fromEntries(
    ["id", "tool", "arguments", "subject", "length", "toJSON"].map((name) => [name, { get: fail }]),
  );
  const rubbish = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
    fc.constantFrom(Symbol("s"), () => "f", Object.defineProperties({}, traps)),
  );
  const anyCall = fc.oneof(
    rubbish,
    fc.record({ tool: rubbish, arguments: rubbish, id: rubbish }),
    fc.record({ tool: fc.constant("see"), arguments: rubbish }),
  );
  const anySubject = fc.record({ id: rubbish, roles: rubbish, scopes: rubbish, tenant: rubbish, issuer: rubbish });
  const anyContext = fc.oneof(
    rubbish,
    fc.record({ subject: anySubject, actor: rubbish, session: rubbish, grant: rubbish }),
    fc.record({
      subject: fc.constant(context.subject),
      actor: fc.record({ id: rubbish, tier: rubbish, chain: rubbish }),
      session: fc.constant("s"),
    }),
  );

  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  it.each([
    ["that is revoked", revoked.proxy],
    ["that throws", new Proxy({}, { get: fail, ownKeys: fail, getPrototypeOf: fail })],
  ])("a proxy %s in any place", async (_name, proxy) => {
    const authorizer = createAuthorizer({ policy });
    const { subject, actor } = context;
    const calls: unknown[] = [
      proxy,
      { tool: proxy },
      { ...call, arguments: proxy },
      { ...call, arguments: { a: [proxy] } },
    ];
    const places: unknown[] = [
      proxy,
      { ...context, subject: proxy },
      { ...context, actor: proxy },
      { ...context, session: proxy },
    ];
    places.push({ ...context, grant: proxy }, { ...context, subject: { ...subject, roles: proxy } });
    places.push(
      { ...context, subject: { ...subject, scopes: [proxy] } },
      { ...context, actor: { ...actor, chain: proxy } },
    );
    for (const asked of calls)
      expect(await authorizer.authorize(asked as ToolCall, context)).toMatchObject({ allowed: false });
    for (const who of places)
      expect(await authorizer.authorize(call, who as CallContext)).toMatchObject({ allowed: false });
  });

  it("whatever a call and its context are made of", async () => {
    const authorizer = createAuthorizer({ policy, deadline: 1_000 });
    // What is passed in is anything: no type stands for that.
    const property = fc.asyncProperty(anyCall, anyContext, async (asked, who) => {
      const decision = await authorizer.authorize(asked as ToolCall, who as CallContext);
      if (decision.allowed)
        expect([asked, who]).toMatchObject([{ tool: "see" }, { subject: { id: "u" }, session: "s" }]);
      else expect(denyCodes).toContain(decision.code);
    });
    await fc.assert(property, { numRuns: propertyRuns * 5 });
  });
});

describe("D7: one policy decides a call", () => {
  const generous = policy;
  const strict = parsePolicy(
    "{ tools: { buy: { scope: tool:buy, cost: 1 } }, policies: [{ role: b }], budgets: [{ per: user, limit: 9 }] }",
  );
  const step = fc.constantFrom("generous", "strict", "none", "call");

  it("the decision is that of the policy whose digest is in its record, whenever policies are exchanged", async () => {
    const seen = { permit: 0, deny: 0 };
    const property = fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 20 }), async (scheduler, steps) => {
      const reference: { current: Policy | undefined } = { current: generous };
      const records: AuditRecord[] = [];
      const log: AuditLog = {
        append: async (record) => {
          await scheduler.schedule(Promise.resolve());
          records.push(record);
        },
      };
      const memory = createMemoryStore();
      const slow: StateStore = {
        apply: (plan) => scheduler.schedule(Promise.resolve()).then(() => memory.apply(plan)),
      };
      const authorizer = createAuthorizer({ policy: reference, audit: log, store: slow, deadline: 60_000 });
      const exchange = { generous, strict, none: undefined };
      const decisions = steps.map(async (name) => {
        await scheduler.schedule(Promise.resolve());
        if (name === "call") return authorizer.authorize(call, context);
        reference.current = exchange[name];
        return undefined;
      });
      await scheduler.waitFor(Promise.all(decisions));
      for (const decision of await Promise.all(decisions)) {
        if (decision === undefined) continue;
        const record = records.find(
          (entry) => entry.type === "decision" && entry.evaluationId === decision.evaluationId,
        );
        const expected = decision.allowed ? generous.digest : strict.digest;
        if (!decision.allowed && decision.code === "unavailable") continue;
        seen[decision.allowed ? "permit" : "deny"] += 1;
        expect(record).toMatchObject({ decision: decision.allowed ? "permit" : "deny", policy: expected });
      }
    });
    await fc.assert(property, { numRuns: propertyRuns });
    expect(Math.min(seen.permit, seen.deny)).toBeGreaterThan(0);
  });

  it("a file with an error is no policy, and changes none", async () => {
    expect(() => parsePolicy('policies: [{ role: a, allow: ["**"], dney: [] }]')).toThrow();
    const log = createMemoryAuditLog();
    const authorizer = createAuthorizer({ policy: undefined, audit: log });
    expect(await authorizer.authorize(call, context)).toMatchObject({ allowed: false, code: "unavailable" });
  });
});
