import {
  type AuditLog,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  createMemoryAuditLog,
  type Deny,
  parsePolicy,
  renderDenial,
  type StateStore,
  type ToolCall,
} from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askDecisionPoint } from "./generators/ask-decision-point.ts";
import { isLoadable, propertyRuns } from "./generators/decision-property.ts";
import { anyPolicy } from "./generators/policy-arbitrary.ts";
import { anyRequest } from "./generators/request-arbitrary.ts";
import { plainVocabulary } from "./generators/vocabulary.ts";

const secret = "S3CRET";
const policy = parsePolicy(`
tools:
  known: { scope: tool:known, cost: 1 }
  shaped: { scope: tool:shaped, arguments: { type: object, properties: { to: { type: string, maxLength: 3 } } } }
  chosen: { scope: [{ when: args.to == "a", use: tool:chosen }] }
  priced: { scope: tool:priced, cost: size(args.to) }
  billed: { scope: tool:priced, cost: { by: bill } }
policies:
  - role: a
    allow: ["tool:known", "tool:shaped", "tool:chosen", "tool:priced", { scope: "tool:asks", approval: true }]
    deny: [{ scope: tool:shaped, when: args.to.startsWith("x") }]
budgets: [{ per: user, limit: 2 }]
agents: [{ agent: bot, allow: ["**"] }]
`);
const call = { tool: "known", arguments: {} };
const context: CallContext = { subject: { id: "u", roles: ["a"], scopes: ["**"] }, actor: { id: "bot" }, session: "s" };
const { subject } = context;
const reject = (error: unknown) => () => Promise.reject(error);
const error = Object.assign(new Error(secret, { cause: secret }), { code: secret, name: secret });
const thrower = (thrown: unknown) => () => {
  throw thrown;
};
// What a backend of another make might do; no type stands for that.
const store = (apply: () => unknown) => ({ store: { apply } as unknown as StateStore });
const audit = (append: () => unknown) => ({ audit: { append } as unknown as AuditLog });

const places: readonly [string, Partial<ToolCall>, Partial<CallContext>, Partial<AuthorizerOptions>?][] = [
  ["the tool's name", { tool: secret }, {}],
  ["a name outside the grammar", { tool: `${secret}\n` }, {}],
  ["the call's id", { tool: "nothing", id: secret }, {}],
  ["a call's id that is too long", { id: secret.repeat(100) }, {}],
  ["an argument", { tool: "chosen", arguments: { to: secret } }, {}],
  ["an argument of the wrong kind", { tool: "shaped", arguments: { to: [secret] } }, {}],
  ["an argument that is too long", { tool: "shaped", arguments: { to: secret } }, {}],
  ["an argument's name", { tool: "shaped", arguments: { [secret]: 1 } }, {}],
  ["an argument that no condition can read", { tool: "shaped", arguments: { to: null, [secret]: secret } }, {}],
  ["arguments that are a text", { arguments: secret }, {}],
  ["arguments that are not JSON", { arguments: { [secret]: () => secret } }, {}],
  [
    "arguments that throw",
    {
      arguments: Object.defineProperty({}, "a", {
        get: () => {
          throw error;
        },
        enumerable: true,
      }),
    },
    {},
  ],
  ["an argument that a cost cannot count", { tool: "priced", arguments: { to: 5, [secret]: secret } }, {}],
  ["what a cost function throws", { tool: "billed" }, {}, { costs: { bill: thrower(error) } }],
  ["a text that a cost function throws", { tool: "billed" }, {}, { costs: { bill: thrower(secret) } }],
  ["what a cost function gives", { tool: "billed" }, {}, { costs: { bill: () => secret } }],
  ["the subject's id", { tool: "nothing" }, { subject: { ...subject, id: secret } }],
  ["the issuer", { tool: "nothing" }, { subject: { ...subject, issuer: secret } }],
  ["the tenant", { tool: "nothing" }, { subject: { ...subject, tenant: secret } }],
  ["roles that are in no policy", {}, { subject: { ...subject, roles: [secret] } }],
  [
    "roles beside one that is in the policy",
    { tool: "chosen", arguments: { to: "b" } },
    { subject: { ...subject, roles: ["a", secret] } },
  ],
  ["scopes of the credential", {}, { subject: { ...subject, scopes: [secret, `${secret}:*`] } }],
  ["the agent's id", {}, { actor: { id: secret } }],
  ["the chain of delegation", { tool: "nothing" }, { actor: { id: "bot", chain: [secret] } }],
  ["the session", { tool: "nothing" }, { session: secret }],
  ["a session that is too long", {}, { session: secret.repeat(100) }],
  ["the task's grant", {}, { grant: [secret, "tool:other"] }],
  ["what the store throws", {}, {}, store(reject(error))],
  ["a text that the store throws", {}, {}, store(reject(secret))],
  ["what the store answers", {}, {}, store(() => ({ held: secret, observed: secret, epoch: secret }))],
  [
    "which check the store says failed",
    {},
    {},
    store(() => ({ held: false, failed: secret, observed: [secret], epoch: secret })),
  ],
  ["what the audit log throws", {}, {}, audit(reject(error))],
  ["a text that the audit log throws", {}, {}, audit(reject(secret))],
  [
    "what the clock throws",
    {},
    {},
    {
      clock: () => {
        throw error;
      },
    },
  ],
  [
    "what makes ids throws",
    {},
    {},
    {
      newId: () => {
        throw error;
      },
    },
  ],
];

