import { createAuthorizer, type Decision, PolicyError, parsePolicy } from "@ambit/core";
import { describe, expect, it } from "vitest";
import { withInherited } from "./generators/with-inherited.ts";

interface Question {
  readonly roles?: readonly string[];
  readonly args?: object;
  readonly issuer?: string;
}

async function ask(policy: string, { roles = ["a"], args = {}, issuer = "idp" }: Question): Promise<Decision> {
  const subject = { id: "u", issuer, roles, scopes: ["**"] };
  const context = { subject, actor: { id: "bot" }, session: "s" };
  return createAuthorizer({ policy: parsePolicy(policy) }).authorize({ tool: "t", arguments: args }, context);
}

describe("what the language says of rare cases", () => {
  it("D3: a user's own allow that asks for approval, and is unknown, denies before the roles allow", async () => {
    const policy = `
      users: [{ user: u, allow: [{ scope: tool:t, when: args.x == 1, approval: true }] }]
      policies: [{ role: a, allow: [tool:t] }]`;
    expect(await ask(policy, {})).toMatchObject({ allowed: false, code: "condition_failed" });
  });

  it("D3: an unknown allow with duties of the first role denies before the second role allows", async () => {
    const policy = `
      policies:
        - { role: a, allow: [{ scope: tool:t, when: args.x == 1, obligations: [{ id: one, type: archive }] }] }
        - { role: b, allow: [tool:t] }`;
    expect(await ask(policy, { roles: ["a", "b"] })).toMatchObject({ allowed: false, code: "condition_failed" });
  });

  it("an unknown allow that would not have decided, since an earlier role does, takes nothing away", async () => {
    const policy = `
      policies:
        - { role: a, allow: [tool:t] }
        - { role: b, allow: ["**", { scope: tool:t, when: args.x == 1, approval: true }] }`;
    expect(await ask(policy, { roles: ["a", "b"] })).toMatchObject({ allowed: true, rule: "role:a allow tool:t" });
  });

  it("D3: a deny that was passed over makes the decision degraded, whatever else its role allows", async () => {
    const policy = `
      policies:
        - { role: a, deny: [{ scope: tool:t, when: args.x == 1, fail: open }] }
        - { role: b, allow: [tool:t] }`;
    expect(await ask(policy, { roles: ["a", "b"] })).toMatchObject({ allowed: true, degraded: ["role:a deny tool:t"] });
  });

  it("of two equally specific entries of one user, approval is required if one requires it", async () => {
    const policy = `
      users: [{ user: u, issuer: idp, allow: [{ scope: tool:t, approval: true }] }, { user: u, allow: [tool:t] }]`;
    expect(await ask(policy, {})).toMatchObject({ allowed: false, code: "approval_required" });
  });

  it("D2: an allow that is written twice brings its duties once", async () => {
    const entry = "{ scope: tool:t, obligations: [{ id: one, type: archive }] }";
    const subject = { id: "u", roles: ["a"], scopes: ["**"] };
    const performed: string[] = [];
    const authorizer = createAuthorizer({
      policy: parsePolicy(`policies: [{ role: a, allow: [${entry}, ${entry}] }]`),
      obligations: { archive: ({ id }) => void performed.push(id) },
    });
    const context = { subject, actor: { id: "bot" }, session: "s" };
    await authorizer.run({ tool: "t", arguments: {} }, context, () => undefined);
    expect(performed).toEqual(["one"]);
  });

  it("D8: a tool named tool:t is not the tool named t", async () => {
    const authorizer = createAuthorizer({ policy: parsePolicy("policies: [{ role: a, allow: [tool:t] }]") });
    const subject = { id: "u", roles: ["a"], scopes: ["**"] };
    const context = { subject, actor: { id: "bot" }, session: "s" };
    expect(await authorizer.authorize({ tool: "tool:t", arguments: {} }, context)).toMatchObject({ allowed: false });
  });

  it.each([
    ["tenant", "acme", 'tenant: acme\npolicies: [{ role: a, allow: ["**"] }]'],
    ["issuer", "idp", 'users: [{ user: u, issuer: idp, allow: ["**"] }]'],
    ["tier", "api", '{ agents: [{ tier: api, allow: ["**"] }], policies: [{ role: a, allow: ["**"] }] }'],
  ])("D9: a %s that is only inherited is not there", async (name, value, text) => {
    const authorizer = createAuthorizer({ policy: parsePolicy(text) });
    const subject = { id: "u", roles: ["a"], scopes: ["**"] };
    const context = { subject, actor: { id: "bot" }, session: "s" };
    const ask = () => authorizer.authorize({ tool: "t", arguments: {} }, context);
    expect(await withInherited({ [name]: value }, ask)).toMatchObject({ allowed: false });
  });

  it("D6: a policy reference that throws is a denial", async () => {
    const reference = Object.defineProperty({ current: undefined }, "current", {
      get: (): never => {
        throw new Error("out of order");
      },
    });
    const context = { subject: { id: "u", roles: [], scopes: [] }, actor: { id: "bot" }, session: "s" };
    const decision = await createAuthorizer({ policy: reference }).authorize({ tool: "t", arguments: {} }, context);
    expect(decision).toMatchObject({ allowed: false });
  });

  it.each(["[\r", "{{}|\n'"])("every error in %j stands within the text", (text) => {
    const lines = text.split(/\r\n|\r|\n/);
    try {
      parsePolicy(text);
    } catch (error) {
      const found = error instanceof PolicyError ? error.diagnostics : [];
      expect(found.filter(({ line, column }) => column > (lines[line - 1]?.length ?? 0) + 1)).toEqual([]);
    }
  });
});
