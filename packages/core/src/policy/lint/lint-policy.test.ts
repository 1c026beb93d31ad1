import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../tool-call.ts";
import { checkPolicy } from "../check-policy.ts";
import type { LintCode } from "../diagnostic.ts";

/** `code line:column+length` of everything that is said of a text. */
function places(text: string, toolSchemas: ReadonlyMap<string, JsonObject>): string[] {
  return checkPolicy(text, { toolSchemas }).map(
    ({ severity, code, line, column, length }) =>
      `${severity === "error" ? "error " : ""}${code} ${line}:${column}+${length}`,
  );
}

const role = (allow: string, deny = "") => `policies:
  - role: r
    allow: [${allow}]
    deny: [${deny}]
`;
const approvers = "approvals: { approvers: [role:r] }\n";
const tool = (more: string) => `tools: { x: { scope: tool:a, labels: [l] } }\n${more}\n${role("tool:a")}`;
const history = (...rules: readonly string[]) =>
  tool(`rules: [\n${rules.map((rule, index) => `  { id: r${index}, ${rule} }`).join(",\n")}\n]`);

const found: Record<LintCode, readonly [string, string, readonly string[]][]> = {
  shadowed: [
    ["an allow under a deny of the same scope", role("tool:a", "tool:a"), ["shadowed 3:13+6"]],
    ["an allow under a wider deny", role("tool:a:b, tool:c", '"tool:a:*"'), ["shadowed 3:13+8"]],
    ["a pattern under a wider pattern", role('"tool:*:b", tool:c', '"tool:*:*"'), ["shadowed 3:13+10"]],
    ["a conditional allow", role("{ scope: tool:a, when: args.x > 1 }", '"tool:**"'), ["shadowed 3:22+6"]],
    ["an allow under several denies together", role('"tool:**"', '"tool:*", "tool:*:**"'), ["shadowed 3:13+9"]],
    [
      "an allow under a deny whose condition always holds",
      role("tool:a", '{ scope: tool:a, when: "true" }'),
      ["shadowed 3:13+6", "always_true 4:35+6"],
    ],
    ["not one under a conditional deny", role("tool:a", "{ scope: tool:a, when: args.x > 1 }"), []],
    ["not a pattern under a narrower one", role('"tool:*"', "tool:a"), []],
    ["not ** under *", role('"tool:**"', '"tool:*"'), []],
    [
      "not an allow under another role's deny",
      "policies: [{ role: r, allow: [tool:a] }, { role: s, deny: [tool:a] }]",
      [],
    ],
  ],
  redundant: [
    ["the second of two equal entries", role("tool:a, tool:a"), ["redundant 3:21+6"]],
    ["a scope under a pattern", role('tool:a, "tool:*"'), ["redundant 3:13+6"]],
    ["a deny under a wider deny", role("", '"tool:a:**", tool:a:b'), ["redundant 4:25+8"]],
    ["a conditional deny under a deny", role("", "tool:a, { scope: tool:a, when: args.x > 1 }"), ["redundant 4:29+6"]],
    ["a conditional allow under an allow", role("tool:a, { scope: tool:a, when: args.x > 1 }"), ["redundant 3:30+6"]],
    [
      "the second of two equal conditions",
      role("", "{ scope: tool:a, when: args.x > 1 }, { scope: tool:a, when: args.x > 1 }"),
      ["redundant 4:58+6"],
    ],
    ["a pattern under several together", role('"tool:**", "*:*", "*:*:**"'), ["redundant 3:13+9"]],
    [
      "an approval under a wider one",
      `${approvers}${role('{ scope: "tool:*", approval: true }, { scope: tool:a, approval: true }')}`,
      ["redundant 4:59+6"],
    ],
    [
      "not an exception from an approval",
      `${approvers}${role('"tool:**", { scope: "tool:*", approval: true }, tool:a')}`,
      [],
    ],
    [
      "not an exception from an approval whose pattern crosses",
      `${approvers}${role('"tool:**", { scope: "tool:*:c", approval: true }, "tool:a:*"')}`,
      [],
    ],
    ["not an approval under a plain allow", `${approvers}${role('"tool:*", { scope: tool:a, approval: true }')}`, []],
    [
      "not a demand on a condition, which denies where it is unknown",
      `${approvers}${role("{ scope: tool:a, approval: true }, { scope: tool:a, when: args.x > 1, approval: true }")}`,
      [],
    ],
    [
      "not an approval where one on a condition could be unknown in its place",
      `${approvers}${role('{ scope: tool:a, approval: true }, { scope: "tool:*", approval: true }, { scope: "tool:*", when: args.x > 1, approval: true }')}`,
      [],
    ],
    ["not a deny that says something else", role("", '"tool:*", { scope: tool:a, message: Ask a manager. }'), []],
    ["not * under ** of more segments", role('"tool:*", "tool:*:**"'), []],
  ],
  never_asked: [
    [
      "an approval that more specific allows precede for every tool",
      `tools: { x: { scope: tool:a }, y: { scope: tool:b } }\n${approvers}${role('{ scope: "tool:*", approval: true }, tool:a', "tool:b")}`,
      ["nobody_allowed 1:44+6", "never_asked 5:42+4"],
    ],
    [
      "an approval that more specific patterns precede for every scope",
      `${approvers}${role('{ scope: "tool:**", approval: true }, "tool:*", "tool:*:**"')}`,
      ["never_asked 4:43+4"],
    ],
    [
      "obligations that more specific allows precede",
      `tools: { x: { scope: tool:a } }\n${role('{ scope: "tool:*", obligations: [{ id: i, type: t }] }, tool:a')}`,
      ["never_asked 4:45+20"],
    ],
    [
      "not one that another tool's scope reaches",
      `tools: { x: { scope: tool:a }, y: { scope: tool:b } }\n${approvers}${role('{ scope: "tool:*", approval: true }, tool:a')}`,
      [],
    ],
    [
      "not one beside a conditional allow",
      `tools: { x: { scope: tool:a } }\n${approvers}${role('{ scope: "tool:*", approval: true }, { scope: tool:a, when: args.n > 1 }')}`,
      [],
    ],
  ],
  same_condition: [
    [
      "the second entry of one condition",
      `tools:
  x:
    scope:
      - { when: subject.id == "u", use: tool:a }
      - { when: subject.id == "u", use: tool:b }
      - { use: tool:c }
${role('"tool:*"')}`,
      ["same_condition 5:17+17"],
    ],
  ],
  no_tool_yields: [
    ["an allow", `tools: { x: { scope: tool:aa } }\n${role("tool:aa, tool:ab")}`, ["no_tool_yields 4:22+7"]],
    ["a pattern", `tools: { x: { scope: tool:a } }\n${role('tool:a, "tool:*:*"')}`, ["no_tool_yields 4:21+10"]],
    [
      "a deny of a user",
      `tools: { x: { scope: tool:a } }\n${role("tool:a")}users: [{ user: u, deny: [tool:b] }]`,
      ["no_tool_yields 6:27+6"],
    ],
    ["a label of a rule", history("after: label:nope, deny: tool:a"), ["no_tool_yields 3:20+10"]],
    ["a label of a file without tools", "rules: [{ id: i, after: label:l, deny: tool:a }]", ["no_tool_yields 1:25+7"]],
    ["a scope that a rule forbids", history("after: label:l, deny: [tool:a, tool:ab]"), ["no_tool_yields 3:44+7"]],
    [
      "the scopes and the label of other rules",
      `${approvers}${history('together: [tool:a, "tool:*:*"]', "before: tool:b, require: label:k", "after: tool:a, on: tool:b, require: approval")}`,
      ["no_tool_yields 4:32+10", "no_tool_yields 5:21+6", "no_tool_yields 5:38+7", "no_tool_yields 6:32+6"],
    ],
    ["the scope of a limit", tool("limits: [{ per: user, scope: tool:b, concurrent: 1 }]"), ["no_tool_yields 2:30+6"]],
    ["the tool of a limit", tool("limits: [{ per: user, tool: y, concurrent: 1 }]"), ["no_tool_yields 2:29+1"]],
    ["the scope of a budget", tool('budgets: [{ per: user, scope: tool:b, limit: "1" }]'), ["no_tool_yields 2:31+6"]],
    ["a pack for want of a label", tool("packs: [lethal-trifecta]"), ["no_tool_yields 2:9+15"]],
    ["not what a tool has", history('after: [label:l, "tool:*"], deny: tool:a'), []],
  ],
  nobody_allowed: [
    [
      "a scope that nobody is allowed",
      `tools: { x: { scope: tool:a }, y: { scope: [tool:b, tool:c] } }\n${role("tool:a, tool:c")}`,
      ["nobody_allowed 1:45+6"],
    ],
    [
      "a scope that its only role is denied",
      `tools: { x: { scope: [{ use: [tool:a] }] } }\n${role('"tool:*"', "tool:a")}`,
      ["nobody_allowed 1:31+6"],
    ],
    ["not one that a user is allowed", "tools: { x: { scope: tool:a } }\nusers: [{ user: u, allow: [tool:a] }]", []],
  ],
  idle_role: [
    ["a role without an entry", `roles: [r, s]\n${role("tool:a")}`, ["idle_role 1:12+1"]],
    ["not one that approves", `roles: [r, s]\n${role("tool:a")}approvals: { approvers: [role:s] }`, []],
  ],
  unknown_approver: [
    [
      "a role that stands nowhere else",
      `${role("tool:a")}approvals: { approvers: [role:s] }`,
      ["unknown_approver 5:26+6"],
    ],
  ],
  no_approvers: [
    [
      "approval that a rule requires",
      "rules: [{ id: i, after: tool:a, on: tool:b, require: approval }]",
      ["no_approvers 1:54+8"],
    ],
    ["approval without approvers", role("{ scope: tool:a, approval: true }"), ["no_approvers 3:40+4"]],
  ],
  wide_ceiling: [
    [
      "a ceiling above all roles",
      `${role('tool:a, "tool:b:*"')}agents: [{ agent: bot, allow: ["tool:**"] }]`,
      ["wide_ceiling 5:19+3"],
    ],
    [
      "not one that denies something",
      `${role("tool:a")}agents: [{ agent: bot, allow: ["tool:**"], deny: [tool:a] }]`,
      [],
    ],
    ["not one that lacks something", `${role("tool:a, tool:b")}agents: [{ agent: bot, allow: [tool:a] }]`, []],
    [
      "not one that demands something",
      `${approvers}${role("tool:a")}agents: [{ agent: bot, allow: [{ scope: tool:a, approval: true }] }]`,
      [],
    ],
  ],
  unused_ceiling: [
    [
      "an entry for what nobody is allowed",
      `${role("tool:aa, tool:b")}agents: [{ agent: bot, allow: [tool:aa, tool:ac] }]`,
      ["unused_ceiling 5:41+7"],
    ],
    [
      "not one that a crossing pattern meets",
      `${role('"tool:*:c", tool:d')}agents: [{ agent: bot, allow: ["tool:b:*"] }]`,
      [],
    ],
  ],
  always_true: [
    ["of a grant", role('{ scope: tool:a, when: "1 < 2" }'), ["always_true 3:36+7"]],
    [
      "of the last scope of a tool",
      `tools: { x: { scope: [{ when: "true", use: tool:a }] } }\n${role("tool:a")}`,
      ["always_true 1:31+6"],
    ],
  ],
  always_false: [
    ["of an allow", role('{ scope: tool:a, when: "1 > 2" }, tool:b'), ["always_false 3:36+7"]],
    ["of a rule over history", history('after: label:l, deny: tool:a, when: "1 > 2"'), ["always_false 3:49+7"]],
    [
      "of a label",
      `tools: { x: { scope: tool:a, labels: [{ when: "false", use: l }] } }\n${role("tool:a")}`,
      ["always_false 1:47+7"],
    ],
  ],
  open_arguments: [
    [
      "of a scope that depends on arguments",
      `tools: { x: { scope: [{ when: args.n > 1, use: tool:a }] } }\n${role("tool:a")}`,
      ["open_arguments 1:31+10"],
    ],
    [
      "not of one that depends on the user",
      `tools: { x: { scope: [{ when: subject.id == "u", use: tool:a }] } }\n${role("tool:a")}`,
      [],
    ],
  ],
  mistyped_for_some: [
    [
      "a condition that one of two tools can never answer",
      `tools: { x: { scope: tool:a }, text: { scope: tool:b } }
${role('{ scope: "tool:*", when: args.n > 1 }')}`,
      ["mistyped_for_some 4:38+10"],
    ],
    [
      "not one that all tools of the pattern can answer",
      `tools: { x: { scope: tool:a }, text: { scope: tool:b } }
${role("{ scope: tool:a, when: args.n > 1 }, tool:b")}`,
      [],
    ],
  ],
  conflicting_obligation: [
    [
      "two contents of one id",
      role(
        "{ scope: tool:a, obligations: [{ id: i, type: t }] }, { scope: tool:b, obligations: [{ id: i, type: u }] }",
      ),
      ["conflicting_obligation 3:104+1"],
    ],
    [
      "not one content twice, in another order",
      role(
        "{ scope: tool:a, obligations: [{ id: i, type: t }] }, { scope: tool:b, obligations: [{ type: t, id: i }] }",
      ),
      [],
    ],
  ],
  never_binds: [
    [
      "the larger of two alike",
      'budgets:\n  - { id: a, per: user, limit: "5" }\n  - { id: b, per: user, limit: "6" }\n',
      ["never_binds 3:32+3"],
    ],
    [
      "the second of two that are equal",
      'budgets:\n  - { id: a, per: user, limit: "5" }\n  - { id: b, per: user, limit: "5.0" }\n',
      ["never_binds 3:32+5"],
    ],
    [
      "a day's budget above the lifetime's",
      'budgets:\n  - { per: user, limit: "5" }\n  - { per: user, limit: "6", window: day }\n',
      ["never_binds 3:25+3"],
    ],
    [
      "a session's budget above the user's",
      'budgets:\n  - { per: session, limit: "6" }\n  - { per: user, limit: "5" }\n',
      ["never_binds 2:28+3"],
    ],
    [
      "an hour's budget above the month's, of a narrower scope",
      'budgets:\n  - { per: user, limit: "5", window: month }\n  - { per: user, limit: "6", window: hour, scope: tool:a }\n',
      ["never_binds 3:25+3"],
    ],
    [
      "not a week's above the month's",
      'budgets:\n  - { per: user, limit: "5", window: month }\n  - { per: user, limit: "6", window: week }\n',
      [],
    ],
    [
      "not a wider scope's",
      'budgets:\n  - { per: user, limit: "5", scope: tool:a }\n  - { per: user, limit: "6", scope: "tool:*" }\n',
      [],
    ],
    [
      "not a rolling day's above the day's",
      'budgets:\n  - { per: user, limit: "5", window: day }\n  - { per: user, limit: "6", rolling: 24h }\n',
      [],
    ],
    [
      "not a session's above the user's day",
      'budgets:\n  - { per: session, limit: "6" }\n  - { per: user, limit: "5", window: day }\n',
      [],
    ],
    [
      "not an agent's above the user's",
      'budgets:\n  - { per: agent, limit: "6" }\n  - { per: user, limit: "5" }\n',
      [],
    ],
  ],
  zero_budget: [["a budget of nothing", 'budgets:\n  - { per: user, limit: "0.00" }\n', ["zero_budget 2:25+6"]]],
  fails_open: [
    ["of the file", "fail: open", ["fails_open 1:7+4"]],
    ["of a deny", role('"tool:*"', "{ scope: tool:a, when: args.x > 1, fail: open }"), ["fails_open 4:53+4"]],
    ["not fail: closed", "fail: closed", []],
  ],
};

