import { expect, it } from "vitest";
import { checkPolicy } from "./check-policy.ts";

const allow = (entry: string) => `policies: [{ role: r, allow: [${entry}] }]`;
const deny = (entry: string) => `policies: [{ role: r, deny: [${entry}] }]`;
const tool = (more: string) => `tools: { x: { scope: tool:a, ${more} } }`;
const text = (written: string) => `quote it to make it text: "${written}"`;

it.each<[string, string, string, string, string | undefined]>([
  // A key that is not known.
  [allow("{ scope: tool:a, aproval: true }"), "unknown_key", "aproval", "unknown key", 'did you mean "approval"?'],
  [allow("{ scope: tool:a, obligation: [] }"), "unknown_key", "obligation", "unknown", 'did you mean "obligations"?'],
  [
    allow("{ scope: tool:a, fail: open }"),
    "unknown_key",
    "fail",
    'unknown key "fail"',
    "the keys here are: scope, when, message, hint, approval, obligations",
  ],
  [
    deny("{ scope: tool:a, approval: true }"),
    "unknown_key",
    "approval",
    "unknown key",
    "the keys here are: scope, when, message, hint, fail",
  ],
  [
    allow("{ scope: tool:a, obligations: [{ id: i, type: t, propertys: {} }] }"),
    "unknown_key",
    "propertys",
    "unknown key",
    'did you mean "properties"?',
  ],
  ["approvals: { aprovers: [role:r] }", "unknown_key", "aprovers", "unknown key", 'did you mean "approvers"?'],
  [
    "tools: { x: { scope: [{ wen: args.a > 1, use: tool:a }] } }",
    "unknown_key",
    "wen",
    "unknown key",
    'did you mean "when"?',
  ],
  [tool("labels: [{ wen: args.a > 1, use: l }]"), "unknown_key", "wen", "unknown key", 'did you mean "when"?'],
  [tool("argument: [a]"), "unknown_key", "argument", "unknown key", 'did you mean "arguments"?'],
  // A key that is missing.
  [allow("{ when: args.a > 1 }"), "missing_key", "{ when: args.a > 1 }", 'the key "scope" is missing', 'add "scope"'],
  [allow("{ scope: tool:a, obligations: [{ id: i }] }"), "missing_key", "{ id: i }", 'the key "type"', 'add "type"'],
  [tool("labels: [{ when: args.a > 1 }]"), "missing_key", "{ when: args.a > 1 }", 'the key "use"', 'add "use"'],
  // A value of the wrong type.
  [allow("{ scope: tool:a, approval: yes }"), "wrong_type", "yes", "true or false", 'write true: "yes" is a text here'],
  [allow("{ scope: tool:a, approval: maybe }"), "wrong_type", "maybe", "this must be true or false", undefined],
  ["approvals: { separation: off }", "wrong_type", "off", "true or false", 'write false: "off" is a text here'],
  ["alternatives: no", "wrong_type", "no", "this must be true or false", 'write false: "no" is a text here'],
  [allow("{ scope: tool:a, when: true }"), "wrong_type", "true", "this must be text", text("true")],
  [allow("{ scope: tool:a, hint: 5 }"), "wrong_type", "5", "this must be text", text("5")],
  [
    allow("{ scope: [tool:a, tool:b] }"),
    "wrong_type",
    "[tool:a, tool:b]",
    "this must be text",
    "write one text here; several need an entry each",
  ],
  [
    allow("{ scope: tool:a, obligations: [log] }"),
    "wrong_type",
    "log",
    "this must be a map of keys and values",
    "the keys here are: id, type, properties",
  ],
  [
    allow("{ scope: tool:a, obligations: { id: i, type: t } }"),
    "wrong_type",
    "{ id: i, type: t }",
    "this must be a list",
    'begin each entry with "- "',
  ],
  [allow("{ scope: tool:a, obligations: [{ id: 5, type: t }] }"), "wrong_type", "5", "this must be text", text("5")],
  [
    allow("5"),
    "wrong_type",
    "5",
    "this must be a scope, or a map with the key scope",
    "write a scope, such as tool:crm:read",
  ],
  ["approvals: { ttl: 10 }", "wrong_type", "10", "this must be text", text("10")],
  ["approvals: { approvers: role:r }", "wrong_type", "role:r", "a list", "write it as a list: [role:r]"],
  ["approvals: [role:r]", "wrong_type", "[role:r]", "a map", "the keys here are: ttl, approvers, separation, reuse"],
  [
    tool("arguments: foo"),
    "wrong_type",
    "foo",
    "this must be a list of names, or a JSON Schema",
    "list what the tool takes, such as [to, subject]",
  ],
  [tool("arguments: [1]"), "wrong_type", "1", "this must be text", text("1")],
  [tool("labels: x"), "wrong_type", "x", "this must be a list", "write it as a list: [x]"],
  [
    tool("labels: [5]"),
    "wrong_type",
    "5",
    "this must be a label, or a map with the key use",
    "write a name, such as customer-data",
  ],
  [
    "tools: { x: tool:a }",
    "wrong_type",
    "tool:a",
    "a map",
    "the keys here are: scope, arguments, labels, classify, cost",
  ],
  ["tenant: 5", "wrong_type", "5", "this must be text", text("5")],
  // A value that is none of those there are.
  [
    deny("{ scope: tool:a, when: args.x > 1, fail: opn }"),
    "invalid_value",
    "opn",
    'this is not one of "closed", "open"',
    'did you mean "open"?',
  ],
  ["agents: [{ tier: backgroud }]", "invalid_value", "backgroud", "this is not one of", 'did you mean "background"?'],
  ["version: 2", "invalid_value", "2", "this must be 1", undefined],
  ["approvals: { approvers: [r] }", "invalid_value", "r", "approvers are roles", 'write it as "role:manager"'],
  [
    "roles: [rep, manager]\napprovals: { approvers: [role:managr] }",
    "unknown_role",
    "role:managr",
    'nobody can hold the role "managr": it is not in "roles"',
    'did you mean "manager"?',
  ],
])("%s: %s at %s", (written, code, marked, message, help) => {
  const errors = checkPolicy(written, { file: "policy.yaml" }).filter(({ severity }) => severity === "error");
  expect(errors).toEqual([
    expect.objectContaining({ code, message: expect.stringContaining(message), help, file: "policy.yaml" }),
  ]);
  const [error] = errors;
  const line = written.split("\n")[(error?.line ?? 0) - 1] ?? "";
  expect(line.slice((error?.column ?? 0) - 1).slice(0, error?.length)).toBe(marked);
});

