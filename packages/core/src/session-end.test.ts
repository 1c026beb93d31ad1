import { describe, expect, it } from "vitest";
import type { AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { createSessions } from "./sessions.ts";
import { createMemoryStore, type MemoryStore } from "./state/memory/memory-store.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:read, labels: [secret], cost: 1 }
  send: { scope: tool:send }
policies: [{ role: rep, allow: [tool:read, tool:send] }]
rules: [{ id: no-mail-after-secrets, deny: tool:send, after: label:secret }]
limits: [{ id: one-at-a-time, per: session, concurrent: 2 }]
budgets: [{ id: whole-session, per: session, limit: "5" }]
runaway: { failures: 3, denials: 3, cycles: 3, identical: { max: 50, window: 1m } }
`);
const hour = 3_600_000;
const day = 24 * hour;
const start = 1_767_225_600_000;
const subject = { id: "u1", roles: ["rep"], scopes: ["tool:**"] };
const over = { code: "unauthenticated", reason: "this session is over, or was not begun here" };

/** One application: a clock that is set by hand, sessions of an hour, and a store. */
class Application {
  now = start;
  readonly sessions = createSessions({ secret: "x".repeat(32), lifetime: hour, clock: () => this.now });
  readonly store: MemoryStore;

  constructor(maximumCells = 1_000) {
    this.store = createMemoryStore({ maximumCells });
  }

  begin = (): CallContext => ({ subject, actor: { id: "bot" }, session: this.sessions.begin(subject) });
  /** One of its processes, whose clock may be a little off. */
  process = (options: Partial<AuthorizerOptions> = {}, skew = 0) => {
    const clock = () => this.now + skew;
    const authorizer = createAuthorizer({ policy, store: this.store, sessions: this.sessions, clock, ...options });
    return async (tool: string, context: CallContext, execute = () => "done") => {
      const result = await authorizer.run({ tool, arguments: {} }, context, execute);
      return result.executed ? result.result : { code: result.decision.code, reason: result.decision.reason };
    };
  };
}

describe("with sessions that end", () => {
  it.each<[string, (context: CallContext) => CallContext]>([
    ["an id that the client made", (context) => ({ ...context, session: "s1" })],
    ["another user's session", (context) => ({ ...context, subject: { ...subject, id: "u2" } })],
    ["a session of another issuer", (context) => ({ ...context, subject: { ...subject, issuer: "other" } })],
    ["a session of another tenant", (context) => ({ ...context, subject: { ...subject, tenant: "other" } })],
  ])("S2, R1: %s is refused, again and again, and leaves nothing behind", async (_what, change) => {
    const application = new Application();
    const run = application.process();
    const context = application.begin();
    expect(await run("read", context)).toBe("done");
    const before = application.store.size;
    for (let time = 0; time < 5; time += 1) expect(await run("read", change(context))).toEqual(over);
    expect(application.store.size).toBe(before);
    expect(await run("read", context)).toBe("done");
  });

  it("S1: what a session must not do it must not do until its end, and from then on it does nothing at all", async () => {
    const application = new Application();
    const run = application.process();
    const context = application.begin();
    expect(await run("read", context)).toBe("done");
    application.now += hour - 1;
    expect(await run("send", context)).toMatchObject({ code: "history_forbids" });
    application.now += 1;
    for (const tool of ["send", "read"]) expect(await run(tool, context)).toEqual(over);
    application.now += 100 * day;
    for (const tool of ["send", "read"]) expect(await run(tool, context)).toEqual(over);
  });

  it("S1: whatever is forgotten, and by whichever clock, a session that may not send never sends", async () => {
    const application = new Application();
    const context = application.begin();
    const [early, late] = [application.process({}, 2_000), application.process({}, -2_000)];
    expect(await early("read", context)).toBe("done");
    application.now += hour - 1_000;
    expect(await early("send", context)).toEqual(over);
    expect(await late("send", context)).toMatchObject({ code: "history_forbids" });
    // A day later everybody makes the store look through its cells; then the clocks are put back.
    application.now += day;
    const other = application.begin();
    for (let time = 0; time < 50; time += 1)
      await early("read", { ...other, session: application.sessions.begin(subject) });
    application.now -= day + 1_000;
    expect(await late("send", context)).toMatchObject({ code: "history_forbids" });
  });

  it("B12: a session's budget is spent until its end, also where the policy made a day of it before", async () => {
    const application = new Application();
    const context = application.begin();
    const daily = parsePolicy(`
tools: { read: { scope: tool:read, cost: 1 } }
policies: [{ role: rep, allow: [tool:read] }]
budgets: [{ id: whole-session, per: session, limit: "5", window: day }]
`);
    const before = application.process({ policy: daily });
    for (let time = 0; time < 4; time += 1) expect(await before("read", context)).toBe("done");
    const run = application.process();
    expect(await run("read", context)).toBe("done");
    expect(await run("read", context)).toMatchObject({ code: "budget_exhausted" });
  });

  it.each<[string, number, string, object]>([
    [
      "an hour after it, is judged by what the session did",
      hour,
      "a secret",
      { code: "history_forbids", withheld: true },
    ],
    ["an hour after it, is released where nothing forbids it", hour, "harmless", { executed: true }],
    ["two days after it, is withheld", 2 * day, "a secret", { code: "unauthenticated", withheld: true }],
    ["two days after it, is released where nothing could forbid it", 2 * day, "harmless", { executed: true }],
  ])("S1: what a tool gives after its session's end: %s", async (_what, late, given, expected) => {
    const classified = parsePolicy(`
tools:
  read: { scope: tool:read, labels: [read] }
  slow: { scope: tool:slow, classify: [{ by: content, labels: [secret] }] }
policies: [{ role: rep, allow: ["tool:**"] }]
rules: [{ id: no-secrets-after-reading, after: label:read, deny: label:secret }]
`);
    const application = new Application();
    const { store, sessions } = application;
    const classifiers = {
      content: ({ content }: { readonly content: unknown }) => (content === "a secret" ? ["secret"] : []),
    };
    const clock = () => application.now;
    const authorizer = createAuthorizer({ policy: classified, store, sessions, classifiers, clock });
    const context = application.begin();
    await authorizer.run({ tool: "read", arguments: {} }, context, () => "done");
    const result = await authorizer.run({ tool: "slow", arguments: {} }, context, () => {
      application.now += hour + late;
      return given;
    });
    expect(result.executed ? result : result.decision).toMatchObject(expected);
  });

  it("R7: a session that is suspended is for good, and the switch goes with it", async () => {
    const application = new Application();
    const context = application.begin();
    const clock = () => application.now;
    const { store, sessions } = application;
    const authorizer = createAuthorizer({ policy, store, sessions, clock });
    await authorizer.suspend({ kind: "session", id: context.session, user: subject.id });
    application.now += hour - 1;
    expect(await application.process()("read", context)).toMatchObject({ code: "suspended" });
    application.now += 4 * day;
    await sweep(application);
    expect(store.size).toBe(0);
  });

  it("R1: nothing that a session did, failed at, was denied or left open stays for ever", async () => {
    const application = new Application();
    const run = application.process({ lease: hour });
    const context = application.begin();
    for (const tool of ["read", "send", "read"]) await run(tool, context);
    await run("read", context, () => {
      throw new Error("the tool failed");
    }).catch(() => {});
    const crashed = createAuthorizer({ ...application, policy, clock: () => application.now });
    await crashed.authorize({ tool: "read", arguments: {}, id: "never run" }, context);
    expect(application.store.size).toBeGreaterThan(5);
    application.now += hour + 4 * day;
    await sweep(application);
    expect(application.store.size).toBe(0);
  });

  it("R1: session after session, a small store is never full as time goes on", async () => {
    const sessions = Number(process.env["AMBIT_SESSIONS"] ?? 20_000);
    // Some 300 sessions are not forgotten yet at any time: an hour and two days of them, one every ten minutes.
    const application = new Application(10_000);
    const run = application.process();
    let largest = 0;
    for (let index = 0; index < sessions; index += 1) {
      const context = application.begin();
      expect(await run("read", context)).toBe("done");
      if (index % 10 === 0) expect(await run("send", context)).toMatchObject({ code: "history_forbids" });
      largest = Math.max(largest, application.store.size);
      application.now += hour / 6;
    }
    expect(largest).toBeLessThan(8_000);
  });
});

describe("without them", () => {
  it("S1, R1: at the cap a new session is refused, and what the old ones did is not forgotten", async () => {
    const application = new Application(200);
    const run = application.process({ sessions: undefined });
    const contexts: CallContext[] = [];
    for (let full = false; !full; application.now += day) {
      const context = { subject, actor: { id: "bot" }, session: `s${contexts.length}` };
      const answer = await run("read", context);
      full = answer !== "done";
      if (full) expect(answer).toMatchObject({ code: "unavailable" });
      else contexts.push(context);
    }
    expect(contexts.length).toBeGreaterThan(10);
    for (const context of contexts) expect(await run("send", context)).toMatchObject({ code: "history_forbids" });
  });
});

/** Makes the store look at all of its cells. */
async function sweep({ store, now }: Application): Promise<void> {
  for (let round = 0; round < 200; round += 1)
    store.apply({ partition: "any", keys: [], checks: [], effects: [], now });
}

it("S1: a permit from before a session's end starts nothing after it, and holds nothing any more", async () => {
  let now = start;
  const sessions = createSessions({ secret: "x".repeat(32), lifetime: hour, clock: () => now });
  const authorizer = createAuthorizer({ policy, sessions, clock: () => now });
  const context = { subject, actor: { id: "bot" }, session: sessions.begin(subject) };
  now += hour - 1;
  const call = { id: "c1", tool: "send", arguments: {} };
  expect((await authorizer.authorize(call, context)).allowed).toBe(true);
  const streamed = await authorizer.stream({ ...call, id: "c2" }, context, async function* () {
    yield expect.unreachable("the tool ran");
  });
  now += 1;
  let ran = 0;
  expect(await authorizer.authorize(call, context)).toMatchObject({ allowed: false, ...over });
  if (streamed.executed) await expect(streamed.stream.next()).rejects.toThrow(over.reason);
  const result = await authorizer.run(call, context, () => (ran += 1));
  expect(result).toMatchObject({ executed: false, decision: over });
  expect(ran).toBe(0);
});
