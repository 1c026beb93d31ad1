import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainCall } from "./explain-call.ts";
import type { Change } from "./find-changes.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";

interface Entry {
  readonly scope: string;
  readonly when?: string | undefined;
  readonly approval?: true | undefined;
}

interface Rules {
  readonly allow?: readonly Entry[];
  readonly deny?: readonly Entry[];
}

interface Document {
  readonly tools: object;
  readonly policies: readonly ({ readonly role: string } & Rules)[];
  readonly users: readonly ({ readonly user: string } & Rules)[];
  readonly agents?: readonly ({ readonly agent?: string; readonly tier?: string } & Rules)[] | undefined;
}

interface Case {
  readonly document: Document;
  readonly context: CallContext;
  readonly args: object;
}

const pattern = fc.constantFrom("tool:a:b", "tool:a:c", "tool:a:*", "tool:**", "tool:a:b:c");
const when = fc.option(fc.constantFrom("args.x == 1", "args.x == 2", "args.missing == 1", "args.x > 0"), {
  nil: undefined,
});
const approval = fc.constantFrom(undefined, true as const);
const allow = fc.uniqueArray(fc.record({ scope: pattern, when, approval }), { selector: JSON.stringify, maxLength: 4 });
const deny = fc.uniqueArray(fc.record({ scope: pattern, when }), { selector: JSON.stringify, maxLength: 2 });
const sometimes = <Value>(of: fc.Arbitrary<readonly Value[]>) =>
  fc.oneof({ weight: 3, arbitrary: of }, { weight: 2, arbitrary: fc.constant([]) });
/** An allow that a deny of the same pattern hides is a mistake of the file's, not of the call's. */
const rules = fc.record({ allow, deny: sometimes(deny) }).map((holder): Rules => {
  const hidden = new Set(holder.deny.filter((entry) => entry.when === undefined).map(({ scope }) => scope));
  return { ...holder, allow: holder.allow.filter(({ scope }) => !hidden.has(scope)) };
});
const named = <Name extends object>(...names: readonly Name[]) =>
  fc.tuple(fc.constantFrom(...names), rules).map(([name, own]) => ({ ...name, ...own }));
const held = fc.subarray(["tool:a:b", "tool:a:*", "tool:**"]);
const anyCase: fc.Arbitrary<Case> = fc.record({
  document: fc.record({
    tools: fc.constantFrom({ t: { scope: "tool:a:b" } }, { t: { scope: ["tool:a:b", "tool:a:c"] } }),
    policies: fc.tuple(named({ role: "r" }), named({ role: "s" })),
    users: fc.array(named({ user: "u" }), { maxLength: 1 }),
    agents: fc.option(fc.tuple(named({ agent: "bot" }, { agent: "other" }), named({ tier: "api" })), {
      nil: undefined,
    }),
  }),
  context: fc.record({
    subject: fc.record({ id: fc.constant("u"), roles: fc.subarray(["r", "s", "t"]), scopes: held }),
    actor: fc.record({ id: fc.constant("bot"), tier: fc.constantFrom(undefined, "api" as const) }),
    session: fc.constant("session"),
    grant: fc.option(held, { nil: undefined }),
  }),
  args: fc.constantFrom({}, { x: 1 }, { x: 2 }, { x: "text" }),
});

function explain({ document, context, args }: Case) {
  const policy = parsePolicy(JSON.stringify(document));
  return explainCall({ policy, call: { tool: "t", arguments: args }, context, now: 0 });
}

/** Does what a change says, as somebody with an editor would. */
function make(subject: Case, change: Change): Case {
  const { document, context } = subject;
  switch (change.kind) {
    case "remove_deny":
      return edit(subject, change, () => []);
    case "condition":
      return edit(subject, change, (entry) => (change.wanted ? [{ ...entry, when: undefined }] : []));
    case "approval":
      return edit(subject, change, (entry) => [{ ...entry, approval: undefined }]);
    case "grant": {
      const [own] = document.users;
      const users = [{ user: "u", ...own, allow: [...(own?.allow ?? []), { scope: change.scope }] }];
      return { ...subject, document: { ...document, users } };
    }
    case "ceiling": {
      const [kind = "", name = ""] = change.holder.split(":");
      const agents = document.agents ?? [];
      const isHolder = (entry: object) => Object.entries(entry).some(([key, value]) => key === kind && value === name);
      const known = agents.some(isHolder) ? agents : [...agents, { [kind]: name }];
      const widened = known.map((entry) => {
        return isHolder(entry) ? { ...entry, allow: [...(entry.allow ?? []), { scope: change.scope }] } : entry;
      });
      return { ...subject, document: { ...document, agents: widened } };
    }
    case "hold": {
      const { scopes } = context.subject;
      return {
        ...subject,
        context: { ...context, subject: { ...context.subject, scopes: [...scopes, change.scope] } },
      };
    }
    case "give":
      return { ...subject, context: { ...context, grant: [...(context.grant ?? []), change.scope] } };
    case "context":
    case "tool":
    case "argument":
      return expect.unreachable(`${change.kind} is no matter of rules`);
  }
}

