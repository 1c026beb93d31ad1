import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../../create-authorizer.ts";
import { decidePermission } from "../../permit.ts";
import type { JsonObject } from "../../tool-call.ts";
import { checkPolicy } from "../check-policy.ts";
import type { LintCode } from "../diagnostic.ts";
import { parsePolicy } from "../parse-policy.ts";
import type { Policy } from "../policy.ts";

/** One entry, on a line of its own. */
interface Entry {
  readonly effect: "allow" | "deny";
  readonly pattern: string;
  readonly when?: string | undefined;
  readonly approval?: boolean | undefined;
  readonly obligation?: string | undefined;
}

interface Holder {
  readonly section: "policies" | "users" | "agents";
  readonly name: string;
  readonly entries: readonly Entry[];
}

/** A policy, each of whose entries can be left out. */
class Draft {
  readonly #head: string;
  readonly #holders: readonly Holder[];

  constructor(head: string, holders: readonly Holder[]) {
    this.#head = head;
    this.#holders = holders;
  }

  get entries(): readonly Entry[] {
    return this.#holders.flatMap(({ entries }) => entries);
  }

  without(entries: ReadonlySet<Entry>): Draft {
    const kept = this.#holders.map((holder) => ({
      ...holder,
      entries: holder.entries.filter((entry) => !entries.has(entry)),
    }));
    return new Draft(this.#head, kept);
  }

  withoutSection(section: Holder["section"]): Draft {
    return new Draft(
      this.#head,
      this.#holders.filter((holder) => holder.section !== section),
    );
  }

  get text(): string {
    return this.#lines()
      .map(({ text }) => text)
      .join("\n");
  }

  get policy(): Policy {
    return parsePolicy(this.text);
  }

  /** The entries that a code is said of. */
  found(code: LintCode): ReadonlySet<Entry> {
    const lines = this.#lines();
    const found = checkPolicy(this.text).filter((diagnostic) => diagnostic.code === code);
    return new Set(found.map(({ line }) => lines[line - 1]?.entry).filter((entry) => entry !== undefined));
  }

  #lines(): readonly { readonly text: string; readonly entry?: Entry }[] {
    const lines: { text: string; entry?: Entry }[] = [{ text: this.#head }];
    for (const section of ["policies", "users", "agents"] as const) {
      const holders = this.#holders.filter((holder) => holder.section === section);
      if (holders.length > 0) lines.push({ text: `${section}:` });
      for (const { name, entries } of holders) {
        lines.push({ text: `  - ${keys[section]}: ${name}` });
        for (const effect of ["deny", "allow"] as const) {
          lines.push({ text: `    ${effect}: [` });
          for (const entry of entries) if (entry.effect === effect) lines.push({ text: written(entry), entry });
          lines.push({ text: "    ]" });
        }
      }
    }
    return lines;
  }
}

const keys = { policies: "role", users: "user", agents: "agent" } as const;

function written({ effect: _effect, pattern, obligation, ...terms }: Entry): string {
  const obligations = obligation === undefined ? undefined : [{ id: obligation, type: "log" }];
  return `      ${JSON.stringify({ scope: pattern, ...terms, obligations })},`;
}

const segment = fc.constantFrom("a", "b", "*");
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([segments, open]) => [...(open ? segments.slice(0, 2) : segments), ...(open ? ["**"] : [])].join(":"))
  .map((text) => (text === "" ? "**" : text));
const openToo = fc.oneof({ weight: 8, arbitrary: pattern }, { weight: 1, arbitrary: fc.constant("**") });

const bare: fc.Arbitrary<Entry> = fc.record({ effect: fc.constantFrom("allow", "allow", "deny"), pattern: openToo });
const condition = fc.constantFrom(undefined, undefined, "args.n > 1", "args.m > 1", "true");
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ effect: fc.constant("deny" as const), pattern: openToo, when: condition }),
  fc.record({
    effect: fc.constant("allow" as const),
    pattern: openToo,
    when: fc.oneof(condition, fc.constant("false")),
    approval: fc.constantFrom(undefined, undefined, true),
    obligation: fc.constantFrom(undefined, undefined, undefined, "i", "j"),
  }),
);
/** Allows that lie one above the other. */
const layered: fc.Arbitrary<Entry> = fc.record({
  effect: fc.constant("allow" as const),
  pattern: fc.constantFrom("**", "*", "*:**", "a:**", "a:*", "a:*:**"),
  when: fc.constantFrom(undefined, undefined, undefined, "args.n > 1"),
  approval: fc.constantFrom(undefined, undefined, true),
});
const entries = (of: fc.Arbitrary<Entry>) => fc.array(of, { maxLength: 7 });

