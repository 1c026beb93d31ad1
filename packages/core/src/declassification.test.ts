import { describe, expect, it } from "vitest";
import { createMemoryAuditLog } from "./audit/memory-audit-log.ts";
import type { Authorizer, AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import type { Declassification } from "./declassification.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext, Subject } from "./tool-call.ts";

const source = `
tools:
  read: { scope: tool:crm:read, labels: [customer-data] }
  mail: { scope: tool:email:send:external }
  write: { scope: tool:crm:write }
  task: { scope: tool:task:create }
policies: [{ role: rep, allow: ["tool:**"] }, { role: lead, allow: [] }]
rules:
  - { id: stays-inside, after: label:customer-data, deny: tool:email:send:external, declassify: args.to }
  - { id: no-chain, together: [tool:crm:read, tool:crm:write, tool:task:create], declassify: true }
  - { id: for-ever, after: tool:task:create, deny: tool:crm:write }
limits: [{ per: session, tool: mail, max: 3, window: 1h }]
approvals: { ttl: 10m, approvers: [role:lead], separation: true }
`;
const policy = parsePolicy(source);
const lead: Subject = { id: "vera", roles: ["lead"], scopes: [] };
const vip = "vp@initech.example";

class Desk {
  now = Date.UTC(2026, 0, 1);
  readonly audit = createMemoryAuditLog();
  readonly authorizer: Authorizer;

  constructor(options: Partial<AuthorizerOptions> = {}) {
    this.authorizer = createAuthorizer({ policy, audit: this.audit, clock: () => this.now, ...options });
  }

  async call(tool: string, args: Record<string, unknown> = {}, as: Partial<CallContext> = {}): Promise<string> {
    const subject = { id: "u", roles: ["rep"], scopes: ["tool:**"] };
    const context = { subject, actor: { id: "bot" }, session: "s", ...as };
    const result = await this.authorizer.run({ tool, arguments: args }, context, () => "done");
    return result.executed ? "permit" : result.decision.code;
  }

  async lift(asked: Partial<Declassification> = {}, approver: Subject = lead): Promise<string> {
    const whole = { rule: "stays-inside", user: "u", session: "s", value: vip, ...asked };
    const answer = await this.authorizer.declassify(whole, approver);
    return answer.allowed ? "lifted" : answer.code;
  }
}

describe("declassify", () => {
  it("lets calls about the approved value through, and no others", async () => {
    const desk = new Desk();
    await desk.call("read");
    expect(await desk.call("mail", { to: vip })).toBe("history_forbids");
    expect(await desk.lift()).toBe("lifted");
    expect(await desk.call("mail", { to: vip })).toBe("permit");
    expect(await desk.call("mail", { to: [vip] })).toBe("permit");
    expect(await desk.call("mail", { to: "mallory@evil.example" })).toBe("history_forbids");
    expect(await desk.call("mail", { to: [vip, "mallory@evil.example"] })).toBe("history_forbids");
    expect(await desk.call("mail", { to: vip.toUpperCase() })).toBe("history_forbids");
    expect(await desk.call("mail", { to: [[vip]] })).toBe("history_forbids");
    expect(await desk.call("mail", { to: [] })).toBe("history_forbids");
    expect(await desk.call("mail", { cc: vip })).toBe("history_forbids");
  });

  it("every other rule still counts: the lifted call is one step with them", async () => {
    const desk = new Desk();
    await desk.call("read");
    await desk.lift();
    const answers = [];
    for (let index = 0; index < 4; index += 1) answers.push(await desk.call("mail", { to: vip }));
    expect(answers).toEqual(["permit", "permit", "permit", "rate_limited"]);
  });

  it("a call that nobody has let through is refused for the rule, whatever else would refuse it", async () => {
    const poor = parsePolicy(source.replace("max: 3, window: 1h", "max: 1, window: 1h"));
    const desk = new Desk({ policy: poor });
    expect(await desk.call("mail", { to: vip })).toBe("permit");
    await desk.call("read");
    expect(await desk.call("mail", { to: vip })).toBe("history_forbids");
  });

  it("S2: holds for one session of one user of one tenant", async () => {
    const desk = new Desk();
    await desk.lift();
    for (const as of [
      { session: "other" },
      { subject: { id: "w", roles: ["rep"], scopes: ["tool:**"] } },
      { subject: { id: "u", issuer: "https://elsewhere.example", roles: ["rep"], scopes: ["tool:**"] } },
      { subject: { id: "u", tenant: "acme", roles: ["rep"], scopes: ["tool:**"] } },
    ]) {
      await desk.call("read", {}, as);
      expect(await desk.call("mail", { to: vip }, as)).toBe("history_forbids");
    }
  });

  it("ends when an approval does, to the millisecond", async () => {
    const desk = new Desk();
    await desk.call("read");
    await desk.lift();
    desk.now += 600_000;
    expect(await desk.call("mail", { to: vip })).toBe("permit");
    desk.now += 1;
    expect(await desk.call("mail", { to: vip })).toBe("history_forbids");
  });

  it("lifts a combination for a whole session where the rule says so", async () => {
    const desk = new Desk();
    await desk.call("read");
    await desk.call("write");
    expect(await desk.call("task")).toBe("history_forbids");
    expect(await desk.lift({ rule: "no-chain", value: undefined })).toBe("lifted");
    expect(await desk.call("task")).toBe("permit");
  });

  it.each<[string, Partial<Declassification>, Subject, string]>([
    ["A3: without the role that approves", {}, { ...lead, roles: ["rep"] }, "not_granted"],
    ["A3: with a role of another spelling", {}, { ...lead, roles: ["Lead", "role:lead"] }, "not_granted"],
    ["A3: from another tenant", {}, { ...lead, tenant: "acme" }, "not_granted"],
    ["A3: for oneself", {}, { id: "u", roles: ["lead"], scopes: [] }, "forbidden"],
    ["A3: from nobody", {}, null as unknown as Subject, "invalid_arguments"],
    ["A3: with roles that are no list", {}, { ...lead, roles: "lead" } as unknown as Subject, "invalid_arguments"],
    ["of a rule that does not say so", { rule: "for-ever", value: undefined }, lead, "not_granted"],
    ["of a rule that is not there", { rule: "constructor" }, lead, "not_granted"],
    ["for everybody where the rule wants a value", { value: undefined }, lead, "invalid_arguments"],
    ["for a value where the rule wants none", { rule: "no-chain" }, lead, "invalid_arguments"],
    ["for a value that is not JSON", { value: () => vip }, lead, "invalid_arguments"],
    ["of a session without a name", { session: "" }, lead, "invalid_arguments"],
  ])("is refused %s", async (_promise, asked, approver, code) => {
    const desk = new Desk();
    await desk.call("read");
    expect(await desk.lift(asked, approver)).toBe(code);
    expect(await desk.call("mail", { to: vip })).toBe("history_forbids");
    expect(desk.audit.records.filter(({ type }) => type === "declassification")).toMatchObject([
      { decision: "deny", code },
    ]);
  });

  it("nobody lifts anything where the policy names nobody who approves", async () => {
    const desk = new Desk({ policy: parsePolicy(source.replace(/approvals:.*\n/, "")) });
    expect(await desk.lift()).toBe("not_granted");
  });

  it("records who lifted what, and which call it let through, without the value", async () => {
    const desk = new Desk();
    await desk.call("read");
    await desk.lift();
    await desk.call("mail", { to: vip });
    const lifting = desk.audit.records.find(({ type }) => type === "declassification");
    expect(lifting).toMatchObject({
      decision: "permit",
      rule: "stays-inside",
      subject: "u",
      session: "s",
      approver: "vera",
      approverRoles: ["lead"],
      valueDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      until: "2026-01-01T00:10:00.000Z",
      policy: policy.digest,
    });
    expect(JSON.stringify(desk.audit.records)).not.toContain(vip);
    const mail = desk.audit.records.findLast((record) => record.type === "decision");
    expect(mail).toMatchObject({ decision: "permit", rule: expect.stringContaining("stays-inside declassified") });
  });

  it("S5: lifts nothing where its record cannot be made durable", async () => {
    let full = false;
    const append = () => (full ? Promise.reject(new Error("disk full")) : Promise.resolve());
    const desk = new Desk({ audit: { append } });
    await desk.call("read");
    full = true;
    await expect(desk.lift()).rejects.toThrow();
    full = false;
    expect(await desk.call("mail", { to: vip })).toBe("history_forbids");
  });

  it("S5: a rule that is rewritten under the same id is not lifted", async () => {
    const reference = { current: policy };
    const desk = new Desk({ policy: reference });
    await desk.call("read");
    await desk.lift();
    reference.current = parsePolicy(source.replace("after: label:customer-data", "after: tool:crm:read"));
    await desk.call("read");
    expect(await desk.call("mail", { to: vip })).toBe("history_forbids");
  });
});

it.each<[string, string, string]>([
  [
    "a step becomes a target",
    "after: [tool:crm:read, tool:task:create], deny: tool:crm:write",
    "after: tool:crm:read, deny: [tool:task:create, tool:crm:write]",
  ],
  [
    "it looks further back",
    "after: tool:crm:read, deny: tool:task:create, within: 1m",
    "after: tool:crm:read, deny: tool:task:create",
  ],
  [
    "it looks at more sessions",
    "after: tool:crm:read, deny: tool:task:create",
    "after: tool:crm:read, deny: tool:task:create, per: user",
  ],
  [
    "it counts for other calls",
    "after: tool:crm:read, deny: tool:task:create, when: subject.id == 'u'",
    "after: tool:crm:read, deny: tool:task:create, when: subject.id != 'w'",
  ],
  [
    "it is about other arguments",
    "after: tool:crm:read, deny: tool:task:create",
    "after: tool:crm:read, deny: tool:task:create, same: args.id",
  ],
])("S5: a rule that was rewritten is not lifted: %s", async (_change, before, afterwards) => {
  const rewritten = (rule: string) =>
    parsePolicy(source.replace(/ {2}- \{ id: for-ever.*/u, `  - { id: rewritten, ${rule}, declassify: true }`));
  const reference = { current: rewritten(before) };
  const desk = new Desk({ policy: reference });
  expect(await desk.lift({ rule: "rewritten", value: undefined })).toBe("lifted");
  await desk.call("read");
  expect(await desk.call("task")).toBe("permit");
  reference.current = rewritten(afterwards);
  await desk.call("read");
  expect(await desk.call("task")).toBe("history_forbids");
});
