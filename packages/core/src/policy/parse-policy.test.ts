import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPermissions } from "../check-permissions.ts";
import type { DiagnosticCode } from "./diagnostic.ts";
import { parsePolicy } from "./parse-policy.ts";
import { PolicyError } from "./policy-error.ts";

const article = readFileSync(join(import.meta.dirname, "fixtures/seed-policy.yaml"), "utf8");

function problems(text: string): PolicyError {
  try {
    parsePolicy(text, { file: "policy.yaml" });
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  return expect.unreachable("the policy was accepted");
}

describe("the article's policy file is valid as printed", () => {
  const policy = parsePolicy(article);
  it.each([
    ["rep", "tool:crm:read", true],
    ["rep", "tool:email:draft", true],
    ["rep", "tool:email:send:internal", true],
    ["rep", "tool:email:send:external", false],
    ["rep", "tool:crm:write", false],
    ["rep", "tool:email:send", false],
    ["manager", "tool:crm:read", true],
    ["manager", "tool:crm:write", true],
    ["manager", "tool:email:send:internal", true],
    ["manager", "tool:email:send:external", true],
    ["manager", "tool:email:draft", false],
    ["Rep", "tool:crm:read", false],
  ])("%s, %s: %s", (role, tool, allowed) => {
    expect(checkPermissions({ user: { sub: "u", role }, tool, scopes: ["tool:**"], policy }).allowed).toBe(allowed);
  });

  it("has the digest of its text", () => {
    expect(policy.digest).toBe("sha256:059955c3deebd1db62d24d915450cb20c6ef185b3bd2ab89833788823b0b2a11");
    expect(parsePolicy(`${article} `).digest).not.toBe(policy.digest);
  });
});

describe("every problem is found, with its place and what to do", () => {
  it.each<[string, string, DiagnosticCode, number, number, string]>([
    ["a misspelt section", "polices: []", "unknown_key", 1, 1, 'did you mean "policies"?'],
    ["a misspelt key", "policies:\n  - role: rep\n    alow: [a]", "unknown_key", 3, 5, 'did you mean "allow"?'],
    [
      "a misspelt key after CRLF",
      "policies:\r\n  - role: rep\r\n    alow: [a]",
      "unknown_key",
      3,
      5,
      'did you mean "allow"?',
    ],
    ["a key that resembles none", "rulez_of_ten: 1", "unknown_key", 1, 1, "the keys here are: version"],
    [
      "an unknown key of a tool",
      "tools:\n  x: { scope: a, price: 1 }",
      "unknown_key",
      2,
      18,
      "the keys here are: scope, arguments, labels, classify, cost",
    ],
    ["a role without a name", "policies:\n  - allow: [a]", "missing_key", 2, 5, 'add "role"'],
    ["a tool without a scope", "tools:\n  x: { cost: 1 }", "missing_key", 2, 6, 'add "scope"'],
    ["a key that stands twice", "policies: []\npolicies: []", "duplicate_key", 2, 1, "keep one of them"],
    [
      "a number and a text that are one key",
      "tools:\n  1: {scope: a}\n  '1': {scope: a}",
      "duplicate_key",
      3,
      3,
      "keep one",
    ],
    ["a role that is a number", "policies:\n  - role: 010", "wrong_type", 2, 11, 'quote it to make it text: "010"'],
    ["a role that is true", "policies:\n  - role: true", "wrong_type", 2, 11, 'quote it to make it text: "true"'],
    ["a role that is null", "policies:\n  - role: ~", "wrong_type", 2, 11, 'quote it to make it text: "~"'],
    ["a role that is empty", "policies:\n  - role: ''", "invalid_value", 2, 11, "write a value"],
    [
      "a role twice",
      "policies:\n  - role: a\n  - role: a",
      "duplicate_name",
      3,
      11,
      "put all rules of a role in one place",
    ],
    ["an invisible character in a role", "policies:\n  - role: 'a\u202eb'", "invalid_value", 2, 11, ""],
    ["a text instead of a list", "policies:\n  - role: a\n    allow: tool:x", "wrong_type", 3, 12, ""],
    ["a map instead of a list", "policies: {}", "wrong_type", 1, 11, ""],
    ["a list instead of a map", "- role: a", "wrong_type", 1, 1, ""],
    ["a star within a segment", "policies:\n  - role: a\n    deny: [tool:cr*]", "invalid_scope", 3, 12, ""],
    ["two stars before the end", "policies:\n  - role: a\n    deny: ['tool:**:x']", "invalid_scope", 3, 12, ""],
    ["an empty segment", "policies:\n  - role: a\n    deny: ['tool::x']", "invalid_scope", 3, 12, ""],
    ["a scope in Cyrillic", "policies:\n  - role: a\n    deny: ['tool:сrm']", "invalid_scope", 3, 12, ""],
    ["a tool that requires a pattern", "tools:\n  x: { scope: 'tool:*' }", "invalid_scope", 2, 15, ""],
    ["a tool that requires nothing", "tools:\n  x: { scope: [] }", "invalid_value", 2, 15, "write a value"],
    ["a name that no tool can have", "tools:\n  'a b': { scope: a }", "invalid_value", 2, 3, "1 to 128 characters"],
    [
      "a cost finer than a millionth",
      "tools:\n  x: { scope: a, cost: 0.0000001 }",
      "invalid_value",
      2,
      24,
      "at most six decimals",
    ],
    ["a negative cost", "tools:\n  x: { scope: a, cost: -1 }", "invalid_value", 2, 24, "at most six decimals"],
    ["an infinite limit", "budgets:\n  - { per: user, limit: .inf }", "wrong_type", 2, 25, "decimal text"],
    [
      "a limit with an exponent",
      "budgets:\n  - { per: user, limit: 5e3 }",
      "invalid_value",
      2,
      25,
      "at most six decimals",
    ],
    ["a budget per nothing known", "budgets:\n  - { per: usr, limit: 1 }", "invalid_value", 2, 12, ""],
    [
      "two budgets of one name",
      "budgets:\n  - { per: user, limit: 1 }\n  - { per: user, limit: 2 }",
      "duplicate_id",
      3,
      5,
      "an id of its own",
    ],
    ["an offset in place of a time zone", "timezone: +05:00", "invalid_value", 1, 11, "America/New_York"],
    ["a time zone that is none", "timezone: Mars/Base", "invalid_value", 1, 11, "America/New_York"],
    ["a wish to fail otherwise", "fail: ajar", "invalid_value", 1, 7, ""],
    ["another version", "version: 2", "invalid_value", 1, 10, ""],
    ["a YAML 1.1 directive", "%YAML 1.1\n---\npolicies: []", "unsupported_yaml", 1, 1, "remove this line"],
    ["an anchor", "policies: &all []", "unsupported_yaml", 1, 16, "remove the &name"],
    ["an anchor of a key", "&all policies: []", "unsupported_yaml", 1, 6, "remove the &name"],
    ["a tag of a key", "policies:\n  - !!str role: r", "unsupported_yaml", 2, 11, "remove the tag"],
    ["a tag", "policies:\n  - role: !!str 1", "unsupported_yaml", 2, 17, "remove the tag"],
    ["a tag of nobody's", "policies:\n  - role: !secret x", "unsupported_yaml", 2, 11, ""],
    ["a merge key", "tools:\n  x:\n    scope: a\n    <<: { cost: 1 }", "unknown_key", 4, 5, ""],
    ["a second document", "policies: []\n---\npolicies: []", "syntax", 2, 1, ""],
    ["a key that is a list", "? [a]\n: b", "syntax", 1, 3, ""],
    ["a key that is not ASCII", "pоlicies: []", "unsupported_yaml", 1, 1, ""],
    ["the key __proto__", "tools:\n  __proto__: { scope: a }", "unsupported_yaml", 2, 3, ""],
    ["an unclosed bracket", "policies: [", "syntax", 1, 12, ""],
    ["a tab as indentation", "policies:\n\t- role: a", "syntax", 2, 1, ""],
    ["nesting without end", `policies: ${"[".repeat(100_000)}`, "too_deep", 1, 42, ""],
    ["list entries without end", "- ".repeat(100_000), "too_deep", 1, 65, ""],
    ["explicit keys without end", "? ".repeat(100_000), "too_deep", 1, 65, ""],
    [
      "hundreds of thousands of wrong shapes",
      `policies: [{ role: a, allow: [${"[],".repeat(300_000)}] }]`,
      "wrong_type",
      1,
      1,
      "policy file at all",
    ],
    ["more than eight mebibytes", " ".repeat(8 * 1024 * 1024 + 1), "too_large", 1, 1, "split it"],
    ["more than eight mebibytes of UTF-8", `# ${"\u20ac".repeat(2_800_000)}`, "too_large", 1, 1, "split it"],
  ])("%s", (_name, text, code, line, column, help) => {
    const [first] = problems(text).diagnostics;
    expect(first).toMatchObject({ code, line, column, severity: "error", file: "policy.yaml" });
    expect(first?.help ?? "").toContain(help);
  });

  it("refuses an alias, so that no text stands for text elsewhere", () => {
    const codes = problems("policies: &x []\nbudgets: *x").diagnostics.map(({ code, line }) => [code, line]);
    expect(codes).toEqual([
      ["unsupported_yaml", 1],
      ["unsupported_yaml", 2],
    ]);
  });

  it("reports all of them at once, in the order of the file", () => {
    const text = "policies:\n  - role: 1\n    alow: [a]\n    deny: x\nfail: ajar\n";
    expect(problems(text).diagnostics.map(({ line, code }) => `${line} ${code}`)).toEqual([
      "2 wrong_type",
      "3 unknown_key",
      "4 wrong_type",
      "5 invalid_value",
    ]);
  });

  it("shows the line with carets under the text that is meant", () => {
    expect(problems("policies:\n  - role: rep\n    alow: [tool:crm:read]\n").message).toBe(
      [
        'policy.yaml:3:5: error[unknown_key]: unknown key "alow"',
        "  3 |     alow: [tool:crm:read]",
        "    |     ^^^^",
        '  help: did you mean "allow"?',
      ].join("\n"),
    );
  });

  it("shows no control or direction character of the file as it is", () => {
    const { message } = problems('"\u001b[31m\u202epolicies": []\u0007');
    expect(message).not.toMatch(/[\u001b\u202e\u0007]/);
    expect(message).toContain("\\u001b");
  });

  it("cuts a long line around the caret", () => {
    const { message } = problems(`policies: [{ role: x, deny: [${"a, ".repeat(200)}], rol: x }]`);
    for (const line of message.split("\n")) expect(line.length).toBeLessThan(130);
    expect(message).toContain("], rol: x }]");
  });
});

describe("what looks like another type in YAML 1.1 is text", () => {
  it.each(["no", "yes", "on", "off", "y", "12:30:45", "2026-01-01", "0o", "1_000", "<<", "="])(
    "a role named %s",
    (role) => {
      expect([...parsePolicy(`policies:\n  - role: ${role}`).roles.keys()]).toEqual([role]);
    },
  );

  it.each(["constructor", "toString", "hasOwnProperty"])("a role or tool named %s is one like any other", (name) => {
    const policy = parsePolicy(`tools: { ${name}: { scope: tool:x } }\npolicies: [{ role: ${name}, allow: [tool:x] }]`);
    expect(policy.tools?.get(name)?.choices[0]?.use).toEqual(["tool:x"]);
    expect(policy.roles.get(name)?.rule("tool:x", undefined)?.effect).toBe("allow");
    expect(parsePolicy("tools: {}").tools?.get(name)).toBeUndefined();
  });
});

describe("amounts are read from the text of the file", () => {
  it.each([
    ["0.002", 2_000],
    ['"50.00"', 50_000_000],
    ["9007199254.740991", 9_007_199_254_740_991],
    ["0.1", 100_000],
    ["0", 0],
  ])("%s", (text, micro) => {
    expect(parsePolicy(`tools: { x: { scope: a, cost: ${text} } }`).tools?.get("x")?.cost).toBe(micro);
  });

  it("gives a budget a name that outlives a new limit or another order", () => {
    const [first, second] = parsePolicy(
      "budgets: [{ per: user, limit: 1, window: day }, { per: session, limit: 2 }]",
    ).budgets;
    expect([first?.id, second?.id]).toEqual(["user day", "session lifetime"]);
  });
});

describe("a policy that says nothing allows nothing", () => {
  it.each(["", "# nothing\n", "{}", "policies: []", "---\n", "\ufeff", "null"])("%j", (text) => {
    const policy = parsePolicy(text);
    const answer = checkPermissions({ user: { sub: "u", role: "rep" }, tool: "crm:read", scopes: ["tool:**"], policy });
    expect(answer).toMatchObject({ allowed: false, reason: "the policy allows nothing" });
  });
});

describe("D7: any text is either a policy or a PolicyError", () => {
  const piece = fc.constantFrom(
    "policies",
    "role",
    "allow",
    ":",
    " ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "*",
    "&a",
    "!",
    "%",
    "'",
    '"',
    "|",
    ">",
    "#",
    "?",
    "~",
    "0x1",
    "\t",
    "\u0000",
    "\ud800",
    "é",
  );
  it.each([
    ["pieces of YAML", fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(""))],
    ["any text", fc.string({ unit: "binary", maxLength: 200 })],
    [
      "a valid file with one character replaced",
      fc
        .tuple(fc.nat(article.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, text]) => article.slice(0, at) + text + article.slice(at + 1)),
    ],
  ])("%s", (_name, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parsePolicy(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
