import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { junitReport } from "./policy-tests/junit-report.ts";
import type { CallResult } from "./policy-tests/run-policy-test.ts";

const program = join(import.meta.dirname, "../bin/ambit.js");
let folder = "";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" };
    execFile(command, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const ambit = (...args: string[]) => execute(process.execPath, [program, ...args]);

const policy = `tools:
  search: { scope: tool:crm:read, cost: 0.4 }
  send:
    scope:
      - { when: 'args.to.endsWith("@acme.example")', use: tool:mail:internal }
      - use: tool:mail:external
policies:
  - role: rep
    allow:
      - tool:crm:read
      - tool:mail:internal
    deny:
      - { scope: tool:mail:external, message: Only to colleagues., hint: Ask a manager. }
  - role: boss
    allow: [{ scope: "tool:**", obligations: [{ id: copy, type: archive }] }]
  - role: late
    allow: [{ scope: tool:crm:read, when: now.getHours("UTC") >= 20 }]
agents:
  - agent: bot
    allow: ["tool:**"]
users:
  - user: eve
    issuer: idp
    deny: ["tool:**"]
budgets: [{ per: user, limit: "1.00", window: day }]
`;

const good = `policy: policy.yaml
tests:
  - name: money is spent once, whatever the tool makes of it, and comes back the next day
    subject: { id: ann, roles: [rep] }
    actor: { id: bot }
    calls:
      - { tool: search, expect: permit, cost: "0.40", scopes: [tool:crm:read], rule: role:rep allow tool:crm:read }
      - { tool: search, expect: permit, fails: true, cost: 0.4 }
      - { tool: search, expect: budget_exhausted, reason: daily budget exceeded (0.80 + 0.40 > 1.00), rule: user day }
      - { tool: search, expect: permit, after: 12h }
  - name: another test begins with nothing spent
    subject: { id: ann, roles: [rep] }
    actor: { id: bot }
    session: monday
    calls:
      - { tool: search, arguments: { q: [1, { deep: true }] }, expect: permit }
      - { tool: send, arguments: { to: a@acme.example }, expect: permit }
      - { tool: send, arguments: { to: x@else.example }, expect: forbidden, reason: Only to colleagues., hint: Ask a manager. }
      - { tool: send, arguments: { to: 5 }, expect: condition_failed }
      - { tool: send, arguments: [], expect: invalid_arguments }
  - name: the clock stands where the test puts it
    subject: { id: lou, roles: [late] }
    actor: { id: bot }
    now: 2026-03-01T19:59:00Z
    calls:
      - { tool: search, expect: condition_failed }
      - { tool: search, expect: permit, after: 1m }
  - name: duties count as performed
    subject: { id: bob, roles: [boss], scopes: [tool:mail:*] }
    actor: { id: bot, tier: api, chain: [planner] }
    grant: [tool:mail:external]
    calls:
      - { tool: send, arguments: { to: x@else.example }, expect: permit }
      - { tool: send, arguments: { to: a@acme.example }, expect: not_granted }
  - name: eve of the identity provider is denied everything
    subject: { id: eve, issuer: idp, roles: [boss] }
    actor: { id: bot }
    calls:
      - { tool: search, expect: forbidden, rule: "user:eve of idp deny tool:**" }
`;

const classified = `
tools:
  fetch: { scope: tool:web:read, classify: [{ by: scanner, labels: [secret] }] }
  post: { scope: tool:web:write }
  ask: { scope: tool:ask }
policies: [{ role: rep, allow: ["tool:**"] }]
rules:
  - { id: stays, after: label:secret, deny: tool:web:write }
  - { id: not-after-asking, after: tool:ask, deny: label:secret }
`;

const finding = (last: string) => `policy: classified.yaml
tests:
  - name: what is found in a result counts
    subject: { id: ann, roles: [rep] }
    calls:
      - { tool: fetch, expect: permit }
      - { tool: post, expect: permit }
      - { tool: fetch, expect: permit, finds: [secret] }
      - { tool: post, expect: history_forbids }
      - { tool: ask, expect: permit }
      - { tool: fetch, expect: permit, finds: [secret]${last} }
`;

const bad = `policy: ../policy.yaml
tests:
  - name: mail goes out
    subject: { id: "it's -me", roles: [rep, "-x"], tenant: t, scopes: [] }
    actor: { id: other, tier: background }
    grant: []
    calls:
      - { tool: search, expect: not_granted }
      - tool: send
        arguments: { to: "x\\u00e9'@else.example" }
        expect: permit
        hint: Call me.
        cost: 0.1
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-test-"));
  for (const name of ["bad", "empty", "good", "node_modules", "mixed", ".hidden"]) await mkdir(join(folder, name));
  const files = {
    "policy.yaml": policy,
    "good/policy.yaml": policy,
    "good/policy.test.yaml": good,
    "bad/policy.test.yaml": bad,
    "node_modules/x.test.yaml": "nonsense",
    ".hidden/x.test.yaml": "nonsense",
    "mixed/a.test.yaml":
      "policy: missing.yaml\ntests: [{ name: a, subject: { id: u }, calls: [{ tool: x, expect: permit }] }]\n",
    "mixed/b.test.yaml": good.replace("policy.yaml", "../policy.yaml"),
    "shape.yaml":
      "policy: policy.yaml\ntests:\n  - name: a\n    subjct: { id: u }\n    calls:\n      - { tool: x, expect: allow }\n",
    "times.yaml":
      "policy: policy.yaml\ntests:\n  - name: a\n    subject: { id: u }\n    now: yesterday\n    calls: [{ tool: x, expect: permit, after: soon, cost: -1 }]\n",
    "hostile.test.yaml":
      'policy: policy.yaml\ntests:\n  - name: "<&\\u001b[31m\\u202e\\ufffe\\"]]>"\n    subject: { id: "\\u001b]0;x\\u0007" }\n    calls: [{ tool: "\\u009b<x>", arguments: { a: "\\u001b[2J" }, expect: permit, reason: "a\\nb" }]\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true }));

describe("ambit test", () => {
  it("passes what is decided as expected, with history, budgets and time as in production", async () => {
    expect(await ambit("test", "good", "--coverage", "100")).toEqual({
      code: 0,
      stderr: "",
      stdout: [
        "good/policy.test.yaml",
        "  ✓ money is spent once, whatever the tool makes of it, and comes back the next day",
        "  ✓ another test begins with nothing spent",
        "  ✓ the clock stands where the test puts it",
        "  ✓ duties count as performed",
        "  ✓ eve of the identity provider is denied everything",
        "",
        "good/policy.yaml: 10 of 10 rules counted (100 %)",
        "",
        "5 passed",
        "",
      ].join("\n"),
    });
  });

  it("lets the tools' classifiers find what the test says, and tells what is withheld for it", async () => {
    await writeFile(join(folder, "classified.yaml"), classified);
    const test = join(folder, "classified-test.yaml");
    await writeFile(test, finding(", withheld: history_forbids"));
    expect(await ambit("test", test)).toMatchObject({ code: 0 });
    await writeFile(test, finding(", withheld: runaway"));
    const run = await ambit("test", test);
    expect(run.code).toBe(2);
    expect(run.stdout).toContain("withheld  expected  runaway\n                  got       history_forbids");
  });

  it("shows what is decided otherwise, where, and how to see why", async () => {
    const run = await ambit("test", "bad/policy.test.yaml");
    const explain = [
      `ambit explain --policy policy.yaml --user 'it'\\''s -me' --tenant t --role rep --role=-x --scope '' --grant ''`,
      `--agent other --tier background --session 'test 1' --now 2026-01-05T12:00:00.000Z --tool send`,
      `--args '{"to":"x\\u00e9'\\''@else.example"}'`,
    ].join(" ");
    expect(run).toMatchObject({ code: 2, stderr: "" });
    expect(run.stdout).toBe(
      [
        "bad/policy.test.yaml",
        "  ✗ mail goes out",
        "      bad/policy.test.yaml:9: call 2, send",
        "        expect  expected  permit",
        "                got       forbidden",
        "        hint    expected  Call me.",
        "                got       Ask a manager.",
        "        cost    expected  0.10",
        "                got       none",
        `        see: ${explain}`,
        "",
        "policy.yaml: 4 of 10 rules counted (40 %)",
        "  policy.yaml:5: send scope entry 1",
        "  policy.yaml:11: role:rep allow tool:mail:internal",
        "  policy.yaml:15: role:boss allow tool:**",
        "  policy.yaml:17: role:late allow tool:crm:read",
        "  policy.yaml:20: agent:bot allow tool:**",
        "  policy.yaml:24: user:eve of idp deny tool:**",
        "",
        "0 passed, 1 failed",
        "",
      ].join("\n"),
    );
    // The line can be copied: a shell takes it as it stands, and the explanation is of the same decision.
    const shown = await execute("bash", [
      "-c",
      `ambit() { "${process.execPath}" "${program}" "$@"; }; ${explain} --json`,
    ]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ code: "forbidden", tool: "send" });
    expect(JSON.parse(shown.stdout).scopes[0]).toMatchObject({ held: false, given: false });
  });

  it("fails where fewer rules counted than asked for", async () => {
    expect(await ambit("test", "good", "--coverage", "99.9")).toMatchObject({ code: 0 });
    // Without eve nothing asks of her rule, and before eight the condition of the late role's rule does not hold.
    const less = good
      .slice(0, good.indexOf("  - name: eve"))
      .replace("      - { tool: search, expect: permit, after: 1m }\n", "");
    await writeFile(join(folder, "good/less.yaml"), less);
    const run = await ambit("test", "good/less.yaml", "--coverage", "80.1");
    expect(run).toMatchObject({ code: 2, stderr: "good/policy.yaml: 80 % of the rules counted, fewer than 80.1 %\n" });
    expect(run.stdout).toContain(`good/policy.yaml: 8 of 10 rules counted (80 %)
  good/policy.yaml:17: role:late allow tool:crm:read
  good/policy.yaml:24: user:eve of idp deny tool:**
`);
  });

  it("prices calls by what the file says in place of the application's functions, and denies those that nothing prices", async () => {
    const text = `policy: rules.yaml
costs: { pages: 0.6 }
tests:
  - name: two calls
    subject: { id: u, roles: [rep] }
    calls:
      - { tool: print, expect: permit, cost: "0.60" }
      - { tool: print, expect: budget_exhausted }
`;
    const files = {
      "rules.yaml":
        "tools: { print: { scope: tool:print, cost: { by: pages } } }\npolicies: [{ role: rep, allow: [tool:print] }]\nbudgets: [{ per: user, limit: 1 }]\n",
      "priced.yaml": text,
      "unpriced.yaml": text.replace("{ pages: 0.6 }", "{ page: 0.6 }"),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, ".hidden", name), content);
    expect(await ambit("test", ".hidden/priced.yaml")).toMatchObject({ code: 0, stderr: "" });
    const unpriced = await ambit("test", ".hidden/unpriced.yaml");
    expect(unpriced).toMatchObject({ code: 2, stdout: expect.stringContaining("got       condition_failed") });
    const question = ["explain", "--policy", ".hidden/rules.yaml", "--role", "rep", "--tool", "print"];
    const { code, stdout } = await ambit(...question);
    expect(code).toBe(0);
    expect(stdout).toContain("costs what the application computes by pages");
    expect(stdout).toContain("user lifetime: what it costs of at most 1.00");
  });

  it("runs what can be run, and fails for what cannot", async () => {
    const run = await ambit("test", "mixed");
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("mixed/missing.yaml:1:1: error[unreadable_file]");
    expect(run.stdout).toContain("mixed/b.test.yaml\n  ✓ money");
    expect(run.stdout).toContain("5 passed, 1 file could not be run");
  });

  it.each<[string[], string]>([
    [["nowhere"], "nowhere cannot be read (ENOENT)"],
    [["empty"], "empty holds no *.test.yaml"],
    [["good", "--coverage", "101"], "--coverage must be a number from 0 to 100"],
    [
      ["shape.yaml"],
      'shape.yaml:4:5: error[unknown_key]: unknown key "subjct"\n  4 |     subjct: { id: u }\n    |     ^^^^^^\n  help: did you mean "subject"?',
    ],
    [["shape.yaml"], 'shape.yaml:6:28: error[invalid_value]: this is not one of "permit", "forbidden"'],
    [["shape.yaml"], 'the key "subject" is missing'],
    [["times.yaml"], "times.yaml:5:10: error[invalid_value]: this is no time, such as 2026-03-01T12:00:00Z"],
    [["times.yaml"], 'times.yaml:6:47: error[invalid_value]: this is no length of time, such as "5m"'],
    [["times.yaml"], "times.yaml:6:59: error[invalid_value]: this is not an exact amount of money"],
  ])("test %j fails with 1: %s", async (args, text) => {
    const run = await ambit("test", ...args);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(text);
  });

  it("searches folders, save for what is hidden or installed", async () => {
    const { stdout } = await ambit("test", "--json");
    expect(JSON.parse(stdout).files.map(({ file }: { file: string }) => file)).toEqual([
      "bad/policy.test.yaml",
      "good/policy.test.yaml",
      "hostile.test.yaml",
      "mixed/a.test.yaml",
      "mixed/b.test.yaml",
    ]);
  });

  it("shows in its help a file that it reads", async () => {
    const { stdout } = await ambit("test", "--help");
    const [example = ""] = /^ {2}policy: [\s\S]*?(?=\n\n)/m.exec(stdout) ?? [];
    await writeFile(join(folder, "example.yaml"), example);
    const run = await ambit("test", "example.yaml");
    expect(run).toMatchObject({ code: 2, stderr: "" });
    expect(run.stdout).toContain("✗ a rep does not mail strangers");
  });

  it("gives every decision as JSON", async () => {
    const run = await ambit("test", "bad", "--json");
    expect(run.code).toBe(2);
    expect(JSON.parse(run.stdout)).toMatchObject({
      passed: 0,
      failed: 1,
      faults: 0,
      files: [
        {
          file: "bad/policy.test.yaml",
          policy: "policy.yaml",
          fault: null,
          tests: [
            {
              name: "mail goes out",
              line: 3,
              passed: false,
              calls: [
                { line: 8, code: "not_granted", passed: true, differences: [] },
                {
                  line: 9,
                  code: "forbidden",
                  differences: [{ field: "expect", expected: "permit", got: "forbidden" }, {}, {}],
                },
              ],
            },
          ],
        },
      ],
      coverage: [{ policy: "policy.yaml", total: 10, fired: 4, percent: 40 }],
    });
  });
});