type RuleChange = Extract<Change, { rule: string }>;

/** Changes the entries that a change means: those of its holder with its effect, pattern and condition. */
function edit(subject: Case, change: RuleChange, to: (entry: Entry) => readonly Entry[]): Case {
  const [effect, scope] = change.rule.split(" ").slice(1);
  const change_ = (entry: Entry) => (entry.scope === scope && entry.when === change.condition ? to(entry) : [entry]);
  const inHolder = <Holder extends Rules & { role?: string; user?: string; agent?: string; tier?: string }>(
    entry: Holder,
  ): Holder => {
    const { role, user, agent, tier, allow: allows, deny: denies } = entry;
    const names = { role, user, agent, tier };
    if (!Object.entries(names).some(([kind, name]) => `${kind}:${name}` === change.holder)) return entry;
    return effect === "allow"
      ? { ...entry, allow: (allows ?? []).flatMap(change_) }
      : { ...entry, deny: (denies ?? []).flatMap(change_) };
  };
  const { policies, users, agents, ...rest } = subject.document;
  const document = {
    ...rest,
    policies: policies.map(inHolder),
    users: users.map(inHolder),
    agents: agents?.map(inHolder),
  };
  return { ...subject, document };
}

describe("what would have to be otherwise", () => {
  it("is nothing where the call is permitted, and something where it is denied", () => {
    fc.assert(
      fc.property(anyCase, (subject) => {
        const { decision, changes } = explain(subject);
        expect(changes.length === 0).toBe(decision === "permit");
      }),
      { numRuns: 1_000 },
    );
  });

  it("is enough: with all of it the call is permitted", () => {
    fc.assert(
      fc.property(anyCase, (subject) => {
        const { changes } = explain(subject);
        // Approvals first: they name their entry by its condition, which another change may take away.
        const ordered = [...changes].sort(
          (left, right) => Number(right.kind === "approval") - Number(left.kind === "approval"),
        );
        expect(explain(ordered.reduce(make, subject))).toMatchObject({ decision: "permit", changes: [] });
      }),
      { numRuns: 1_000 },
    );
  });

  const policy = parsePolicy(`tools:
  t: { scope: tool:a:b }
  u: { scope: [{ when: args.x == 1, use: tool:a:b }] }
policies:
  - { role: r, deny: [{ scope: tool:a:b, when: args.x == 1 }] }
  - { role: s, allow: ["tool:a:*"] }
`);
  const context: CallContext = {
    subject: { id: "u", roles: ["r"], scopes: ["tool:**"] },
    actor: { id: "bot" },
    session: "session",
  };

  it.each<[string, string, unknown, CallContext, readonly object[]]>([
    [
      "a deny to remove, and roles that hold the scope",
      "t",
      { x: 1 },
      context,
      [
        { kind: "remove_deny", line: 5, condition: "args.x == 1" },
        { kind: "grant", scope: "tool:a:b", roles: ["s"] },
      ],
    ],
    [
      "a condition that must be answerable",
      "t",
      {},
      context,
      [{ kind: "condition", effect: "deny", answer: "unknown", wanted: false }, { kind: "grant" }],
    ],
    ["a tool that the policy must list", "v", {}, context, [{ kind: "tool", tool: "v" }]],
    [
      "arguments that some entry of the tool fits",
      "u",
      { x: 2 },
      context,
      [{ kind: "argument", reason: "no scope of this tool fits these arguments" }],
    ],
    [
      "arguments that are JSON",
      "t",
      new Map(),
      context,
      [{ kind: "argument", reason: "arguments is not plain JSON data" }],
    ],
    [
      "somebody who asks",
      "t",
      {},
      { ...context, session: "" },
      [{ kind: "context", reason: "the session is not a text of 1 to 256 characters" }],
    ],
  ])("names %s", (_name, tool, args, from, changes) => {
    const explanation = explainCall({ policy, call: { tool, arguments: args }, context: from, now: 0 });
    expect(explanation.changes).toMatchObject(changes);
    expect(explanation.changes).toHaveLength(changes.length);
  });

  it("names the tenant whose policy it is, where another one asks", () => {
    const theirs = parsePolicy("tenant: acme\npolicies: [{ role: r, allow: ['tool:**'] }]");
    const call = { tool: "t", arguments: {} };
    expect(explainCall({ policy: theirs, call, context, now: 0 })).toMatchObject({
      code: "unavailable",
      changes: [{ kind: "context", reason: "this policy is another tenant's" }],
    });
    const subject = { ...context.subject, tenant: "acme" };
    expect(explainCall({ policy: theirs, call, context: { ...context, subject }, now: 0 }).changes).toEqual([]);
  });
});
