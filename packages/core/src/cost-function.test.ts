import { describe, expect, it } from "vitest";
import { createMemoryAuditLog } from "./audit/memory-audit-log.ts";
import type { CostFunction } from "./cost-function.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { explainCall } from "./explain-call.ts";
import { checkPolicy } from "./policy/check-policy.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";

const secret = "S3CRET";
const policy = parsePolicy(`
tools: { print: { scope: tool:print, cost: { by: pages } } }
policies: [{ role: rep, allow: [tool:print] }]
budgets: [{ per: user, limit: "1" }]
`);
const context: CallContext = {
  subject: { id: "u1", issuer: "iss", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant", tier: "background" },
  session: "s1",
};
const call = { tool: "print", arguments: { pages: [1, 2, 3] } };

function authorizer(costs: Readonly<Record<string, CostFunction>> | undefined, text = policy) {
  return createAuthorizer({ policy: text, costs, clock: () => 0 });
}

describe("a cost that the policy leaves to a function of the application", () => {
  it.each([
    ["decimal text", () => "0.30", "0.30"],
    ["a number", () => 0.3, "0.30"],
    ["a millionth", () => "0.000001", "0.000001"],
    ["nothing to pay", () => 0, "0.00"],
  ])("is reserved: %s", async (_name, pages, cost) => {
    expect(await authorizer({ pages }).authorize(call, context)).toMatchObject({ allowed: true, cost });
  });

  it("is computed from the judged arguments, the tool and the context, none of which the function can change", async () => {
    const told: unknown[] = [];
    const pages: CostFunction = (priced) => {
      told.push(priced);
      return "0.1";
    };
    await authorizer({ pages }).authorize(call, { ...context, grant: ["tool:print"] });
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(told).toEqual([
      {
        tool: "print",
        arguments: { pages: [1, 2, 3] },
        context: {
          subject: { id: "u1", issuer: "iss", tenant: "", roles: ["rep"], scopes: ["tool:**"] },
          actor: { id: "assistant", tier: "background", chain: [] },
          session: "s1",
          grant: ["tool:print"],
        },
      },
    ]);
    expect(told.every(frozen)).toBe(true);
  });

  it("counts against the budget like any other", async () => {
    const asked = authorizer({ pages: () => "0.4" });
    const runs = await Promise.all([1, 2, 3, 4].map(() => asked.run(call, context, () => 1)));
    expect(runs.map(({ executed }) => executed)).toEqual([true, true, false, false]);
  });

  it.each<[string, Readonly<Record<string, unknown>> | undefined]>([
    ["no functions", undefined],
    ["no function of this name", { page: () => 0 }],
    ["only one that all objects inherit", Object.create({ pages: () => 0 })],
    ["what is no function", { pages: "0.1" }],
    [
      "a function that throws",
      {
        pages: () => {
          throw new Error(secret);
        },
      },
    ],
    [
      "a function that throws a text",
      {
        pages: () => {
          throw secret;
        },
      },
    ],
    ["a promise", { pages: async () => 0 }],
    ["a promise that rejects", { pages: () => Promise.reject(new Error(secret)) }],
    ["NaN", { pages: () => Number.NaN }],
    ["an infinite cost", { pages: () => Number.POSITIVE_INFINITY }],
    ["a negative cost", { pages: () => -0.01 }],
    ["a negative cost as text", { pages: () => "-0.01" }],
    ["seven decimals", { pages: () => "0.0000001" }],
    ["a number of seven decimals", { pages: () => 0.0000001 }],
    ["a sum that floating point made inexact", { pages: () => 0.1 + 0.2 }],
    ["more than any budget can hold", { pages: () => 1e16 }],
    ["nothing", { pages: () => undefined }],
    ["null", { pages: () => null }],
    ["true", { pages: () => true }],
    ["an empty text", { pages: () => "" }],
    ["an object that says it is an amount", { pages: () => ({ toString: () => "0" }) }],
    ["a list of an amount", { pages: () => ["0"] }],
    ["a big integer", { pages: () => 0n }],
  ])("B4: %s denies the call with a fixed reason, and is never read as zero", async (_name, costs) => {
    const audit = createMemoryAuditLog();
    // What plain JavaScript may hand over in spite of the types.
    const asked = createAuthorizer({ policy, costs: costs as Record<string, CostFunction>, audit });
    const { executed, decision } = await asked.run(call, context, () => expect.unreachable());
    expect({ executed, decision }).toMatchObject({
      executed: false,
      decision: { code: "condition_failed", reason: "the cost of this call could not be computed", retryable: false },
    });
    // D11: what went wrong is for administrators.
    expect(decision.reason).not.toContain(secret);
    expect(decision).toMatchObject({ detail: expect.stringContaining("pages") });
  });

  it("a call of another tool never asks it", async () => {
    const other = parsePolicy(
      "tools: { print: { scope: tool:print, cost: { by: pages } }, read: { scope: tool:read, cost: 0.1 } }\npolicies: [{ role: rep, allow: [tool:read] }]",
    );
    const asked = authorizer({ pages: () => expect.unreachable() }, other);
    expect(await asked.authorize({ tool: "read", arguments: {} }, context)).toMatchObject({ cost: "0.10" });
  });

  it("a call whose arguments the policy refuses never asks it", async () => {
    const closed = parsePolicy(
      "tools: { print: { scope: tool:print, arguments: [], cost: { by: pages } } }\npolicies: [{ role: rep, allow: [tool:print] }]",
    );
    const asked = authorizer({ pages: () => expect.unreachable() }, closed);
    expect(await asked.authorize(call, context)).toMatchObject({ code: "invalid_arguments" });
  });

  it("is explained by its name, without being asked", () => {
    const explained = explainCall({ policy, call, context, now: 0 });
    expect(explained).toMatchObject({ decision: "permit", cost: undefined, costBy: "pages" });
  });

  it.each([
    ["a misspelt key", "{ buy: pages }", "unknown_key"],
    ["no name", "{ by: '' }", "invalid_value"],
    ["a name that nobody can see whole", '{ by: "pa\\u200bges" }', "invalid_value"],
    ["a number for a name", "{ by: 5 }", "wrong_type"],
    ["a list", "[pages]", "wrong_type"],
  ])("a policy file with %s in its place is an error", (_name, cost, code) => {
    const diagnostics = checkPolicy(`tools: { x: { scope: tool:x, cost: ${cost} } }`);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });

  it("is unknown to what looks for budgets that never bind, and to what looks for budgets that always do", () => {
    const lint = (budgets: string) =>
      checkPolicy(
        `tools: { print: { scope: tool:print, cost: { by: pages } } }\npolicies: [{ role: rep, allow: [tool:print] }]\nbudgets: ${budgets}`,
      ).map(({ code }) => code);
    expect(lint("[{ per: user, limit: 1, window: day }]")).toEqual([]);
    expect(lint("[{ per: user, limit: 0 }]")).toEqual(["zero_budget"]);
    expect(lint("[{ per: user, limit: 1 }, { per: session, limit: 2 }]")).toEqual(["never_binds"]);
  });
});
