import { describe, expect, it } from "vitest";
import type { AuditRecord } from "../audit/audit-record.ts";
import type { AuthorizerOptions } from "../authorizer.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { renderDenial } from "../decision.ts";
import type { CallContext } from "../tool-call.ts";
import { parsePolicy } from "./parse-policy.ts";

interface Asked {
  readonly policy: string;
  readonly tool?: string;
  readonly args?: Record<string, unknown>;
  readonly roles?: readonly string[];
  readonly more?: Partial<CallContext>;
  readonly options?: Partial<AuthorizerOptions>;
}

function ask({ policy, tool = "x", args = {}, roles = ["r"], more = {}, options = {} }: Asked) {
  const context: CallContext = {
    subject: { id: "u", roles, scopes: ["tool:**"] },
    actor: { id: "bot" },
    session: "s",
    ...more,
  };
  const obligations = { log: () => {}, archive: () => {} };
  return createAuthorizer({ policy: parsePolicy(policy), obligations, ...options }).authorize(
    { tool, arguments: args },
    context,
  );
}

const answer = async (asked: Asked) => {
  const decision = await ask(asked);
  return decision.allowed ? "permit" : decision.code;
};

describe("approval", () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ["a grant that asks for approval does not permit", "[{ scope: tool:x, approval: true }]", {}, "approval_required"],
    ["approval: false asks for nothing", "[{ scope: tool:x, approval: false }]", {}, "permit"],
    [
      "a more specific grant asks although a broader one does not",
      '["tool:*", { scope: tool:x, approval: true }]',
      {},
      "approval_required",
    ],
    [
      "a more specific grant does not ask although a broader one does",
      '[{ scope: "tool:*", approval: true }, tool:x]',
      {},
      "permit",
    ],
    [
      "of two grants of one scope the one that asks counts",
      "[tool:x, { scope: tool:x, approval: true }]",
      {},
      "approval_required",
    ],
    ["* is more specific than **", '["tool:*", { scope: "tool:**", approval: true }]', {}, "permit"],
    [
      "** asks where nothing more specific allows",
      '["other:*", { scope: "tool:**", approval: true }]',
      {},
      "approval_required",
    ],
    ["below the threshold nobody is asked", thresholds(), { amount: 200 }, "permit"],
    ["above the threshold somebody is", thresholds(), { amount: 201 }, "approval_required"],
    ["an amount that cannot be read is refused", thresholds(), { amount: "201" }, "condition_failed"],
    [
      "D3: an unknown demand denies, though a plain grant would permit",
      "[tool:x, { scope: tool:x, when: args.a > 1, approval: true }]",
      {},
      "condition_failed",
    ],
    [
      "D3: an unknown demand of a broader grant does not decide",
      '[tool:x, { scope: "tool:*", when: args.a > 1, approval: true }]',
      {},
      "permit",
    ],
    [
      "a demand whose condition does not hold is none",
      "[tool:x, { scope: tool:x, when: args.a > 1, approval: true }]",
      { a: 1 },
      "permit",
    ],
  ])("%s", async (_promise, allow, args, expected) => {
    expect(await answer({ policy: `policies: [{ role: r, allow: ${allow} }]`, args })).toBe(expected);
  });

  it("of several roles one that grants without approval suffices, in whichever order", async () => {
    const policy = "policies: [{ role: r, allow: [{ scope: tool:x, approval: true }] }, { role: s, allow: [tool:x] }]";
    expect(await answer({ policy, roles: ["r", "s"] })).toBe("permit");
    expect(await answer({ policy, roles: ["s", "r"] })).toBe("permit");
    expect(await answer({ policy, roles: ["r"] })).toBe("approval_required");
  });

  it("a user's own grant decides before the roles, an agent's ceiling adds to them", async () => {
    const base = "policies: [{ role: r, allow: [tool:x] }]\n";
    const own = "users: [{ user: u, allow: [{ scope: tool:x, approval: true }] }]";
    const ceiling = "agents: [{ agent: bot, allow: [{ scope: tool:x, approval: true }] }]";
    expect(await answer({ policy: base + own })).toBe("approval_required");
    expect(await answer({ policy: base + ceiling })).toBe("approval_required");
  });

  it("is not asked for what is refused anyway", async () => {
    const policy = "policies: [{ role: r, allow: [{ scope: tool:x, approval: true }] }]";
    expect(await answer({ policy, more: { grant: ["tool:y"] } })).toBe("not_granted");
    expect(await answer({ policy: `${policy}\nagents: [{ agent: bot, allow: [tool:y] }]` })).toBe("not_granted");
  });
});

function thresholds(): string {
  return "[{ scope: tool:x, when: args.amount <= 200 }, { scope: tool:x, when: args.amount > 200, approval: true }]";
}

