import fc from "fast-check";
import type { ArgumentSchema } from "../reference/check-arguments.ts";
import type { Entry, PolicyDocument, Tool } from "../reference/decide.ts";
import { anyCondition } from "./condition-arbitrary.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What of the language is generated. */
const features = { arguments: false };

const text = { type: "string" } as const;
const schema: ArgumentSchema = {
  type: "object",
  properties: {
    amount: { type: "number", minimum: -1, maximum: 500 },
    note: { type: "string", maxLength: 3 },
    to: { type: "array", items: text },
    flag: { type: "boolean" },
    deep: { type: "object", properties: { note: text } },
  },
  required: ["amount"],
};
const obligations = fc
  .constantFrom("archive", "notify")
  .chain((type) => fc.constantFrom("one", "two").map((id) => [{ id, type }]));

/** Policy files over the names of a vocabulary. Nearly all of them can be loaded. */
export function anyPolicy(names: Vocabulary): fc.Arbitrary<PolicyDocument> {
  const lists = { allow: list(allowEntry(names), { maxLength: 5 }), deny: list(denyEntry(names), { maxLength: 2 }) };
  const role = fc.constantFrom(...names.roles);
  const agent = fc.oneof(
    { weight: 3, arbitrary: fc.record({ agent: fc.constantFrom(...names.agents), ...lists }) },
    { weight: 1, arbitrary: fc.record({ tier: fc.constantFrom("interactive", "subagent", "background", "api"), ...lists }) },
  );
  const user = fc.record(
    { user: fc.constantFrom(...names.users), issuer: fc.constantFrom(...names.issuers), ...lists },
    { requiredKeys: ["user", "allow", "deny"] },
  );
  return fc.record(
    {
      policies: fc.uniqueArray(fc.record({ role, ...lists }), { minLength: 1, maxLength: 3, selector: (entry) => entry.role }),
      agents: maybe(2, fc.uniqueArray(agent, { maxLength: 3, selector: (entry) => JSON.stringify({ ...entry, allow: 0, deny: 0 }) })),
      users: maybe(1, fc.uniqueArray(user, { maxLength: 2, selector: (entry) => JSON.stringify([entry.user, entry.issuer]) })),
      tools: maybe(1, anyTools(names)),
      tenant: maybe(8, fc.constantFrom(...names.tenants)),
      alternatives: fc.boolean(),
    },
    { requiredKeys: ["policies", "alternatives"] },
  ).map((policy) => JSON.parse(JSON.stringify(policy)) as PolicyDocument); // Drops what is undefined; all of it is JSON.
}

function list(entry: fc.Arbitrary<string | Entry>, constraints: fc.ArrayConstraints): fc.Arbitrary<(string | Entry)[]> {
  return fc.array(entry, constraints);
}

function allowEntry({ patterns }: Vocabulary): fc.Arbitrary<string | Entry> {
  const scope = fc.constantFrom(...patterns);
  return fc.oneof(
    { weight: 3, arbitrary: scope },
    {
      weight: 3,
      arbitrary: fc.record({
        scope,
        when: maybe(1, anyCondition),
        approval: maybe(2, fc.boolean()),
        obligations: maybe(3, obligations),
        message: maybe(6, fc.constant("Ask a manager.")),
      }),
    },
  );
}

function denyEntry({ patterns }: Vocabulary): fc.Arbitrary<string | Entry> {
  const scope = fc.constantFrom(...patterns);
  return fc.oneof(
    { weight: 1, arbitrary: scope },
    {
      weight: 2,
      arbitrary: fc.record({ scope, when: anyCondition, fail: maybe(2, fc.constantFrom("open" as const, "closed" as const)) }),
    },
  );
}

/** What tools require: mostly a scope each, some by condition, some several at once. */
function anyTools({ tools, scopes }: Vocabulary): fc.Arbitrary<NonNullable<PolicyDocument["tools"]>> {
  const scope = fc.constantFrom(...scopes);
  const use = fc.oneof(scope, fc.uniqueArray(scope, { minLength: 1, maxLength: 2 }));
  const choices = fc
    .tuple(fc.array(fc.record({ when: anyCondition, use }), { minLength: 1, maxLength: 2 }), fc.option(use))
    .map(([conditional, last]) => (last === null ? conditional : [...conditional, { use: last }]));
  const tool: fc.Arbitrary<Tool> = fc.record({
    scope: fc.oneof({ weight: 2, arbitrary: scope }, fc.uniqueArray(scope, { minLength: 1, maxLength: 3 }), choices),
    arguments: maybe(features.arguments ? 3 : 1e9, fc.oneof(fc.constant(["amount", "note", "to", "flag", "deep"]), fc.constant(schema))),
    cost: maybe(3, fc.oneof(fc.constant(0.5), fc.constantFrom("to", "note").map((name) => ({ factor: 0.001, of: { kind: "attribute", path: ["args", name] } as const })))),
  });
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...tools), tool), { minLength: 1, maxLength: tools.length, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries));
}

function maybe<T>(absent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: absent, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