const segments = ["a", "b", "c"];
/** Every scope of up to four segments: one more than any pattern names, and one segment that none names. */
const scopes = [1, 2, 3, 4].flatMap((length) => scopesOf(length));

function scopesOf(length: number): string[] {
  if (length === 1) return segments;
  return scopesOf(length - 1).flatMap((scope) => segments.map((last) => `${scope}:${last}`));
}

const calls: readonly JsonObject[] = [{ n: 1, m: 1 }, { n: 2, m: 1 }, { n: 1, m: 2 }, { n: 2 }, {}];

interface Asking {
  readonly roles?: readonly string[];
  readonly agent?: string;
  readonly among?: readonly string[];
}

/** What is decided for every scope and every kind of arguments, save for the words that name rules. */
function decisions(policy: Policy, { roles = ["r"], agent, among = scopes }: Asking = {}): string[] {
  return among.flatMap((scope) =>
    calls.map((args) => {
      const actor = { id: agent ?? "bot" };
      const permission = decidePermission({
        policy,
        holder: { subject: "u", roles, scopes: ["**"], actor: agent === undefined ? undefined : actor },
        requirement: { scopes: [scope], named: true },
        environment: { args, subject: { id: "u" }, actor, session: { id: "s" }, now: 0 },
      });
      if (!permission.allowed) return `${scope}: ${permission.code}`;
      return `${scope}: permit ${[...new Set(permission.obligations.map(({ id }) => id))].sort().join(" ")}`;
    }),
  );
}

const single = (of: fc.Arbitrary<Entry>) =>
  entries(of).map((listed) => new Draft("version: 1", [{ section: "policies", name: "r", entries: listed }]));

/** Decisions without what depends on which of two refusals comes first. */
function permits(all: readonly string[]): string[] {
  return all.map((decision) => decision.replace(/: (forbidden|not_granted|condition_failed)$/, ": deny"));
}