describe("the JUnit report", () => {
  it("is XML that names every test, failure and fault", async () => {
    expect(
      await ambit("test", "bad", "good/policy.test.yaml", "mixed/a.test.yaml", "--junit", "junit.xml"),
    ).toMatchObject({ code: 1 });
    const elements = parseXml(await readFile(join(folder, "junit.xml"), "utf8"));
    expect(elements[0]).toEqual(["testsuites", { name: "ambit test", tests: "7", failures: "1", errors: "1" }, ""]);
    expect(elements.filter(([name]) => name === "testcase")).toHaveLength(7);
    expect(elements.find(([name]) => name === "failure")).toEqual([
      "failure",
      { message: "bad/policy.test.yaml:9: call 2, send" },
      expect.stringContaining("  expect  expected  permit\n          got       forbidden\n"),
    ]);
    expect(elements.find(([name]) => name === "error")?.[2]).toContain("unreadable_file");
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("is XML whatever the names and texts are", () => {
    const anything = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anything, anything, anything, (name, text, tool) => {
        const call: CallResult = {
          call: {
            line: 1,
            tool,
            arguments: { text },
            after: 0,
            fails: false,
            finds: [],
            expected: {
              answer: "permit",
              rule: undefined,
              reason: text,
              hint: undefined,
              scopes: undefined,
              cost: undefined,
              withheld: undefined,
            },
          },
          now: 0,
          decision: {
            allowed: false,
            evaluationId: "",
            code: "forbidden",
            reason: name,
            rule: undefined,
            detail: undefined,
            retryable: false,
            scopes: [],
            logged: false,
            policy: "",
          },
          differences: [{ field: "reason", expected: text, got: name }],
        };
        const context = { subject: { id: text, roles: [name], scopes: [] }, actor: { id: name }, session: text };
        const asked = { name, line: 1, context, now: 0, costs: {}, calls: [call.call] };
        const test = { test: asked, passed: false, calls: [call] };
        const files = [{ file: name, policy: text, tests: [test], fault: text }];
        const elements = parseXml(junitReport({ files, coverage: [], passed: 0, failed: 1, faults: 1 }));
        expect(elements.map(([element]) => element)).toEqual([
          "testsuites",
          "testsuite",
          "testcase",
          "failure",
          "testcase",
          "error",
        ]);
      }),
    );
  });
});

it("nothing of a test file steers the terminal or leaves its place in a report", async () => {
  const { stdout, stderr } = await ambit("test", "hostile.test.yaml", "--junit", "hostile.xml");
  const report = await readFile(join(folder, "hostile.xml"), "utf8");
  for (const text of [stdout + stderr, report]) {
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  expect(stdout).toContain("\\u001b[31m\\u202e");
  expect(parseXml(report).map(([name]) => name)).toEqual(["testsuites", "testsuite", "testcase", "failure"]);
});

type Element = [name: string, attributes: Readonly<Record<string, string>>, text: string];

/** Every element in the order of its opening, with its own text. Throws where a text is not XML. */
function parseXml(xml: string): Element[] {
  const elements: Element[] = [];
  const open: Element[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: Element = [name, { ...attributes }, ""];
    elements.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    const element = open.at(-1);
    if (element !== undefined && text.trim() !== "") element[2] += text;
  });
  parser.on("closetag", () => void open.pop());
  parser.write(xml).close();
  return elements;
}
