import { describe, expect, it } from "vitest";
import { createMemoryAuditLog } from "./audit/memory-audit-log.ts";
import type { Authorizer, AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { renderDenial } from "./decision.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { ResultClassifier } from "./result-classifier.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import type { Plan } from "./state/plan.ts";
import type { StateStore } from "./state/state-store.ts";
import { ToolCallDeniedError } from "./tool-call-denied-error.ts";

const policy = parsePolicy(`
tools:
  fetch: { scope: tool:web:read, classify: [{ by: content, labels: [private-data, untrusted-content] }] }
  post: { scope: tool:web:write, labels: [external-communication] }
  note: { scope: tool:note:write }
  secret: { scope: tool:vault:read, labels: [secret] }
policies: [{ role: r, allow: ["tool:**"] }]
rules:
  - { id: nothing-private-out, after: label:private-data, deny: tool:web:write, message: Private data stays here. }
  - { id: note-needs-content, before: tool:note:write, require: label:untrusted-content }
  - { id: nothing-untrusted-after-secrets, after: label:secret, deny: label:untrusted-content }
`);
const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };

/** Finds in a text what it is said to hold, and in an error what its message says. */
const content: ResultClassifier = ({ content: given }) => {
  const text = given instanceof Error ? given.message : String(given);
  return ["private-data", "untrusted-content"].filter((label) => text.includes(label));
};

function authorizerWith(classifier: ResultClassifier, options: Partial<AuthorizerOptions> = {}): Authorizer {
  return createAuthorizer({ policy, classifiers: { content: classifier }, ...options });
}

const call = (authorizer: Authorizer, tool: string, body: () => unknown = () => "done") =>
  authorizer.run({ tool, arguments: {} }, context, body);

describe("labels of a result", () => {
  it.each<[string, ResultClassifier, "executed" | "denied"]>([
    ["what a classifier finds counts for what comes after", content, "denied"],
    ["what it does not find does not", () => [], "executed"],
    ["D3: a classifier that throws leaves all that it could find", thrower, "denied"],
    ["D3: one that rejects, too", () => Promise.reject(new Error("down")), "denied"],
    ["D3: one that does not answer in time, too", () => new Promise(() => {}), "denied"],
    ["D3: one that names what the policy does not list for it, too", () => ["harmless"], "denied"],
    ["D3: one that gives no list, too", (() => "private-data") as unknown as ResultClassifier, "denied"],
    ["D3: one that gives nothing, too", (() => undefined) as unknown as ResultClassifier, "denied"],
  ])("%s", async (_promise, classifier, expected) => {
    const authorizer = authorizerWith(classifier, { deadline: 100 });
    const fetched = await call(authorizer, "fetch", () => "a page with private-data");
    expect(fetched).toMatchObject({ executed: true, result: "a page with private-data" });
    const posted = await call(authorizer, "post");
    expect(posted.executed ? "executed" : "denied").toBe(expected);
    if (!posted.executed) expect(posted.decision.reason).toBe("Private data stays here.");
  });

  it("a tool whose classifier the application does not have never runs, whatever objects inherit", async () => {
    const named = parsePolicy(`
tools: { fetch: { scope: tool:web:read, classify: [{ by: constructor, labels: [private-data] }] } }
policies: [{ role: r, allow: ["tool:**"] }]
`);
    let ran = 0;
    const result = await call(createAuthorizer({ policy: named }), "fetch", () => (ran += 1));
    expect(result).toMatchObject({ executed: false, decision: { code: "indeterminate" } });
    expect(ran).toBe(0);
  });

  it("E7: the labels are in the store before the result is out", async () => {
    const store = createMemoryStore();
    const order: string[] = [];
    const watching = {
      async apply(plan: Plan) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const answer = store.apply(plan);
        if (plan.keys.some((key) => key.includes("label:private-data")) && plan.checks.length === 0)
          order.push("label");
        return answer;
      },
    };
    const authorizer = authorizerWith(content, { store: watching });
    await call(authorizer, "fetch", () => "private-data");
    order.push("result");
    expect(order).toEqual(["label", "result"]);
  });

  it("E7: a result whose labels cannot be remembered is withheld, and the model is told that the tool ran", async () => {
    const store = createMemoryStore();
    let down = false;
    const failing = {
      apply(plan: Plan) {
        if (down) throw new Error("connection lost to 10.0.0.7");
        return store.apply(plan);
      },
    };
    const audit = createMemoryAuditLog();
    const authorizer = authorizerWith(content, { store: failing, audit });
    const result = await call(authorizer, "fetch", () => {
      down = true;
      return "private-data of Ms. Doe";
    });
    expect(result).toMatchObject({
      executed: false,
      decision: { code: "unavailable", withheld: true, retryable: false },
    });
    if (result.executed) return;
    const text = renderDenial(result.decision);
    expect(text).toContain('"error":"tool_result_withheld"');
    expect(text).toContain("the tool ran");
    expect(text).not.toMatch(/Doe|10\.0\.0\.7/);
  });

  it("E7: the words of an error are a result, too", async () => {
    const authorizer = authorizerWith(content);
    const failing = () => Promise.reject(new Error("cannot read private-data"));
    await expect(call(authorizer, "fetch", failing)).rejects.toThrow("cannot read private-data");
    expect(await call(authorizer, "post")).toMatchObject({ executed: false, decision: { code: "history_forbids" } });
  });

  it("a result that a rule forbids in this session is withheld, and so is an error with it", async () => {
    const audit = createMemoryAuditLog();
    const authorizer = authorizerWith(content, { audit });
    await call(authorizer, "secret");
    expect(await call(authorizer, "fetch", () => "plain")).toMatchObject({ executed: true });
    const withheld = { executed: false, decision: { code: "history_forbids", withheld: true } };
    expect(await call(authorizer, "fetch", () => "untrusted-content")).toMatchObject(withheld);
    const failing = () => Promise.reject(new Error("untrusted-content"));
    expect(await call(authorizer, "fetch", failing)).toMatchObject(withheld);
    const outcomes = audit.records.filter((record) => record.type === "outcome");
    expect(outcomes.map((outcome) => [outcome.status, outcome.labels, outcome.withheld])).toEqual([
      ["succeeded", [], null],
      ["succeeded", [], null],
      ["succeeded", ["untrusted-content"], "history_forbids"],
      ["failed", ["untrusted-content"], "history_forbids"],
    ]);
  });

  it("what a later call requires is satisfied by a label only of a tool that succeeded", async () => {
    const authorizer = authorizerWith(content);
    const failing = () => Promise.reject(new Error("untrusted-content"));
    await call(authorizer, "fetch", failing).catch(() => {});
    expect(await call(authorizer, "note")).toMatchObject({ executed: false, decision: { code: "history_requires" } });
    await call(authorizer, "fetch", () => "untrusted-content");
    expect(await call(authorizer, "note")).toMatchObject({ executed: true });
  });

  it("E7: of a stream, whatever it may hold is remembered before its first chunk", async () => {
    const authorizer = authorizerWith(() => []);
    const streamed = await authorizer.stream({ tool: "fetch", arguments: {} }, context, async function* () {
      yield "first";
      yield "second";
    });
    if (!streamed.executed) throw new Error("denied");
    const first = await streamed.stream.next();
    expect(first.value).toBe("first");
    expect(await call(authorizer, "post")).toMatchObject({ executed: false, decision: { code: "history_forbids" } });
  });

  it("a stream that may hold what a rule forbids never starts", async () => {
    const authorizer = authorizerWith(() => []);
    await call(authorizer, "secret");
    let ran = 0;
    const streamed = await authorizer.stream({ tool: "fetch", arguments: {} }, context, async function* () {
      ran += 1;
      yield "first";
    });
    if (!streamed.executed) throw new Error("denied");
    await expect(streamed.stream.next()).rejects.toSatisfy((error) => ToolCallDeniedError.isInstance(error));
    expect(ran).toBe(0);
  });
});

