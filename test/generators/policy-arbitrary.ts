import fc from "fast-check";
import { anyCondition, typedCondition } from "./condition-arbitrary.ts";
import type { ArgumentSchema, Condition, Entries, Entry, PolicyDocument, Tool } from "./policy-document.ts";
import type { Vocabulary } from "./vocabulary.ts";

const text = { type: "string", maxLength: 3 } as const;
const schema: ArgumentSchema = {
  type: "object",
  properties: {
    amount: { type: "number", minimum: -1, maximum: 500 },
    note: text,
    to: { type: "array", items: text },
    flag: { type: "boolean" },
    deep: { type: "object", properties: { note: text }, required: [] },
  },
  required: ["amount"],
};
const obligations = fc
  .constantFrom("archive", "notify")
  .chain((type) => fc.constantFrom("one", "two").map((id) => [{ id, type }]));

/** What conditions and argument rules a policy file is made of: a schema gives the arguments types. */
interface Style {
  readonly condition: fc.Arbitrary<Condition>;
  readonly rule: readonly string[] | ArgumentSchema;
}

const loose: Style = { condition: anyCondition, rule: ["amount", "note", "to", "flag", "deep", "constructor"] };
const typed: Style = { condition: typedCondition, rule: schema };

/** Policy files over the names of a vocabulary. Nearly all of them can be loaded. */
export function anyPolicy(names: Vocabulary): fc.Arbitrary<PolicyDocument> {
  return fc.oneof({ weight: 3, arbitrary: policyIn(loose, names) }, { weight: 1, arbitrary: policyIn(typed, names) });
}

function policyIn(style: Style, names: Vocabulary): fc.Arbitrary<PolicyDocument> {
  const entries = anyEntries(style, names);
  return fc.record({
    policies: unique(4, mix(entries, { role: fc.constantFrom(...names.roles) }), ({ role }) => role),
    agents: maybe(
      5,
      unique(4, anyCeiling(names, entries), (entry) => ("agent" in entry ? entry.agent : `tier ${entry.tier}`)),
    ),
    users: maybe(
      2,
      unique(2, anyUser(names, entries), ({ user, issuer }) => JSON.stringify([user, issuer])),
    ),
    tools: maybe(1, anyTools(style, names)),
    tenant: maybe(30, fc.constantFrom(...names.tenants)),
    alternatives: fc.boolean(),
  });
}

function mix<Names extends object>(
  entries: fc.Arbitrary<Entries>,
  names: { [Key in keyof Names]: fc.Arbitrary<Names[Key]> },
): fc.Arbitrary<Names & Entries> {
  return fc.tuple(fc.record<Names>(names), entries).map(([named, lists]) => ({ ...named, ...lists }));
}

function anyCeiling({ agents }: Vocabulary, entries: fc.Arbitrary<Entries>) {
  const generous = entries.map(({ allow = [], deny }) => ({ allow: ["**", ...allow], deny: deny?.slice(0, 1) }));
  return fc.oneof(
    { weight: 4, arbitrary: mix<{ agent: string }>(generous, { agent: fc.constantFrom(...agents) }) },
    { weight: 1, arbitrary: mix<{ tier: string }>(generous, { tier: fc.constantFrom("interactive", "background") }) },
  );
}

function anyUser({ users, issuers }: Vocabulary, entries: fc.Arbitrary<Entries>) {
  const issuer = fc.constantFrom(undefined, ...issuers);
  return mix<{ user: string; issuer: string | undefined }>(entries, { user: fc.constantFrom(...users), issuer });
}

function unique<T>(maxLength: number, arbitrary: fc.Arbitrary<T>, selector: (entry: T) => unknown): fc.Arbitrary<T[]> {
  return fc.uniqueArray(arbitrary, { minLength: Math.min(2, maxLength - 1), maxLength, selector });
}

function anyEntries(style: Style, names: Vocabulary): fc.Arbitrary<Entries> {
  const lists = {
    allow: fc.array(allowEntry(style, names), { minLength: 1, maxLength: 5 }),
    deny: fc.oneof(
      { weight: 3, arbitrary: fc.constant<(string | Entry)[]>([]) },
      { weight: 5, arbitrary: fc.array(denyEntry(style, names), { minLength: 1, maxLength: 2 }) },
    ),
  };
  return fc.record(lists);
}

function allowEntry({ condition }: Style, { patterns }: Vocabulary): fc.Arbitrary<string | Entry> {
  const scope = fc.constantFrom(...patterns);
  const demands = fc.oneof(
    { weight: 5, arbitrary: fc.record({ approval: fc.constant(true), obligations: maybe(2, obligations) }) },
    { weight: 2, arbitrary: fc.record({ approval: maybe(1, fc.constant(false)), obligations }) },
  );
  const message = maybe(6, fc.constant("Ask a manager."));
  return fc.oneof(
    { weight: 6, arbitrary: scope },
    { weight: 4, arbitrary: fc.record({ scope, when: condition, message }) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(scope, demands, maybe(1, condition))
        .map(([pattern, demand, when]) => ({ scope: pattern, ...demand, when })),
    },
  );
}

function denyEntry({ condition }: Style, { patterns }: Vocabulary): fc.Arbitrary<string | Entry> {
  const scope = fc.constantFrom(...patterns);
  return fc.oneof(
    { weight: 1, arbitrary: scope },
    {
      weight: 2,
      arbitrary: fc.record({
        scope,
        when: condition,
        fail: maybe(2, fc.constantFrom("open" as const, "closed" as const)),
      }),
    },
  );
}

/** What tools require: mostly a scope each, some by condition, some several at once. */
function anyTools(
  { condition, rule }: Style,
  { tools, scopes }: Vocabulary,
): fc.Arbitrary<NonNullable<PolicyDocument["tools"]>> {
  const scope = fc.constantFrom(...scopes);
  const use = fc.oneof(scope, fc.uniqueArray(scope, { minLength: 1, maxLength: 2 }));
  const choices = fc
    .tuple(fc.array(fc.record({ when: condition, use }), { minLength: 1, maxLength: 2 }), fc.option(use))
    .map(([conditional, last]) => (last === null ? conditional : [...conditional, { use: last }]));
  const tool: fc.Arbitrary<Tool> = fc.record({
    scope: fc.oneof({ weight: 2, arbitrary: scope }, fc.uniqueArray(scope, { minLength: 1, maxLength: 3 }), choices),
    arguments: maybe(2, fc.constant(rule)),
    cost: maybe(
      3,
      fc.oneof(
        fc.constant(0.5),
        fc
          .constantFrom("to", "note")
          .map((name) => ({ factor: 0.001, of: { kind: "attribute", path: ["args", name] } as const })),
      ),
    ),
  });
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...tools), tool), {
      minLength: tools.length,
      maxLength: tools.length,
      selector: ([name]) => name,
    })
    .map((entries) => Object.fromEntries(entries));
}

function maybe<T>(absent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: absent, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
