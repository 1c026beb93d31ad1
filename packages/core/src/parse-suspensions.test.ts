import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSuspensions } from "./format-suspensions.ts";
import { parseSuspensions } from "./parse-suspensions.ts";
import { PolicyError } from "./policy/policy-error.ts";
import type { ListedSuspension } from "./suspension-list.ts";

const parse = (text: string) => parseSuspensions(text, { file: "stop.yaml" });

function problem(text: string): PolicyError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  return expect.unreachable("the list was accepted");
}

describe("R7: who is stopped is read from YAML or JSON", () => {
  it.each<[string, ListedSuspension]>([
    ["everything: true", { kind: "everything" }],
    ["tenant: acme", { kind: "tenant", tenant: "acme" }],
    ["tenant: ''", { kind: "tenant", tenant: "" }],
    ["agent: bot", { kind: "agent", id: "bot" }],
    ["{ agent: bot, tenant: acme }", { kind: "agent", id: "bot", tenant: "acme" }],
    ["{ user: u, issuer: idp, tenant: acme }", { kind: "user", id: "u", issuer: "idp", tenant: "acme" }],
    ["{ session: s, user: u }", { kind: "session", id: "s", user: "u" }],
    ['{ "agent": "bot", "until": "2026-03-01T12:00:00Z" }', { kind: "agent", id: "bot", until: 1_772_366_400_000 }],
    [
      "{ agent: bot, until: 2026-03-01T14:00+02:00, reason: why }",
      { kind: "agent", id: "bot", until: 1_772_366_400_000 },
    ],
    ['{ user: "u\\u200b" }', { kind: "user", id: "u\u200b" }],
  ])("%s", (entry, expected) => {
    expect(parse(`suspended:\n  - ${entry}\n`)).toMatchObject([expected]);
  });

  it("nobody, where the list says so", () => {
    expect(parse("suspended: []")).toEqual([]);
    expect(parse('{ "version": 1, "suspended": [] }')).toEqual([]);
  });
});

describe("R7: a list that cannot be understood is an error with its place, and never a shorter list", () => {
  it.each([
    ["an empty file", "", 1, 1, 'the key "suspended" is missing'],
    ["a file with comments only", "# nobody\n", 1, 1, 'the key "suspended" is missing'],
    ["a file that ends within its first word", "suspen", 1, 1, "this must be a map"],
    ["a list that was not begun", "suspended:\n", 1, 11, "this must be a list"],
    ["an entry that was not begun", "suspended:\n  -\n", 2, 4, "this must be a map"],
    ["a name that was not written", "suspended:\n  - agent:\n", 2, 11, "this must be text"],
    ["an unknown key", "suspended:\n  - agnet: bot\n", 2, 5, 'unknown key "agnet"'],
    ["a key that stands twice", "suspended: []\nsuspended: []\n", 2, 1, ""],
    ["an entry that names nobody", "suspended:\n  - reason: why\n", 2, 5, "this names nobody"],
    ["an issuer without a user", "suspended:\n  - issuer: idp\n", 2, 5, "an issuer needs a user"],
    ["an agent and a user in one entry", "suspended:\n  - { agent: a, user: u }\n", 2, 5, "need an entry each"],
    ["everything and a tenant", "suspended:\n  - { everything: true, tenant: a }\n", 2, 5, "goes with no other name"],
    ["everything, but not true", "suspended:\n  - everything: false\n", 2, 17, "this must be true"],
    ["a number for a name", "suspended:\n  - user: 42\n", 2, 11, "this must be text"],
    [
      "a time without its zone",
      "suspended:\n  - { agent: a, until: 2026-03-01T12:00 }\n",
      2,
      24,
      "no time with its zone",
    ],
    [
      "a time that never is",
      "suspended:\n  - { agent: a, until: 2026-13-01T12:00Z }\n",
      2,
      24,
      "no time with its zone",
    ],
    ["a character that nobody can see", "suspended:\n  - user: u\u200b\n", 2, 12, "invisible"],
    ["half a character", 'suspended:\n  - user: "\\ud800"\n', 2, 11, "half a character"],
    ["half a character in a reason", 'suspended:\n  - { agent: a, reason: "\\ud800" }\n', 2, 25, "half a character"],
    ["an alias", "suspended: &a\n  - agent: *a\n", 2, 3, ""],
    ["two documents", "suspended: []\n---\nsuspended: []\n", 2, 1, ""],
    ["too many entries", `suspended:\n${"  - agent: a\n".repeat(251)}`, 2, 3, "longer than 250"],
  ])("%s", (_what, text, line, column, message) => {
    const error = problem(text);
    expect(error.diagnostics[0]).toMatchObject({ file: "stop.yaml", line, column });
    expect(error.message).toContain(message);
  });
});

const text = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((value) => value.isWellFormed());
const some = fc.option(text, { nil: undefined });
const until = fc.option(fc.integer({ min: 0, max: 4_102_444_800_000 }), { nil: undefined });
const shared = { until, reason: some };
const listed: fc.Arbitrary<ListedSuspension> = fc.oneof(
  fc.record({ kind: fc.constant("everything" as const), ...shared }),
  fc.record({ kind: fc.constant("tenant" as const), tenant: text, ...shared }),
  fc.record({ kind: fc.constant("agent" as const), id: text, tenant: some, ...shared }),
  fc.record({ kind: fc.constant("user" as const), id: text, issuer: some, tenant: some, ...shared }),
  fc.record({ kind: fc.constant("session" as const), id: text, user: some, issuer: some, tenant: some, ...shared }),
);

it("what was written is read as it was, whatever the names", () => {
  fc.assert(
    fc.property(fc.array(listed, { maxLength: 5 }), (list) => {
      expect(parse(formatSuspensions(list))).toEqual(list);
    }),
  );
});