describe("obligations", () => {
  const allow = "{ scope: tool:x, obligations: [{ id: keep, type: archive, properties: { days: 90 } }] }";

  it("come with the permit and stand in its record", async () => {
    const records: AuditRecord[] = [];
    const audit = { append: async (record: AuditRecord) => void records.push(record) };
    const decision = await ask({ policy: `policies: [{ role: r, allow: [${allow}] }]`, options: { audit } });
    expect(decision).toMatchObject({
      allowed: true,
      obligations: [{ id: "keep", type: "archive", properties: { days: 90 } }],
    });
    expect(records[0]).toMatchObject({ decision: "permit", obligations: ["keep"] });
  });

  it.each(["constructor", "toString", "unheard-of"])(
    "one of the type %s, which nobody here performs, denies",
    async (type) => {
      const policy = `policies: [{ role: r, allow: [{ scope: tool:x, obligations: [{ id: a, type: ${type} }] }] }]`;
      expect(await answer({ policy })).toBe("indeterminate");
      expect(await answer({ policy, options: { obligations: {} } })).toBe("indeterminate");
    },
  );

  it("all of equally specific grants apply, and those of a ceiling", async () => {
    const policy = `
policies:
  - role: r
    allow:
      - { scope: tool:x, when: "true", obligations: [{ id: a, type: log }] }
      - { scope: tool:x, when: args.n == 1, obligations: [{ id: b, type: log }] }
      - { scope: "tool:*", obligations: [{ id: c, type: log }] }
agents: [{ agent: bot, allow: [{ scope: "tool:**", obligations: [{ id: d, type: log }] }] }]`;
    expect(await ask({ policy, args: { n: 1 } })).toMatchObject({
      obligations: [{ id: "d" }, { id: "a" }, { id: "b" }],
    });
  });

  it("are performed before the tool starts; one that fails keeps it from starting", async () => {
    const policy = parsePolicy(`policies: [{ role: r, allow: [${allow}] }]\nbudgets: [{ per: user, limit: "1" }]`);
    const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
    const steps: string[] = [];
    const archive = (obligation: { id: string }) => void steps.push(obligation.id);
    const call = { tool: "x", arguments: {} };
    const performing = createAuthorizer({ policy, obligations: { archive } });
    await performing.run(call, context, () => steps.push("tool"));
    expect(steps).toEqual(["keep", "tool"]);
    const failing = createAuthorizer({ policy, obligations: { archive: () => Promise.reject(new Error("secret")) } });
    const result = await failing.run(call, context, () => steps.push("tool"));
    expect(result).toMatchObject({ executed: false, decision: { code: "unavailable", retryable: true } });
    expect(result.executed ? "" : renderDenial(result.decision)).not.toContain("secret");
    expect(steps).toEqual(["keep", "tool"]);
  });
});

describe("what is passed over is said", () => {
  const deny = '{ scope: tool:x, when: args.a == "b", fail: open }';

  it.each<[string, Record<string, unknown>, string]>([
    ["a deny that fails open is passed over where it cannot be evaluated", {}, "permit"],
    ["it denies where it holds", { a: "b" }, "forbidden"],
    ["it does not where it does not", { a: "c" }, "permit"],
  ])("%s", async (_promise, args, expected) => {
    expect(await answer({ policy: `policies: [{ role: r, allow: [tool:x], deny: [${deny}] }]`, args })).toBe(expected);
  });

  it("the decision and its record name the rule", async () => {
    const records: AuditRecord[] = [];
    const audit = { append: async (record: AuditRecord) => void records.push(record) };
    const policy = `policies: [{ role: r, allow: [tool:x], deny: [${deny}] }]`;
    expect(await ask({ policy, options: { audit } })).toMatchObject({ degraded: ["role:r deny tool:x"] });
    expect(await ask({ policy, args: { a: "c" } })).toMatchObject({ degraded: [] });
    expect(records[0]).toMatchObject({ degraded: ["role:r deny tool:x"] });
  });

  it("without its store a call with a budget is denied, unless the file says fail: open, and then it says so", async () => {
    const base = 'policies: [{ role: r, allow: [tool:x] }]\nbudgets: [{ per: user, limit: "1" }]\n';
    const store = { apply: () => Promise.reject(new Error("down")) };
    expect(await answer({ policy: base, options: { store } })).toBe("unavailable");
    expect(await answer({ policy: `${base}fail: closed`, options: { store } })).toBe("unavailable");
    expect(await ask({ policy: `${base}fail: open`, options: { store } })).toMatchObject({
      allowed: true,
      degraded: ["state"],
    });
  });

  it("fail: open opens nothing else", async () => {
    const audit = { append: () => Promise.reject(new Error("disk full")) };
    const policy = "policies: [{ role: r, allow: [tool:x] }]\nfail: open";
    expect(await answer({ policy, options: { audit } })).toBe("unavailable");
    expect(await answer({ policy, tool: "y" })).toBe("not_granted");
    const spent = `${policy}\nbudgets: [{ per: user, limit: "0" }]\ntools: { x: { scope: tool:x, cost: 1 } }`;
    expect(await answer({ policy: spent })).toBe("budget_exhausted");
  });
});

