import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { expect, it } from "vitest";
import { withInherited } from "./generators/with-inherited.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:read, labels: [private] }
  send: { scope: [{ when: args.n > 1, use: [tool:send, tool:bulk] }, { use: tool:send }] }
  pay: { scope: tool:pay, cost: 1 }
  look: { scope: tool:look }
policies:
  - { role: rep, allow: [tool:read, tool:pay, tool:look, { scope: tool:send, when: args.n > 0 }] }
  - { role: lead, allow: ["tool:**"] }
users: [{ user: eve, issuer: idp, deny: [tool:read] }]
agents: [{ agent: bot, allow: ["tool:**"] }]
rules:
  - { id: private, after: label:private, deny: tool:send, same: args.k }
  - { id: known, before: tool:pay, require: tool:look, same: args.k }
budgets: [{ id: daily, per: user, limit: 1, window: day }]
runaway: { identical: { max: 3, window: 1m }, cycles: 3 }
`);

interface Given {
  readonly user?: string;
  readonly issuer?: string;
  readonly tenant?: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
  readonly agent?: string;
  readonly session?: string;
  readonly grant?: readonly string[];
}

function contextOf({ agent = "bot", session = "s", grant, ...who }: Given): CallContext {
  const { user: id = "ann", issuer = "idp", tenant = "acme", roles = ["rep"], scopes = ["**"] } = who;
  const context = { subject: { id, issuer, tenant, roles, scopes }, actor: { id: agent }, session };
  return grant === undefined ? context : { ...context, grant };
}

const calls: readonly (readonly [tool: string, args: object, by?: Given])[] = [
  ["read", { k: 1 }],
  ["read", { k: 1 }, { user: "eve" }],
  ["read", { k: 1 }, { user: "eve", issuer: "other", session: "t" }],
  ["read", { k: 1 }, { grant: [], session: "t" }],
  ["read", { k: 1 }, { scopes: [], session: "t" }],
  ["read", { k: 1 }, { roles: [], session: "t" }],
  ["read", { k: 1 }, { agent: "stranger", session: "t" }],
  ["send", { k: 1, n: 1 }],
  ["send", { k: 2, n: 1 }],
  ["send", { n: 1 }],
  ["send", { k: 2, n: 0 }],
  ["send", { k: 2, n: 2 }],
  ["send", { k: 1, n: 2 }, { roles: ["lead"], session: "t" }],
  ["pay", { k: 1 }],
  ["look", { k: 1 }],
  ["pay", { k: 2 }],
  ["pay", {}],
  ["pay", { k: 1 }, { session: "t" }],
  ["pay", { k: 1 }, { user: "bob" }],
  ["pay", { k: 1 }, { tenant: "globex" }],
  ["pay", { k: 1 }],
  ["pay", { k: 1, again: true }],
  ["unheard-of", { k: 1 }],
  ["read", { list: Object.defineProperty([1], 0, { get: () => 1 }) }],
  ["read", Object.defineProperty({}, "k", { get: () => 1, enumerable: true })],
  ...Array.from({ length: 4 }, (): [string, object, Given] => ["look", {}, { session: "u" }]),
];

/** Made before anything is inherited. */
const asked = calls.map(([tool, args, by = {}]) => ({ call: { tool, arguments: args }, context: contextOf(by) }));

/** What is said of each call, all made through one authorizer. */
async function answers(): Promise<readonly string[]> {
  const authorizer = createAuthorizer({ policy, clock: () => Date.UTC(2026, 0, 1) });
  const said: string[] = [];
  for (const { call, context } of asked) {
    const { decision } = await authorizer.run(call, context, () => undefined);
    said.push(decision.allowed ? "permit" : decision.code);
  }
  return said;
}

it.each<[string, unknown]>([
  ["toJSON", () => "rights"],
  ["owner", "tenant"],
  ["argument", "digest"],
  ["condition", { evaluate: () => true }],
  ["path", []],
  ["scopes", ["tool:look"]],
  ["code", "forbidden"],
  ["after", { key: 0, since: 0 }],
  ["since", 1],
  ["value", 1],
  ["get", "x"],
  ["tenant", "x"],
  ["user", "x"],
  ["agent", "x"],
  ["session", "x"],
])("D9: an inherited %s changes what is said of no call", async (name, value) => {
  const before = await answers();
  expect(new Set(before).size).toBeGreaterThan(8);
  expect(await withInherited({ [name]: value }, answers)).toEqual(before);
});