it("errors of shape, of meaning and warnings are said together, in the order of the file", () => {
  const written = `fail: open
policies:
  - role: r
    allow: [tool:a, tool:a, { scope: tool:b, when: true }]
    deny: ["tool:b*"]
budgets: [{ per: usr, limit: 5 }]`;
  expect(checkPolicy(written).map(({ code, line, severity }) => `${line} ${severity} ${code}`)).toEqual([
    "1 notice fails_open",
    "4 warning redundant",
    "4 error wrong_type",
    "5 error invalid_scope",
    "6 error invalid_value",
  ]);
});

it("an entry with a mistake is no ground for a warning, and nothing is said to be missing", () => {
  const written = `tools: { x: { scope: tool:a }, y: { scope: tool:b } }
policies: [{ role: r, allow: [{ scope: tool:a, when: true }, tool:a], deny: [{ scope: "tool:*", when: 5 }] }]`;
  expect(checkPolicy(written).map(({ code }) => code)).toEqual(["wrong_type", "wrong_type"]);
});

it("an entry with a mistake beyond the hundredth is no ground for a warning either", () => {
  const broken = Array.from({ length: 150 }, () => "{ scope: tool:a, when: true }").join();
  const codes = checkPolicy(`policies: [{ role: r, allow: [${broken}] }]`).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set(["wrong_type"]));
});

it.each(["", "[", "\u0000", "a: b: c", "%YAML 1.1\n---\n", "hello", "[]", "policies: [null, {}, 5]", "&a x"])(
  "%j is answered, not thrown",
  (written) => {
    expect(() => checkPolicy(written)).not.toThrow();
  },
);