describe("settle", () => {
  const permit = async (authorizer: Authorizer, id: string) => {
    const decision = await authorizer.authorize({ tool: "fetch", arguments: {}, id }, context);
    if (!decision.allowed) throw new Error(decision.reason);
    return decision.evaluationId;
  };

  it("takes the labels that the caller found, and says whether the result may be released", async () => {
    const authorizer = authorizerWith(content);
    const first = await permit(authorizer, "1");
    expect(await authorizer.settle(first, { status: "succeeded", labels: [] })).toEqual({ released: true });
    expect(await call(authorizer, "post")).toMatchObject({ executed: true });
    await call(authorizer, "secret");
    const second = await permit(authorizer, "2");
    const ending = { status: "succeeded", labels: ["untrusted-content"] } as const;
    const refused = { released: false, decision: { code: "history_forbids", withheld: true } };
    expect(await authorizer.settle(second, ending)).toMatchObject(refused);
    expect(await authorizer.settle(second, ending)).toMatchObject(refused);
    await expect(authorizer.settle(second, { ...ending, labels: [] })).rejects.toMatchObject({
      code: "already_settled",
    });
  });

  it("E7: without the caller's word, a result holds all that it may", async () => {
    const authorizer = authorizerWith(content);
    await authorizer.settle(await permit(authorizer, "1"), { status: "succeeded" });
    expect(await call(authorizer, "post")).toMatchObject({ executed: false, decision: { code: "history_forbids" } });
  });

  it("takes no label that the policy does not list, and the permit stays open", async () => {
    const authorizer = authorizerWith(content);
    const id = await permit(authorizer, "1");
    await expect(authorizer.settle(id, { status: "succeeded", labels: ["harmless"] })).rejects.toMatchObject({
      code: "invalid_labels",
    });
    expect(await authorizer.settle(id, { status: "not_started" })).toEqual({ released: true });
    expect(await call(authorizer, "post")).toMatchObject({ executed: true });
  });
});

function thrower(): readonly string[] {
  throw new Error("the model is down");
}

it("S5: a permit that nobody settles leaves all labels, also those with which its result would be withheld", async () => {
  let now = Date.UTC(2026, 0, 5);
  const authorizer = authorizerWith(content, { clock: () => now });
  await call(authorizer, "secret");
  const { allowed } = await authorizer.authorize({ id: "c1", tool: "fetch", arguments: {} }, context);
  expect(allowed).toBe(true);
  now += 6 * 60_000;
  await call(authorizer, "secret");
  expect(await call(authorizer, "post")).toMatchObject({
    executed: false,
    decision: { reason: "Private data stays here." },
  });
});

it("S5: nor does it lose them to a store that is down when its lease ends", async () => {
  let now = 0;
  let down = false;
  const memory = createMemoryStore();
  const store: StateStore = {
    apply(plan) {
      if (down) throw new Error("gone");
      return memory.apply(plan);
    },
  };
  const audit = createMemoryAuditLog();
  const authorizer = authorizerWith(() => [], { store, audit, clock: () => now, lease: 1_000 });
  const { evaluationId } = await authorizer.authorize({ id: "1", tool: "fetch", arguments: {} }, context);
  now = 1_000;
  down = true;
  for (let times = 0; times < 3; times += 1) await call(authorizer, "secret");
  down = false;
  await call(authorizer, "secret");
  expect(await call(authorizer, "post")).toMatchObject({ decision: { rule: "nothing-private-out" } });
  expect(audit.records.filter((record) => "status" in record && record.evaluationId === evaluationId)).toHaveLength(1);
});