describe("what is said holds", () => {
  it.each([
    ["shadowed", entry],
    ["redundant", entry],
    ["never_asked", layered],
    ["redundant", layered],
    ["always_false", entry],
  ] as const)("all that is %s can go at once, and nothing is decided otherwise", (code, of) => {
    let seen = 0;
    fc.assert(
      fc.property(single(of), (draft) => {
        const found = draft.found(code);
        seen += found.size;
        expect(permits(decisions(draft.without(found).policy))).toEqual(permits(decisions(draft.policy)));
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(0);
  });

  it("a redundant entry changes not even why a call is refused", () => {
    fc.assert(
      fc.property(single(entry), (draft) => {
        expect(decisions(draft.without(draft.found("redundant")).policy)).toEqual(decisions(draft.policy));
      }),
      { numRuns: 150 },
    );
  });

  it("of unconditional entries all are found that could go", () => {
    fc.assert(
      fc.property(single(bare), (draft) => {
        const rest = draft.without(new Set([...draft.found("shadowed"), ...draft.found("redundant")]));
        const decided = decisions(rest.policy);
        for (const one of rest.entries) expect(decisions(rest.without(new Set([one])).policy)).not.toEqual(decided);
      }),
      { numRuns: 150 },
    );
  });
});

const tools = ["a", "a:b", "b:a:c", "c:c"];
const head = `tools: { ${tools.map((scope, index) => `t${index}: { scope: ${scope} }`).join(", ")} }`;

const several = (start: string) =>
  fc.tuple(entries(entry), entries(entry), entries(entry), entries(entry)).map(
    ([role, other, user, agent]) =>
      new Draft(start, [
        { section: "policies", name: "r", entries: role },
        { section: "policies", name: "s", entries: other },
        { section: "users", name: "u", entries: user },
        { section: "agents", name: "bot", entries: agent },
      ]),
  );

const askings: readonly Asking[] = [{ roles: ["r"] }, { roles: ["r", "s"], agent: "bot" }, { roles: [], agent: "bot" }];

describe("what is said of a policy with tools holds for every call", () => {
  it("all that one code is said of can go at once", () => {
    const seen = new Set<LintCode>();
    fc.assert(
      fc.property(several(head), (draft) => {
        const decide = ({ policy }: Draft) =>
          askings.map((asking) => permits(decisions(policy, { ...asking, among: tools })));
        const before = decide(draft);
        for (const code of ["no_tool_yields", "never_asked", "unused_ceiling", "redundant", "shadowed"] as const) {
          const found = draft.found(code);
          if (found.size === 0) continue;
          seen.add(code);
          expect([code, decide(draft.without(found))]).toEqual([code, before]);
        }
      }),
      { numRuns: 100 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(["no_tool_yields", "redundant", "shadowed"]));
  });

  it("nobody is ever allowed a scope of which that is said, and somebody may be allowed every other one", () => {
    fc.assert(
      fc.property(several(head), (draft) => {
        const said = checkPolicy(draft.text).filter(({ code }) => code === "nobody_allowed");
        const refused = new Set(said.map(({ column, length }) => draft.text.slice(column - 1, column - 1 + length)));
        const { policy } = draft;
        for (const scope of tools) {
          const holders = [policy.roles.get("r"), policy.roles.get("s"), policy.users.get("u")?.anyIssuer];
          if (!refused.has(scope)) expect(holders.some((rules) => rules?.mayAllow(scope))).toBe(true);
          else {
            for (const roles of [["r"], ["s"], ["r", "s"]]) {
              for (const decision of decisions(policy, { roles, among: [scope] })) {
                expect(decision).not.toMatch(/permit|approval_required/);
              }
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a ceiling that narrows nothing", () => {
  it("could be left out, and nothing would be permitted otherwise", () => {
    let seen = 0;
    const wide = fc.tuple(entries(bare), entries(bare), fc.array(bare, { maxLength: 2 })).map(
      ([role, other, agent]) =>
        new Draft("version: 1", [
          { section: "policies", name: "r", entries: role },
          { section: "users", name: "u", entries: other },
          { section: "agents", name: "bot", entries: agent },
        ]),
    );
    fc.assert(
      fc.property(wide, (draft) => {
        if (!checkPolicy(draft.text).some(({ code }) => code === "wide_ceiling")) return;
        seen += 1;
        const without = permits(decisions(draft.withoutSection("agents").policy, { agent: "bot" }));
        expect(permits(decisions(draft.policy, { agent: "bot" }))).toEqual(without);
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(0);
  });
});

describe("a budget that never binds", () => {
  const budget = fc.record({
    per: fc.constantFrom("user", "agent", "session", "tenant"),
    limit: fc.integer({ min: 0, max: 6 }),
    window: fc.constantFrom(undefined, "hour", "day", "week", "month"),
    scope: fc.constantFrom(undefined, undefined, "a", "b", "*"),
  });
  const call = fc.record({
    user: fc.constantFrom("u", "v"),
    agent: fc.constantFrom("bot", "cat"),
    session: fc.constantFrom("s", "t"),
    cost: fc.integer({ min: 0, max: 3 }),
    tool: fc.constantFrom("x", "y"),
    hours: fc.constantFrom(0, 0, 1, 24, 100, 800),
  });

  it("could be left out, and every call of any sequence would be decided as it is", async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(budget, { minLength: 2, maxLength: 4 }),
        fc.array(call, { maxLength: 10 }),
        async (budgets, sequence) => {
          const lines = budgets.map(({ per, limit, window, scope }, index) => {
            return `  - ${JSON.stringify({ id: `b${index}`, per, limit: `${limit}`, window, scope })}`;
          });
          const start =
            "tools: { x: { scope: a, cost: args.cost }, y: { scope: b, cost: args.cost } }\npolicies: [{ role: r, allow: [a, b] }]\nbudgets:";
          const said = checkPolicy([start, ...lines].join("\n")).filter(({ code }) => code === "never_binds");
          seen += said.length;
          const idle = new Set(said.map(({ line }) => line - 4));
          const decide = async (listed: readonly string[]) => {
            let now = 0;
            const authorizer = createAuthorizer({
              policy: parsePolicy([start, ...listed].join("\n")),
              clock: () => now,
            });
            const answers: boolean[] = [];
            for (const { user, agent, session, cost, hours, tool } of sequence) {
              now += hours * 3_600_000;
              const context = { subject: { id: user, roles: ["r"], scopes: ["**"] }, actor: { id: agent }, session };
              answers.push((await authorizer.authorize({ tool, arguments: { cost } }, context)).allowed);
            }
            return answers;
          };
          const rest = lines.filter((_line, index) => !idle.has(index));
          expect(await decide(rest)).toEqual(await decide(lines));
        },
      ),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(0);
  });
});