/** All that an adapter shows to a model. */
function shown(deny: Deny): string {
  return [renderDenial(deny), deny.reason, JSON.stringify(deny.alternatives)].join("\n");
}

describe("D11: what a model reads holds no word of the request, a tool, a store or an error", () => {
  it.each(places)("%s", async (_name, ofCall, ofContext, options = {}) => {
    const authorizer = createAuthorizer({ policy, deadline: 100, onFault: () => undefined, ...options });
    const decision = await authorizer.authorize({ ...call, ...ofCall }, { ...context, ...ofContext });
    if (decision.allowed) return expect.unreachable("nothing was denied");
    expect(shown(decision)).not.toContain(secret);
  });

  it("a duty that cannot be performed", async () => {
    const bound = parsePolicy(
      "policies: [{ role: a, allow: [{ scope: tool:known, obligations: [{ id: o, type: archive }] }] }]",
    );
    const authorizer = createAuthorizer({
      policy: bound,
      obligations: { archive: reject(error) },
      onFault: () => undefined,
    });
    const outcome = await authorizer.run(call, context, () => undefined);
    if (outcome.executed) return expect.unreachable("nothing was denied");
    expect(shown(outcome.decision)).not.toContain(secret);
  });

  it("and it is no more than the policy's own words, whatever is asked", async () => {
    const seeded = anyRequest(plainVocabulary).map((request) => ({
      ...request,
      arguments: { ...request.arguments, [secret]: secret, note: secret, to: [secret] },
      subject: {
        ...request.subject,
        id: secret,
        issuer: secret,
        roles: [...request.subject.roles, secret],
        scopes: [secret, ...request.subject.scopes],
      },
      session: secret,
      grant: [...(request.grant ?? ["tool:**"]), secret],
    }));
    let denied = 0;
    const property = fc.asyncProperty(
      anyPolicy(plainVocabulary).filter(isLoadable),
      seeded,
      async (document, request) => {
        const decision = await askDecisionPoint(document, request, { audit: createMemoryAuditLog() });
        if (decision.allowed) return;
        denied += 1;
        expect(shown(decision)).not.toContain(secret);
      },
    );
    await fc.assert(property, { numRuns: propertyRuns });
    expect(denied).toBeGreaterThan(propertyRuns / 10);
  });
});