/** `text` takes a text where other tools may take a number. */
const schemas = new Map<string, JsonObject>([
  ["text", { type: "object", properties: { n: { type: "string" } }, additionalProperties: false }],
]);

describe.each(Object.entries(found))("%s", (_code, cases) => {
  it.each(cases)("%s", (_what, text, expected) => {
    expect(places(text, schemas)).toEqual(expected);
  });
});

it.each<[string, string, string]>([
  [
    role("tool:a:b, tool:c", '"tool:a:*"'),
    'this can never allow: the deny of "tool:a:*" in line 4 of the same role covers it',
    "remove it, or narrow the deny",
  ],
  [
    role('"tool:**"', '"tool:*", "tool:*:**"'),
    "this can never allow: denies of the same role cover it",
    "remove it, or narrow the deny",
  ],
  [role('tool:a, "tool:*"'), '"tool:*" in line 3 says the same of every scope that this allow covers', "remove it"],
  [role('"tool:**", "*:*", "*:*:**"'), "other entries say the same of every scope that this allow covers", "remove it"],
  [
    `${approvers}${role('{ scope: "tool:**", approval: true }, "tool:*", "tool:*:**"')}`,
    "this approval can never be asked for: a deny or a more specific allow of the same role decides every scope that the entry covers",
    "remove the entry, or demand it in the more specific ones",
  ],
  [
    `tools: { x: { scope: tool:mail:send } }\n${role('"tool:**", tool:mail:sent')}`,
    "no tool requires this scope",
    'did you mean "tool:mail:send"?',
  ],
  [
    `tools: { x: { scope: tool:a }, y: { scope: tool:b } }\n${role("tool:a")}`,
    "no role and no user is ever allowed this, so nobody can use y",
    "allow it to a role, or remove it",
  ],
  [
    `${role("tool:a")}approvals: { approvers: [role:rr] }`,
    'the role "rr" stands nowhere else in this file',
    'did you mean "role:r"?',
  ],
  [
    `tools: { x: { scope: [{ when: args.n > 1, use: tool:a }] } }\n${role("tool:a")}`,
    "the scope depends on arguments, and any other argument passes unjudged",
    "list what the tool takes: `arguments: [n, …]`",
  ],
  [
    'budgets:\n  - { id: a, per: user, limit: "5" }\n  - { id: b, per: user, limit: "6" }\n',
    'this budget never refuses a call: "a" with 5.00 refuses it before',
    "lower its limit, or remove it",
  ],
])("%s: %s", (text, message, help) => {
  expect(checkPolicy(text).map((diagnostic) => [diagnostic.message, diagnostic.help])).toContainEqual([message, help]);
});

it("with the arguments listed nothing of them passes unjudged", () => {
  const text = "tools: { x: { arguments: [n], scope: [{ when: args.n > 1, use: tool:a }] } }\n";
  expect(checkPolicy(text + role("tool:a"))).toEqual([]);
});
