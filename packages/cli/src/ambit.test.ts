import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileAuditLog } from "@ambit/core/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../bin/ambit.js");
const seed = join(import.meta.dirname, "../../core/src/policy/fixtures/seed-policy.yaml");
let folder = "";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function ambit(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" };
    execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-cli-"));
  await copyFile(seed, join(folder, "seed.yaml"));
  await writeFile(join(folder, "broken.yaml"), "policies:\n  - role: rep\n    alow: [tool:a]\nfail: ajar\n");
  await writeFile(
    join(folder, "tools.yaml"),
    "tools:\n  crm_search: { scope: tool:crm:read, cost: 0.002 }\npolicies:\n  - { role: rep, allow: ['tool:**'] }\nbudgets: [{ per: user, limit: 1 }]\n",
  );
  await writeFile(
    join(folder, "rules.yaml"),
    `tools:
  send: { scope: tool:email:send, cost: 0.01 }
policies:
  - role: rep
    allow: ["tool:email:*"]
    deny:
      - { scope: tool:email:send, when: '!args.to.endsWith("@acme.example")', message: Only to colleagues. }
  - { role: boss, allow: ["tool:**"] }
`,
  );
  await writeFile(join(folder, "warned.yaml"), "policies:\n  - { role: rep, allow: [tool:a, tool:a] }\nfail: open\n");
  await writeFile(
    join(folder, "both.yaml"),
    "policies:\n  - { role: rep, allow: [tool:a, tool:a], deny: ['tool:b*'] }\n",
  );
  await writeFile(join(folder, "open.yaml"), "fail: open\n");
  await writeFile(
    join(folder, "choices.yaml"),
    `tools:
  send:
    labels: [mail]
    scope:
      - { when: 'args.to.endsWith("@acme.example")', use: tool:mail:internal }
      - { use: tool:mail:external }
    cost: 0.01
policies:
  - { role: rep, allow: [tool:mail:internal] }
  - role: boss
    allow: [{ scope: "tool:mail:*", approval: true }]
agents: [{ agent: bot, allow: ["tool:**"] }]
budgets: [{ per: user, limit: 5, window: day }]
`,
  );
  await writeFile(join(folder, "users.yaml"), "tenant: acme\nusers: [{ user: ann, issuer: idp, allow: [tool:x] }]\n");
  await writeFile(
    join(folder, "escape.yaml"),
    'policies:\n  - role: "\u001b[31mred\u202e"\n    "\u001b]0;x\u0007": []\n',
  );
  const log = await openFileAuditLog(join(folder, "audit.jsonl"));
  for (const evaluationId of ["a", "b", "c"]) {
    await log.append({
      type: "outcome",
      evaluationId,
      time: "2026-01-01T00:00:00.000Z",
      status: "succeeded",
      cost: "0.00",
      labels: [],
      withheld: null,
    });
  }
  await log.close();
  const lines = (await readFile(join(folder, "audit.jsonl"), "utf8")).split("\n");
  await writeFile(
    join(folder, "tampered.jsonl"),
    [lines[0], lines[1]?.replace("succeeded", "failed"), lines[2], ""].join("\n"),
  );
  await writeFile(join(folder, "cut.jsonl"), `${lines[0]}\n${lines[1]}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const question = ["decide", "--policy", "seed.yaml", "--role"];

describe("every command says yes, no or cannot, by its exit code and in words", () => {
  it.each<[string, number, string]>([
    ["", 0, "ambit check"],
    ["--help", 0, "Exit codes"],
    ["--version", 0, "0.1.0"],
    ["schema", 0, '"title": "Ambit policy"'],
    ["check --help", 0, "ambit check POLICY"],
    ["check seed.yaml", 0, "seed.yaml: valid: 2 roles, 9 rules, 0 tools, 0 budgets\nsha256:059955c3"],
    ["check --strict seed.yaml", 0, "seed.yaml: valid"],
    ["check tools.yaml", 0, "tools.yaml: valid: 1 roles, 1 rules, 1 tools, 1 budgets"],
    ["decide --policy seed.yaml --role rep --tool crm:read", 0, "PERMIT  crm:read (a scope) for role:rep"],
    [
      "decide --policy seed.yaml --role rep --tool email:send:external",
      2,
      "reason    role:rep denied tool:email:send:external",
    ],
    ["decide --policy seed.yaml --role rep --role manager --tool email:send:external", 2, "role:rep denied"],
    ["decide --policy seed.yaml --role manager --tool tool:email:send:external", 0, "PERMIT"],
    ["decide --policy seed.yaml --role manager --tool crm:read --scope tool:email:send", 2, "do not hold it"],
    ["decide --policy seed.yaml --role nobody --tool crm:read", 2, "not_granted"],
    ["decide --policy tools.yaml --role rep --tool crm_search", 0, "crm_search (a tool)"],
    ["decide --policy tools.yaml --role rep --tool crm_serach", 2, "the policy does not know this tool"],
    ["decide --policy tools.yaml --role rep --tool crm:read", 0, "crm:read (a scope)"],
    ["audit verify audit.jsonl", 0, "whole: 3 records"],
    ["audit verify tampered.jsonl", 2, "tampered.jsonl:2: hash"],
  ])("ambit %s exits with %i", async (args, code, text) => {
    const run = await ambit(...args.split(" ").filter(Boolean));
    expect(run).toMatchObject({ code, stderr: "" });
    expect(run.stdout).toContain(text);
  });

  it.each<[string, string]>([
    ["chek seed.yaml", 'there is no command "chek"; did you mean "check"?'],
    ["audit", 'there is no command "audit"; did you mean'],
    ["check", "check takes one policy file"],
    ["check seed.yaml tools.yaml", "check takes one policy file"],
    ["check --colour seed.yaml", "--colour"],
    ["check missing.yaml", "missing.yaml:1:1: error[unreadable_file]: the file cannot be read (ENOENT)"],
    ["check .", "the file cannot be read (EISDIR)"],
    ["check broken.yaml", 'broken.yaml:3:5: error[unknown_key]: unknown key "alow"'],
    ["check broken.yaml", "broken.yaml:4:7: error[invalid_value]"],
    ["check broken.yaml", "broken.yaml: 2 problems; this policy allows nothing"],
    ["decide --role rep --tool x", "--policy is missing"],
    ["decide --policy seed.yaml --tool x", "--role is missing"],
    ["decide --policy seed.yaml --role rep", "--tool is missing"],
    ["decide --policy seed.yaml --policy tools.yaml --role rep --tool x", "--policy is given twice"],
    ["decide --policy broken.yaml --role rep --tool x", "unknown_key"],
    ["audit verify missing.jsonl", "ENOENT"],
    ["audit verify audit.jsonl --records 3", "--records and --head belong together"],
    ["audit verify audit.jsonl --records x --head y", "--records must be a number"],
  ])("ambit %s fails with 1: %s", async (args, text) => {
    const run = await ambit(...args.split(" "));
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(text);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

describe("check says what has no effect", () => {
  it.each<[string, number]>([
    ["check warned.yaml", 0],
    ["check --strict warned.yaml", 2],
  ])("ambit %s exits with %i", async (args, code) => {
    const run = await ambit(...args.split(" "));
    expect(run.code).toBe(code);
    expect(run.stdout).toContain("warned.yaml: valid: 1 roles, 2 rules, 0 tools, 0 budgets, 1 warning\n");
    expect(run.stderr).toBe(
      [
        'warned.yaml:2:34: warning[redundant]: "tool:a" in line 2 says the same of every scope that this allow covers',
        "  2 |   - { role: rep, allow: [tool:a, tool:a] }",
        "    |                                  ^^^^^^",
        "  help: remove it",
        "warned.yaml:3:7: notice[fails_open]: while the state store cannot answer, calls that no rule over history concerns run without limits and budgets",
        "  3 | fail: open",
        "    |       ^^^^",
        "  help: remove it, and such calls are denied",
        "",
      ].join("\n"),
    );
  });

  it("errors and warnings come together, in the order of the file", async () => {
    const run = await ambit("check", "both.yaml");
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/warning\[redundant\][\s\S]*error\[invalid_scope\][\s\S]*both.yaml: 1 problem;/);
  });

  it("a notice is no warning", async () => {
    expect(await ambit("check", "--strict", "open.yaml")).toMatchObject({ code: 0 });
  });
});

describe("--json is one document", () => {
  it.each<[string[], number, object]>([
    [["check", "seed.yaml"], 0, { valid: true, roles: 2, rules: 9, diagnostics: [] }],
    [
      ["check", "broken.yaml"],
      1,
      {
        valid: false,
        diagnostics: [
          { code: "unknown_key", line: 3, column: 5, help: 'did you mean "allow"?' },
          { code: "invalid_value" },
        ],
      },
    ],
    [
      ["check", "warned.yaml"],
      0,
      {
        valid: true,
        diagnostics: [
          { code: "redundant", severity: "warning" },
          { code: "fails_open", severity: "notice" },
        ],
      },
    ],
    [["check", "--strict", "warned.yaml"], 2, { valid: true }],
    [["check", "missing.yaml"], 1, { valid: false, diagnostics: [{ code: "unreadable_file", severity: "error" }] }],
    [[...question, "rep", "--tool", "crm:read"], 0, { decision: "permit", code: "permitted", readAs: "scope" }],
    [
      [...question, "rep", "--tool", "crm:write"],
      2,
      { decision: "deny", code: "forbidden", rule: "role:rep deny tool:crm:write" },
    ],
    [["audit", "verify", "audit.jsonl"], 0, { valid: true, records: 3 }],
    [["audit", "verify", "tampered.jsonl"], 2, { valid: false, line: 2, fault: "hash" }],
  ])("ambit %j", async (args, code, expected) => {
    const run = await ambit(...args, "--json");
    expect(run.code).toBe(code);
    expect(JSON.parse(run.stdout)).toMatchObject(expected);
  });
});

it("explain shows the derivation as a tree, and as JSON", async () => {
  const question = [
    "explain",
    "--policy",
    "rules.yaml",
    "--role",
    "rep",
    "--tool",
    "send",
    "--args",
    '{"to":"x@evil.example"}',
  ];
  const run = await ambit(...question);
  expect(run).toEqual({
    code: 2,
    stderr: "",
    stdout: [
      "DENY  send: Only to colleagues. (forbidden)",
      "├─ requires tool:email:send  (rules.yaml:2)",
      "├─ costs 0.01",
      "├─ tool:email:send",
      "│  ├─ + role:rep allow tool:email:*  (rules.yaml:5)",
      '│  ├─ - role:rep deny tool:email:send  when !args.to.endsWith("@acme.example"): true  (rules.yaml:7)',
      "│  └─ + the user's own scopes hold it",
      "├─ to be permitted",
      '│  └─ role:rep deny tool:email:send must go, or its condition must not hold: !args.to.endsWith("@acme.example")  (rules.yaml:7)',
      "└─ instead",
      "   └─ may do it: role:boss",
      "",
    ].join("\n"),
  });
  expect(JSON.parse((await ambit(...question, "--json")).stdout)).toMatchObject({
    decision: "deny",
    scopes: [{ held: true }],
  });
  const permitted = await ambit(...question.slice(0, -1), '{"to":"a@acme.example"}');
  expect(permitted).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("PERMIT  send: role:rep allowed tool:email:*"),
  });
});

it("explain says which entry of a tool's scope decided, which budgets would be asked, and all that would have to change", async () => {
  const question = ["explain", "--policy", "choices.yaml", "--tool", "send", "--role", "rep"];
  const args = ["--args", '{"to":"b@else.example"}'];
  const denied = await ambit(...question, ...args, "--grant", "tool:crm:*", "--scope", "tool:crm:*");
  expect(denied).toMatchObject({ code: 2, stderr: "" });
  expect(denied.stdout.split("\n").slice(1)).toEqual([
    "├─ requires tool:mail:external, by entry 2 of its scope  (choices.yaml:6)",
    '│  ├─ - 1: tool:mail:internal when args.to.endsWith("@acme.example"): false  (choices.yaml:5)',
    "│  └─ + 2: tool:mail:external otherwise: true  (choices.yaml:6)",
    "├─ costs 0.01",
    "├─ leaves the labels mail",
    "├─ tool:mail:external",
    "│  ├─ - no rule of the user or the user's roles covers it",
    "│  ├─ - the policy has ceilings, and none for this agent",
    "│  ├─ - the user's own scopes do not hold it",
    "│  └─ - this task was not given it",
    "├─ to be permitted",
    "│  ├─ no role of this user allows tool:mail:external: role:boss does",
    "│  ├─ agent:some-agent may not hold tool:mail:external, whoever it acts for: its ceiling must allow it",
    "│  ├─ the user's own credential does not hold tool:mail:external",
    "│  └─ this task was not given tool:mail:external",
    "├─ budgets that would be asked",
    "│  └─ user day: 0.01 of at most 5.00",
    "└─ instead",
    "   └─ may do it: role:boss",
    "",
  ]);
  const waiting = await ambit(...question, ...args, "--role", "boss", "--agent", "bot");
  expect(waiting.stdout).toContain("(approval_required)");
  expect(waiting.stdout).toContain("a person must approve: role:boss allows it only with approval  (choices.yaml:11)");
  const unknown = await ambit(...question, "--agent", "bot");
  expect(unknown.stdout).toContain("what it requires cannot be said");
  expect(unknown.stdout).toContain("- 2: tool:mail:external otherwise: not asked  (choices.yaml:6)");
  const json = JSON.parse((await ambit(...question, ...args, "--agent", "bot", "--json")).stdout);
  expect(json).toMatchObject({
    choice: 1,
    changes: [{ kind: "grant", scope: "tool:mail:external", roles: ["boss"] }],
    budgets: [{ id: "user day", limit: "5.00" }],
  });
});

it.each<[string[], string]>([
  [["--user", "ann", "--issuer", "idp", "--tenant", "acme"], "PERMIT"],
  [["--user", "ann", "--issuer", "other", "--tenant", "acme"], "DENY"],
  [["--user", "ann", "--issuer", "idp"], "DENY"],
])("explain takes a user of an issuer and a tenant, without roles: %j", async (who, word) => {
  const run = await ambit("explain", "--policy", "users.yaml", "--tool", "x", ...who);
  expect(run.stdout).toMatch(new RegExp(`^${word}`));
});

it.each([
  ["--args", "{", "--args is not JSON"],
  ["--now", "yesterday", "--now is not a time"],
])("explain %s %s fails with 1: %s", async (option, value, text) => {
  const run = await ambit("explain", "--policy", "rules.yaml", "--role", "rep", "--tool", "send", option, value);
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining(text) });
});

it("a log that was cut short is noticed by a head that was kept elsewhere, and only by it", async () => {
  const { head } = JSON.parse((await ambit("audit", "verify", "audit.jsonl", "--json")).stdout);
  expect((await ambit("audit", "verify", "cut.jsonl")).code).toBe(0);
  expect(await ambit("audit", "verify", "cut.jsonl", "--records", "3", "--head", head)).toMatchObject({ code: 2 });
  expect(await ambit("audit", "verify", "audit.jsonl", "--records", "3", "--head", head)).toMatchObject({ code: 0 });
});

it("nothing of a file or an argument steers the terminal", async () => {
  const runs = [
    await ambit("check", "escape.yaml"),
    await ambit("check", "escape.yaml", "--json"),
    await ambit("check", "\u001b[2J.yaml"),
    await ambit(...question, "\u001b[31m\u009b\u202e", "--tool", "crm:read\u0007"),
    await ambit(...question, "\u001b[31m\u009b\u202e", "--tool", "crm:read\u0007", "--json"),
    await ambit("\u001b[31m"),
  ];
  for (const { stdout, stderr } of runs)
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

it("a reader that stops early is no fault", async () => {
  const piped = await new Promise<Run>((resolve) => {
    execFile(
      "bash",
      ["-c", `"${process.execPath}" "${program}" check seed.yaml --json | head -1; echo "\${PIPESTATUS[0]}"`],
      { cwd: folder },
      (_error, stdout, stderr) => resolve({ code: 0, stdout, stderr }),
    );
  });
  expect(piped).toEqual({ code: 0, stdout: "{\n0\n", stderr: "" });
});
