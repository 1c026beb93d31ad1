import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAuthorizer } from "./create-authorizer.ts";
import { explainCall } from "./explain-call.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(`tools:
  send: { scope: tool:email:send:external, cost: 0.01 }
  read: { scope: [tool:crm:read, tool:crm:list] }
policies:
  - role: rep
    allow:
      - tool:crm:*
      - { scope: tool:email:**, when: args.to == "vp@acme.example" }
    deny:
      - { scope: tool:email:send:external, when: args.secret }
  - role: manager
    allow: ["tool:**"]
agents:
  - agent: bot
    allow: ["tool:crm:*", "tool:email:**"]
`);
const context: CallContext = {
  subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s",
};

describe("explainCall shows how the decision came about", () => {
  it("with every rule that covers the scope, its line and what its condition answered", () => {
    const call = { tool: "send", arguments: { to: "vp@acme.example", secret: true } };
    expect(explainCall({ policy, call, context, now: 0 })).toEqual({
      decision: "deny",
      code: "forbidden",
      reason: "role:rep denied tool:email:send:external",
      rule: "role:rep deny tool:email:send:external",
      cost: "0.01",
      choices: [{ line: 2, condition: undefined, answer: true, scopes: ["tool:email:send:external"] }],
      choice: 0,
      labels: [],
      obligations: [],
      degraded: [],
      budgets: [],
      changes: [
        {
          kind: "remove_deny",
          scope: "tool:email:send:external",
          rule: "role:rep deny tool:email:send:external",
          holder: "role:rep",
          line: 10,
          condition: "args.secret",
        },
      ],
      scopes: [
        {
          scope: "tool:email:send:external",
          grants: [
            {
              rule: "role:rep deny tool:email:send:external",
              effect: "deny",
              line: 10,
              condition: "args.secret",
              answer: true,
            },
            {
              rule: "role:rep allow tool:email:**",
              effect: "allow",
              line: 8,
              condition: 'args.to == "vp@acme.example"',
              answer: true,
            },
          ],
          ceilings: [
            [{ rule: "agent:bot allow tool:email:**", effect: "allow", line: 15, condition: undefined, answer: true }],
          ],
          held: true,
          given: true,
        },
      ],
      alternatives: { scopes: [], roles: ["manager"] },
    });
  });

  it("with every required scope", () => {
    const { decision, scopes } = explainCall({ policy, call: { tool: "read", arguments: {} }, context, now: 0 });
    expect(decision).toBe("permit");
    expect(scopes.map(({ scope }) => scope)).toEqual(["tool:crm:read", "tool:crm:list"]);
  });

  it("with each entry of the tool's scope that was asked, and which of them decided", () => {
    const choosing = parsePolicy(`tools:
  send:
    labels: [mail]
    scope:
      - { when: args.to == "a", use: tool:a }
      - { when: args.to == "b", use: [tool:b, tool:c] }
      - use: tool:d
budgets: [{ per: user, limit: 1, window: day }, { per: session, scope: tool:a, limit: 1 }]`);
    const explain = (args: unknown) =>
      explainCall({ policy: choosing, call: { tool: "send", arguments: args }, context, now: 0 });
    const { choices, choice, labels, budgets } = explain({ to: "b" });
    expect(choices.map(({ line, condition, answer }) => [line, condition, answer])).toEqual([
      [5, 'args.to == "a"', false],
      [6, 'args.to == "b"', true],
      [7, undefined, undefined],
    ]);
    expect({ choice, labels, budgets }).toEqual({
      choice: 1,
      labels: ["mail"],
      budgets: [{ id: "user day", per: "user", window: "day", limit: "1.00" }],
    });
    expect(explain({ to: 1 })).toMatchObject({ choice: undefined, choices: [{ answer: "unknown" }, {}, {}] });
  });

  it.each<[string, string, unknown, CallContext, string]>([
    ["a tool that is not known", "nothing", {}, context, "unknown_tool"],
    ["arguments that are not JSON", "read", { when: new Date(0) }, context, "invalid_arguments"],
    ["a context without a session", "read", {}, { ...context, session: "" }, "unauthenticated"],
  ])("%s is explained too", (_name, tool, args, from, code) => {
    expect(explainCall({ policy, call: { tool, arguments: args }, context: from, now: 0 })).toMatchObject({
      decision: "deny",
      code,
    });
  });

  it("D5: says the same as the authorizer does", async () => {
    const argument = fc.option(fc.constantFrom(true, false, "vp@acme.example", "x", 5), { nil: undefined });
    const question = fc.record({
      tool: fc.constantFrom("send", "read", "none"),
      args: fc.record({ to: argument, secret: argument }),
      roles: fc.subarray(["rep", "manager"]),
      agent: fc.constantFrom("bot", "other"),
      scopes: fc.subarray(["tool:crm:*", "tool:email:**"]),
      grant: fc.option(fc.subarray(["tool:crm:*", "tool:email:**"]), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(question, async ({ tool, args, roles, agent, scopes, grant }) => {
        const from: CallContext = { subject: { id: "u", roles, scopes }, actor: { id: agent }, session: "s", grant };
        const call = { tool, arguments: args };
        const decision = await createAuthorizer({ policy, clock: () => 0 }).authorize(call, from);
        const explanation = explainCall({ policy, call, context: from, now: 0 });
        expect(explanation.decision === "permit").toBe(decision.allowed);
        expect(explanation.reason).toBe(decision.reason);
        expect(explanation.code).toBe(decision.allowed ? "permitted" : decision.code);
      }),
      { numRuns: 500 },
    );
  });
});