describe("words of the policy", () => {
  it("message and hint reach the model, whoever denies", async () => {
    const policy = "policies: [{ role: r, deny: [{ scope: tool:x, message: Not by mail., hint: Use the portal. }] }]";
    const decision = await ask({ policy });
    expect(decision.allowed ? {} : JSON.parse(renderDenial(decision))).toMatchObject({
      message: "Not by mail.",
      hint: "Use the portal.",
    });
  });

  it("the message of a grant that needs approval tells why", async () => {
    const policy =
      "policies: [{ role: r, allow: [{ scope: tool:x, approval: true, message: A manager must agree. }] }]";
    expect(await ask({ policy })).toMatchObject({ code: "approval_required", reason: "A manager must agree." });
  });
});

describe("users of an issuer", () => {
  const policy = `
policies: [{ role: r, allow: [tool:y] }]
users:
  - { user: u, issuer: "https://id.acme.com", allow: [tool:x] }
  - { user: u, deny: [tool:z] }
  - { user: u, issuer: "https://other", deny: [tool:y] }`;

  it.each([
    ["https://id.acme.com", "x", "permit"],
    ["https://id.evil.com", "x", "not_granted"],
    ["", "x", "not_granted"],
    ["https://other", "y", "forbidden"],
    ["https://id.acme.com", "y", "permit"],
    ["https://id.acme.com", "z", "forbidden"],
    ["", "z", "forbidden"],
  ])("the user u of %j asks for %s: %s", async (issuer, tool, expected) => {
    const more = { subject: { id: "u", issuer, roles: ["r"], scopes: ["tool:**"] } };
    expect(await answer({ policy, tool, more })).toBe(expected);
  });
});

describe("tenants", () => {
  const allowing = (tenant: string) => parsePolicy(`tenant: ${tenant}\npolicies: [{ role: r, allow: [tool:x] }]`);
  const subject = (tenant: string) => ({ subject: { id: "u", tenant, roles: ["r"], scopes: ["tool:**"] } });
  const decide = async (policy: AuthorizerOptions["policy"], tenant: string) => {
    const context: CallContext = { ...subject(tenant), actor: { id: "bot" }, session: "s" };
    const decision = await createAuthorizer({ policy }).authorize({ tool: "x", arguments: {} }, context);
    return decision.allowed ? "permit" : decision.code;
  };

  it("a policy that names its tenant decides for no other", async () => {
    expect(await decide(allowing("acme"), "acme")).toBe("permit");
    expect(await decide(allowing("acme"), "globex")).toBe("unavailable");
    expect(await decide(allowing("acme"), "")).toBe("unavailable");
    expect(await decide({ current: allowing("acme") }, "globex")).toBe("unavailable");
  });

  it.each(["constructor", "__proto__", "toString", "ACME", "acme ", ""])(
    "the tenant %j finds no policy of another",
    async (tenant) => {
      const tenants = new Map([
        ["acme", allowing("acme")],
        ["globex", parsePolicy("tenant: globex")],
      ]);
      expect(await decide({ tenants }, "acme")).toBe("permit");
      expect(await decide({ tenants }, "globex")).toBe("not_granted");
      expect(await decide({ tenants }, tenant)).toBe("unavailable");
    },
  );

  it("a policy that stands under another tenant's name decides nothing", async () => {
    expect(await decide({ tenants: new Map([["globex", allowing("acme")]]) }, "globex")).toBe("unavailable");
  });
});

describe("labels", () => {
  const policy = `
tools:
  x:
    scope: tool:x
    labels: [seen, { when: args.kind == "secret", use: [secret, private] }]
policies: [{ role: r, allow: [tool:x] }]`;

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ["always", { kind: "open" }, ["seen"]],
    ["where its condition holds", { kind: "secret" }, ["seen", "secret", "private"]],
    ["where its condition cannot be evaluated", {}, ["seen", "secret", "private"]],
  ])("a label is attached %s", async (_when, args, labels) => {
    const records: AuditRecord[] = [];
    const audit = { append: async (record: AuditRecord) => void records.push(record) };
    await ask({ policy, args, options: { audit } });
    expect(records[0]).toMatchObject({ labels });
  });
});
