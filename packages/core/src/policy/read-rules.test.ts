import { describe, expect, it } from "vitest";
import { parsePolicy } from "./parse-policy.ts";
import { PolicyError } from "./policy-error.ts";

function problems(text: string): readonly string[] {
  try {
    parsePolicy(text);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.diagnostics.map(({ code, line, column, message }) => `${line}:${column} ${code}: ${message}`);
  }
}

describe("a rule, limit or budget that could mean something else is an error with its place", () => {
  it.each<[string, string, string]>([
    ["a rule of no kind", "rules: [{ id: a, deny: tool:x }]", "1:9 invalid_value: a rule says one of"],
    [
      "a rule of two kinds",
      "rules: [{ id: a, after: tool:x, before: tool:y, deny: tool:z }]",
      "1:9 invalid_value: a rule says one of",
    ],
    ["after, and then nothing", "rules: [{ id: a, after: tool:x }]", "1:9 missing_key: after what it names"],
    [
      "after, on, and no approval",
      "rules: [{ id: a, after: tool:x, on: tool:y }]",
      "1:9 missing_key: after what it names",
    ],
    [
      "after that denies and requires",
      "rules: [{ id: a, after: tool:x, deny: tool:y, require: approval }]",
      '1:47 invalid_value: "require" says nothing here',
    ],
    [
      "a combination of one thing twice",
      "rules: [{ id: a, together: [tool:x, tool:x] }]",
      "1:28 invalid_value: the same stands twice",
    ],
    [
      "a combination of one",
      "rules: [{ id: a, together: [tool:x] }]",
      "1:28 invalid_value: only two or more come together",
    ],
    [
      "a combination that requires a scope",
      "rules: [{ id: a, together: [tool:x, tool:y], require: tool:z }]",
      "1:55 invalid_value: what may not come together",
    ],
    ["before, and nothing required", "rules: [{ id: a, before: tool:x }]", "1:9 missing_key"],
    ["a scope that is none", "rules: [{ id: a, after: tool:x*, deny: tool:y }]", "1:25 invalid_scope"],
    [
      "a label that is none",
      'rules: [{ id: a, after: "label:a b", deny: tool:y }]',
      "1:25 invalid_value: this cannot be a label",
    ],
    [
      "a time that is none",
      "rules: [{ id: a, after: tool:x, deny: tool:y, within: 1 hour }]",
      "1:55 invalid_value: this is no length of time",
    ],
    [
      "same of no argument",
      "rules: [{ id: a, after: tool:x, deny: tool:y, same: subject.id }]",
      "1:53 invalid_value: this does not name an argument",
    ],
    ["a condition that is none", "rules: [{ id: a, after: tool:x, deny: tool:y, when: args. }]", "1:5"],
    [
      "two rules of one id",
      "rules: [{ id: a, after: tool:x, deny: tool:y }, { id: a, after: tool:x, deny: tool:z }]",
      '1:55 duplicate_id: the rule "a" stands twice',
    ],
    ["a rule without an id", "rules: [{ after: tool:x, deny: tool:y }]", "1:9 missing_key"],
    ["a key of nobody's", "rules: [{ id: a, after: tool:x, denny: tool:y }]", '1:33 unknown_key: unknown key "denny"'],
    ["a limit without a window", "limits: [{ per: user, max: 3 }]", "1:10 invalid_value: a limit has"],
    [
      "a limit of both kinds",
      "limits: [{ per: user, max: 3, window: 1m, concurrent: 2 }]",
      "1:10 invalid_value: a limit has",
    ],
    [
      "a limit that no exact count reaches",
      "limits: [{ per: user, max: 1001, window: 1m }]",
      "1:28 invalid_value: this must be a whole number from 1 to 1000",
    ],
    ["a limit of half a call", "limits: [{ per: user, max: 0.5, window: 1m }]", "1:28 invalid_value"],
    ["a limit of none", "limits: [{ per: user, max: 0, window: 1m }]", "1:28 invalid_value"],
    [
      "two limits that mean the same",
      "limits: [{ per: user, max: 1, window: 1m }, { per: user, max: 2, window: 1m }]",
      "1:45 duplicate_id",
    ],
    ["a cycle of one round", "runaway: { cycles: 1 }", "1:20 invalid_value"],
    [
      "a budget with two windows",
      'budgets: [{ per: user, limit: "1", window: day, rolling: 1h }]',
      "1:49 invalid_value: a budget has a calendar window or a rolling one",
    ],
    [
      "an alert beyond the limit",
      'budgets: [{ per: user, limit: "1", alerts: [120] }]',
      "1:45 invalid_value: a share is",
    ],
    ["a pack of nobody's", "packs: [lethal-trifect]", '1:9 unknown_pack: there is no pack "lethal-trifect"'],
  ])("%s", (_what, text, expected) => {
    const found = problems(text);
    expect(
      found.some((problem) => problem.startsWith(expected)),
      found.join("\n"),
    ).toBe(true);
  });

  it("all of them at once", () => {
    const text =
      "rules: [{ id: a, after: tool:x }]\nlimits: [{ per: user, max: 3 }]\nbudgets: [{ per: user, limit: -1 }]\npolicies: [{ role: r, allow: [1] }]";
    expect(problems(text).map((problem) => problem.slice(0, 1))).toEqual(["1", "2", "3", "4"]);
  });
});

describe("a pack is a set of rules that stand ready", () => {
  it("lethal-trifecta forbids private data, untrusted content and communication with the outside in one session", () => {
    const { history } = parsePolicy("packs: [lethal-trifecta]");
    expect(history.uses([], ["private-data", "untrusted-content", "external-communication"]).length).toBe(3);
  });
});
