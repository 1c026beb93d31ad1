import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditRecord } from "@ambit/core";
import { openFileAuditLog } from "@ambit/core/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DistinctSessions } from "./report/distinct-sessions.ts";
import { MonitorReport } from "./report/monitor-report.ts";

const program = join(import.meta.dirname, "../bin/ambit.js");
let folder = "";

function ambit(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" };
    execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

interface Case {
  readonly id: string;
  readonly tool: string;
  readonly hour: number;
  readonly session?: string | null;
  readonly user?: string;
  readonly tenant?: string;
  readonly issuer?: string;
  readonly rule?: string | null;
  readonly how: "permitted" | "denied" | "let through" | "released";
}

function recordsOf(given: Case): AuditRecord[] {
  const { id, tool, hour, session = "s1", user = "u1", tenant = "", issuer = "", rule = null, how } = given;
  const time = `2026-01-01T0${hour}:00:00.000Z`;
  const permitted = how === "permitted" || how === "released";
  const code = permitted ? null : "forbidden";
  const who = { tenant, issuer, subject: user, actor: "bot", session, tool, policy: "sha256:0" };
  const decision: AuditRecord = {
    type: "decision",
    evaluationId: id,
    time,
    decision: permitted ? "permit" : "deny",
    code,
    reason: "r",
    rule,
    detail: null,
    roles: [],
    chain: [],
    callId: null,
    scopes: [],
    labels: [],
    obligations: [],
    degraded: [],
    argumentsDigest: null,
    cost: "0.00",
    ...who,
  };
  const denied = how === "released" ? "result" : "call";
  const monitor: AuditRecord = {
    type: "monitor",
    evaluationId: id,
    time,
    denied,
    code: "forbidden",
    reason: "r",
    rule,
    ...who,
  };
  const status = "succeeded" as const;
  const outcome: AuditRecord = {
    type: "outcome",
    evaluationId: id,
    time,
    status,
    cost: "0.00",
    labels: [],
    withheld: null,
  };
  if (how === "denied") return [decision];
  return how === "permitted" ? [decision, outcome] : [decision, monitor, outcome];
}

const cases: readonly Case[] = [
  { id: "a", tool: "read", hour: 1, how: "permitted" },
  { id: "b", tool: "send", hour: 2, how: "let through", rule: "no-mail" },
  { id: "c", tool: "send", hour: 3, how: "let through", rule: "no-mail", session: "s2", user: "u2" },
  { id: "d", tool: "send", hour: 4, how: "denied", rule: "no-mail" },
  { id: "e", tool: "scan", hour: 5, how: "released", rule: "\u001b[31mred\u202e" },
  { id: "f", tool: "nope", hour: 6, how: "let through", session: null },
];

async function writeLog(name: string, list: readonly Case[]): Promise<void> {
  const log = await openFileAuditLog(join(folder, name));
  for (const record of list.flatMap(recordsOf)) await log.append(record);
  await log.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-report-"));
  await writeLog("audit.jsonl", cases);
  await writeLog("other.jsonl", [
    { id: "g", tool: "send", hour: 7, how: "let through", rule: "no-mail", session: "s3" },
  ]);
  const lines = (await readFile(join(folder, "audit.jsonl"), "utf8")).split("\n");
  const changed = lines.map((line, index) => (index === 8 ? line.replace('"tool":"send"', '"tool":"read"') : line));
  await writeFile(join(folder, "tampered.jsonl"), changed.join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

const json = async (...args: string[]) => JSON.parse((await ambit("report", ...args, "--json")).stdout);

describe("ambit report", () => {
  it("shows what was let through, what was denied, and where", async () => {
    const run = await ambit("report", "audit.jsonl");
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout.split("\n")).toEqual([
      "audit.jsonl: whole: 15 records",
      "",
      "2026-01-01T01:00:00.000Z to 2026-01-01T06:00:00.000Z",
      "6 decisions: 2 permitted, 1 denied, 3 let through by monitor mode",
      "With all of it enforced, another 50 % of the calls would have been denied.",
      "Results that would have been withheld: 1",
      "2 of 2 sessions would have been affected.",
      "",
      "rule                 would deny  denied  sessions  examples",
      "no-mail                       2       1         2  b c",
      "\\u001b[31mred\\u202e           1       0         1  e",
      "(none)                        1       0         0  f",
      "",
      "code       would deny  denied  sessions  examples",
      "forbidden           4       1         2  b c e",
      "",
      "tool  decisions  would deny  denied  sessions  examples",
      "send          3           2       1         2  b c",
      "scan          1           1       0         1  e",
      "nope          1           1       0         0  f",
      "",
      "agent  decisions  would deny  denied  sessions  examples",
      "bot            6           4       1         2  b c e",
      "",
      "user  decisions  would deny  denied  sessions  examples",
      "u1            5           3       1         1  b e f",
      "u2            1           1       0         1  c",
      "",
    ]);
  });

  it("tells users apart that are named alike, and lets no long name spread the rows of all others", async () => {
    const one = { hour: 1, how: "let through" } as const;
    await writeLog("names.jsonl", [
      { ...one, id: "a", tool: "send", user: "bob", tenant: "acme" },
      { ...one, id: "b", tool: "send", user: "bob", issuer: "acme" },
      { ...one, id: "c", tool: "send", user: "bob in acme" },
      { ...one, id: "d", tool: "x".repeat(256) },
      { ...one, id: "e", tool: "\u202e".repeat(256) },
    ]);
    const names = (await json("names.jsonl")).by.user.rows.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(['"bob in acme"', "bob in acme", "bob of acme", "u1"]);
    const { stdout } = await ambit("report", "names.jsonl");
    expect(stdout).toContain(`\n${"x".repeat(59)}…  `);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThan(140);
  });

  it("counts the records of a time, and of several logs together, each once", async () => {
    const window = ["--since", "2026-01-01T03:00:00Z", "--until", "2026-01-01T05:00:00Z"];
    expect(await json("audit.jsonl", ...window)).toMatchObject({
      first: "2026-01-01T03:00:00.000Z",
      last: "2026-01-01T04:00:00.000Z",
      decisions: 2,
      callsLetThrough: 1,
      denied: 1,
    });
    expect(await json("audit.jsonl", "--since", "1h", "--until", "2026-01-01T00:00:00Z")).toMatchObject({
      decisions: 0,
    });
    expect(await json("audit.jsonl", "other.jsonl", "other.jsonl")).toMatchObject({
      files: [{ file: "audit.jsonl" }, { file: "other.jsonl" }],
      decisions: 7,
      affectedSessions: { count: 3, exact: true },
    });
  });

  it("counts a log once, by however many names it is given", async () => {
    await symlink(join(folder, "audit.jsonl"), join(folder, "link.jsonl"));
    const { files, ...once } = await json("audit.jsonl");
    const { files: found, ...named } = await json("audit.jsonl", "./audit.jsonl", "link.jsonl");
    expect(found).toEqual(files);
    expect(named).toEqual(once);
  });

  it("says where a log is not whole, and counts nothing from there on", async () => {
    const run = await ambit("report", "tampered.jsonl");
    expect(run).toMatchObject({ code: 2, stderr: "" });
    expect(run.stdout).toContain("tampered.jsonl:9: hash: line 9 was changed");
    expect(run.stdout).toContain("3 decisions: 1 permitted, 0 denied, 2 let through");
  });

  it("shows so many rows, and says that there are more", async () => {
    const run = await ambit("report", "audit.jsonl", "--rows", "1");
    expect(run.stdout).toContain("no-mail           2       1         2  b c\nand 2 more: --rows N shows them\n");
    const empty = await ambit("report", "audit.jsonl", "--since", "2030-01-01T00:00:00Z");
    expect(empty.stdout).toContain("No decision is on record in this time.");
  });

  it.each<[string[], string]>([
    [[], "report takes at least one audit log"],
    [["missing.jsonl"], "ENOENT"],
    [["audit.jsonl", "--since", "yesterday"], "--since must be a length of time"],
    [["audit.jsonl", "--rows", "0"], "--rows must be a number"],
  ])("%j fails with 1: %s", async (args, message) => {
    const run = await ambit("report", ...args);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});

describe("a report takes no more memory than it may", () => {
  it("counts sessions exactly as long as there is room, and says so", () => {
    const room = { left: 3 };
    const [some, others] = [new DistinctSessions(room), new DistinctSessions(room)];
    for (const key of ["a", "b", "a"]) some.add(key);
    for (const key of ["a", "b", "c"]) others.add(key);
    some.add("b");
    expect([some.count, others.count]).toEqual([
      { count: 2, exact: true },
      { count: 1, exact: false },
    ]);
  });

  it("tells a thousand names apart, and counts the others together", () => {
    const report = new MonitorReport();
    for (let index = 0; index < 1_200; index += 1) {
      const record = { id: `e${index}`, tool: `t${index}`, hour: 1, how: "let through" } as const;
      for (const line of recordsOf(record)) report.take(JSON.stringify(line));
    }
    const { rows, others } = report.summary().by.tool;
    expect({ rows: rows.length, others }).toEqual({ rows: 1_000, others: { wouldDeny: 200, denied: 0 } });
    expect(report.summary()).toMatchObject({ decisions: 1_200, callsLetThrough: 1_200 });
  });

  it("names who was denied something, however many others were denied nothing before", () => {
    const report = new MonitorReport();
    const take = (record: Case) => {
      for (const line of recordsOf(record)) report.take(JSON.stringify(line));
    };
    const one = { tool: "send", hour: 1 } as const;
    for (let index = 0; index < 1_200; index += 1)
      take({ ...one, id: `p${index}`, user: `u${index}`, how: "permitted" });
    for (const user of ["u1100", "u3"]) take({ ...one, id: user, user, how: "let through" });
    const { rows, others } = report.summary().by.user;
    expect(rows).toMatchObject([
      { name: "u3", decisions: 2, wouldDeny: 1 },
      { name: "u1100", decisions: null, wouldDeny: 1 },
    ]);
    expect(others).toEqual({ wouldDeny: 0, denied: 0 });
  });
});
