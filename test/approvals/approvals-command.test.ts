import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditLog, type AuditRecord, type Authorizer, createAuthorizer, parsePolicy } from "@ambit/core";
import { openFileAuditLog, verifyAuditFile } from "@ambit/core/node";
import { createPostgresSchema } from "@ambit/postgres";
import { createSqliteStore } from "@ambit/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type NeededService, serviceIsThere } from "../services/needed-service.ts";
import { databaseUrl, dropSchema, newPool, ownSchema, postgresService } from "../services/postgres-service.ts";
import { openOwnStore, redisService, redisUrl } from "../services/redis-service.ts";
import { type AgentCall, approvals, type Meeting, program, startAgent, stopAgents } from "./approvals-command.ts";

const policySource = `
tools:
  refund: { scope: tool:refund, cost: 0.01 }
  read: { scope: tool:read }
policies:
  - role: rep
    allow: [tool:read, { scope: tool:refund, approval: true, message: Refunds need a manager. }]
approvals: { ttl: 10m, approvers: [role:lead], separation: true }
`;
const refund: AgentCall = { tool: "refund", arguments: { order: "A-17", amount: 300 } };
const person = ["--policy", "policy.yaml", "--as", "vera", "--role", "lead"];
const answering = [...person, "--audit", "answers.jsonl", "--yes"];

let folder = "";
let sqlite: Meeting;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-approvals-"));
  await writeFile(join(folder, "policy.yaml"), policySource);
  const place = join(folder, "state.sqlite");
  sqlite = { kind: "sqlite", place, own: "", options: ["--store", "sqlite:state.sqlite"] };
});
afterEach(async () => {
  await stopAgents();
  await rm(folder, { recursive: true });
});

const ambit = (...args: string[]) => approvals({ folder }, args);

/** Does something with an authorizer over the SQLite file. */
async function withAuthorizer<Answer>(use: (authorizer: Authorizer) => Promise<Answer>): Promise<Answer> {
  const store = createSqliteStore({ file: sqlite.place });
  try {
    return await use(createAuthorizer({ policy: parsePolicy(policySource), store }));
  } finally {
    await store.close();
  }
}

/** Makes a call that needs an approval, once. The id of the request. */
const ask = ({ tool, arguments: args, tenant }: AgentCall = refund): Promise<string> =>
  withAuthorizer(async (authorizer) => {
    const subject = { id: "u1", issuer: "idp", tenant, roles: ["rep"], scopes: ["tool:**"] };
    const actor = { id: "bot", tier: "subagent", chain: ["planner"] } as const;
    const { decision } = await authorizer.run({ tool, arguments: args }, { subject, actor, session: "s1" }, () => {});
    return decision.allowed ? "" : (decision.approval?.id ?? "");
  });
const statusOf = (id: string) => withAuthorizer(async ({ approvals: desk }) => (await desk.get(id))?.status);
const records = async (file = "answers.jsonl"): Promise<readonly AuditRecord[]> =>
  (await readFile(join(folder, file), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as AuditRecord); // Lines of the log are records.

interface StoreOfTests {
  readonly service: NeededService | undefined;
  /** Gives where to meet, and what removes it. */
  readonly open: () => Promise<readonly [Meeting, () => Promise<void>]>;
}

const stores: Readonly<Record<Meeting["kind"], StoreOfTests>> = {
  sqlite: { service: undefined, open: async () => [sqlite, async () => {}] },
  redis: {
    service: redisService,
    open: async () => {
      const { prefix, close } = await openOwnStore();
      const options = ["--store", redisUrl, "--prefix", prefix];
      return [{ kind: "redis", place: redisUrl, own: prefix, options }, close];
    },
  },
  postgres: {
    service: postgresService,
    open: async () => {
      const schema = ownSchema();
      const pool = newPool();
      await createPostgresSchema(pool, { schema });
      const options = ["--store", databaseUrl, "--schema", schema];
      const close = async () => {
        await dropSchema(pool, schema);
        await pool.end();
      };
      return [{ kind: "postgres", place: databaseUrl, own: schema, options }, close];
    },
  },
};

for (const [kind, { service, open }] of Object.entries(stores)) {
  const isThere = service === undefined || (await serviceIsThere(service));

  describe.skipIf(!isThere)(`from a terminal, over ${kind}`, () => {
    let meeting: Meeting;
    let close: () => Promise<void>;
    beforeEach(async () => {
      [meeting, close] = await open();
    });
    afterEach(async () => {
      await stopAgents();
      await close();
    });

    it("A2, A6: a call that waits in another process is listed, shown, approved, runs once and is recorded", async () => {
      const { id, end } = await startAgent(meeting, join(folder, "policy.yaml"), refund);
      const listed = await ambit("list", ...meeting.options);
      expect(listed).toMatchObject({ code: 0, stderr: "" });
      expect(listed.stdout).toMatch(
        new RegExp(`^${id} {2}pending {2}\\d+m \\d+s +"refund" +"u1" of issuer "idp" +"bot"`, "m"),
      );
      const shown = await ambit("show", id.slice(0, 9), ...meeting.options);
      expect(shown).toMatchObject({ code: 0, stderr: "" });
      const approved = await ambit("approve", id, ...meeting.options, ...answering, "--comment", "called them");
      expect(approved).toMatchObject({ code: 0, stderr: "" });
      for (const text of [id, '"amount": 300', "approved, which stands until"]) expect(approved.stdout).toContain(text);
      expect(await end).toBe("ran 1");
      expect(await ambit("approve", id, ...meeting.options, ...answering)).toMatchObject({
        code: 2,
        stdout: expect.stringContaining("not answered: this request has been answered already"),
      });
      expect(await ambit("list", ...meeting.options)).toMatchObject({ code: 2, stdout: "no requests\n" });
      expect((await ambit("list", "--status", "all", ...meeting.options)).stdout).toContain("spent");
      const who = { type: "approval", approval: id, approver: "vera", approverRoles: ["lead"] };
      expect(await records()).toMatchObject([
        { ...who, action: "approve", decision: "permit", comment: "called them" },
        { ...who, action: "approve", decision: "deny" },
      ]);
      expect(await verifyAuditFile(join(folder, "answers.jsonl"))).toMatchObject({ valid: true, records: 2 });
    });

    it("A5: a call that is denied does not run", async () => {
      const { id, end } = await startAgent(meeting, join(folder, "policy.yaml"), refund);
      const denied = await ambit("deny", id, ...meeting.options, ...answering);
      expect(denied).toMatchObject({ code: 0, stdout: expect.stringContaining("denied, which stands until") });
      expect(await end).toBe("denied 0");
      expect(await records()).toMatchObject([{ action: "deny", decision: "permit", approver: "vera" }]);
    });
  });
}

describe("A7: what is shown is what would run", () => {
  it("every fact of a request is there", async () => {
    const id = await ask({ ...refund, tenant: "acme" });
    const { stdout } = await ambit("show", id, "--tenant", "acme", ...sqlite.options);
    const policy = parsePolicy(policySource).digest;
    for (const text of [
      `request    │ ${id}`,
      "status     │ pending: can be answered for ",
      'rule       │ "role:rep allow tool:refund"',
      'message    │ "Refunds need a manager."',
      `policy     │ "${policy}"`,
      `digest     │ "sha256:${id.slice(0, 24)}`,
      'tenant     │ "acme"',
      'user       │ "u1" of issuer "idp"',
      'agent      │ "bot", subagent, for "planner"',
      'session    │ "s1"',
      'scopes     │ "tool:refund"',
      'cost       │ "0.01"',
      'tool       │ "refund"',
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toMatch(/^requested {2}│ \d{4}-.*\nexpires {4}│ \d{4}-/m);
    expect(
      stdout.endsWith(
        'arguments  │ {\n           │   "order": "A-17",\n           │   "amount": 300\n           │ }\n',
      ),
    ).toBe(true);
    const { request } = JSON.parse((await ambit("show", id, "--tenant", "acme", "--json", ...sqlite.options)).stdout);
    expect(request).toMatchObject({ id, tenant: "acme", arguments: refund.arguments, status: "pending", policy });
  });

  it("nothing is hidden, and nothing left out, however much it is", async () => {
    const hidden = "\u001b[2J\u0085\u00a0\u202e\u200b\u{e0041}\ufe0f\u3164\u2800\ue000\\u202e";
    const args = { [hidden]: [{ deep: hidden }], long: `${"x ".repeat(5_000)}end`, plain: "Größe 日本 🙂" };
    const id = await ask({ tool: "refund", arguments: args });
    const shown = await ambit("show", id, ...sqlite.options);
    expect(shown.stdout).toContain("Größe 日本 🙂");
    const lines = shown.stdout.slice(shown.stdout.indexOf("arguments  │")).split("\n");
    expect(JSON.parse(lines.map((line) => line.slice("arguments  │ ".length)).join(""))).toEqual(args);
    const json = await ambit("show", id, "--json", ...sqlite.options);
    expect(JSON.parse(json.stdout).request.arguments).toEqual(args);
    for (const { stdout } of [shown, json]) {
      expect([...hidden].filter((one) => one > "~" && stdout.includes(one))).toEqual([]);
      expect(stdout).not.toContain("\u001b");
    }
  });
});

describe("A3: whom the policy does not let answer, cannot", () => {
  it.each<[string, string[], string]>([
    ["another role", ["--as", "vera", "--role", "rep"], "this person may not approve"],
    ["the user themselves", ["--as", "u1", "--issuer", "idp", "--role", "lead"], "what they have asked for themselves"],
    ["the agent", ["--as", "bot", "--role", "lead"], "what they have asked for themselves"],
    ["an agent that delegated", ["--as", "planner", "--role", "lead"], "what they have asked for themselves"],
    ["another tenant", ["--as", "vera", "--role", "lead", "--tenant", "other"], "there is no such request"],
    ["nobody", ["--as", "", "--role", "lead"], "it is not known who answers"],
  ])("%s", async (_name, who, reason) => {
    const id = await ask();
    const options = [...sqlite.options, "--policy", "policy.yaml", "--audit", "answers.jsonl", "--yes"];
    expect(await ambit("approve", id, ...options, ...who)).toMatchObject({
      code: 2,
      stderr: "",
      stdout: expect.stringContaining(reason),
    });
    expect(await statusOf(id)).toBe("pending");
  });

  it("a policy that lets nobody approve, or is another tenant's", async () => {
    const id = await ask();
    const options = [...sqlite.options, "--as", "vera", "--role", "lead", "--no-audit", "--yes"];
    await writeFile(join(folder, "nobody.yaml"), "policies: [{ role: lead, allow: [] }]\n");
    await writeFile(join(folder, "acme.yaml"), `tenant: acme\n${policySource}`);
    expect(await ambit("approve", id, ...options, "--policy", "nobody.yaml")).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("this person may not approve"),
      stderr: expect.stringContaining("the request was made under another policy than this one"),
    });
    const other = await ambit("approve", id, ...options, "--policy", "acme.yaml", "--json");
    expect(JSON.parse(other.stdout)).toMatchObject({ allowed: false, reason: expect.stringContaining("no policy is") });
    expect(await statusOf(id)).toBe("pending");
  });
});

describe("what cannot be done changes nothing, and says why", () => {
  const whole = `${"0".repeat(24)}-${"0".repeat(16)}`;
  const place = ["--store", "sqlite:state.sqlite"];

  it.each<[string, string[], string]>([
    ["no store", ["list"], "name the store: --store STORE"],
    ["an unknown store", ["list", "--store", "mysql://u:secret@h"], "--store must begin with sqlite:"],
    ["a file that is not there", ["list", "--store", "sqlite:missing.sqlite"], "missing.sqlite is no file of a store"],
    ["a file of something else", ["list", "--store", "sqlite:policy.yaml"], "not a database"],
    ["no Redis", ["list", "--store", "redis://:secret@127.0.0.1:9"], "Redis cannot be reached: connect ECONNREFUSED"],
    ["no Postgres", ["list", "--store", "postgres://u:secret@127.0.0.1:9/d"], "the store cannot be opened"],
    ["an option of another store", ["list", ...place, "--prefix", "x"], "--prefix belongs to a store in Redis"],
    ["an option of another store", ["list", ...place, "--schema", "x"], "--schema belongs to a store in Postgres"],
    ["an unknown status", ["list", ...place, "--status", "open"], "--status must be pending, approved"],
    ["no id", ["show", ...place], "approvals show takes one id"],
    ["two ids", ["approve", "a", "b", ...place], "approvals approve takes one id"],
    ["no policy", ["approve", whole, ...place], "--policy is missing"],
    ["nobody", ["deny", whole, ...place, "--policy", "policy.yaml"], "--as is missing"],
    ["no role", ["deny", whole, ...place, "--policy", "policy.yaml", "--as", "vera"], "--role is missing"],
    ["no word on the record", ["approve", whole, ...place, ...person, "--yes"], "--audit FILE, or that it is not"],
    ["two words on the record", ["approve", whole, ...place, ...answering, "--no-audit"], "--audit FILE, or that"],
    ["no terminal", ["approve", whole, ...place, ...person, "--no-audit"], "without a terminal: say --yes"],
    ["JSON without --yes", ["approve", whole, ...place, ...person, "--no-audit", "--json"], "--json needs --yes"],
    ["a part of an id", ["approve", "00", ...place, ...answering], "--yes needs the whole id"],
    ["a policy that is not there", ["approve", whole, ...place, ...answering.with(1, "none.yaml")], "none.yaml"],
  ])("%s: %j", async (_name, args, message) => {
    const run = await ambit(...args);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toMatch(/secret|\n\s+at /);
    expect(await readdir(folder)).toEqual(["policy.yaml"]);
  });

  it("L7: where the answer cannot be recorded, nothing is answered", async () => {
    const id = await ask();
    const options = [...sqlite.options, ...person, "--yes", "--audit"];
    const missing = await ambit("approve", id, ...options, "none/answers.jsonl");
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("does not exist: make it first") });
    const log: AuditLog & { close(): Promise<void> } = await openFileAuditLog(join(folder, "taken.jsonl"));
    const taken = await ambit("approve", id, ...options, "taken.jsonl");
    await log.close();
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining("has the log open") });
    expect(await statusOf(id)).toBe("pending");
  });

  it("a part of an id that begins several is refused, and of one finds it; no id finds nothing", async () => {
    // One more than there are digits: two begin alike.
    const ids: string[] = [];
    for (let amount = 0; amount < 17; amount += 1) ids.push(await ask({ tool: "refund", arguments: { amount } }));
    const digit = [..."0123456789abcdef"].find((one) => ids.filter((id) => id.startsWith(one)).length > 1) ?? "";
    const several = await ambit("show", digit, ...sqlite.options);
    expect(several).toMatchObject({ code: 1, stdout: "" });
    expect(several.stderr).toMatch(/begins the ids of \d+ requests: give more of it/);
    expect((await ambit("show", ids[0]?.slice(0, 12) ?? "", ...sqlite.options)).stdout).toContain(ids[0]);
    expect(await ambit("show", whole, ...sqlite.options)).toMatchObject({
      code: 2,
      stdout: "there is no such request\n",
    });
    expect(await ambit("deny", whole, ...sqlite.options, ...answering)).toMatchObject({ code: 2 });
    expect((await ambit("list", ...sqlite.options)).stdout.trimEnd().split("\n")).toHaveLength(18);
  });

  it.each(["sqlite", "redis", "postgres"])(
    "a store whose package is not installed says what to install: %s",
    async (kind) => {
      // The command as it is installed for somebody who has no store.
      const installed = join(folder, "node_modules/@ambit/cli");
      const root = join(import.meta.dirname, "../..");
      await mkdir(join(folder, "node_modules/@modelcontextprotocol"), { recursive: true });
      for (const part of ["bin", "dist", "package.json"]) {
        await cp(join(root, "packages/cli", part), join(installed, part), { recursive: true });
      }
      await symlink(join(root, "packages/core"), join(folder, "node_modules/@ambit/core"));
      for (const name of ["zod", "@modelcontextprotocol/client"]) {
        await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
      }
      const entry = join(installed, "bin/ambit.js");
      const run = await approvals({ folder, entry }, [
        "list",
        "--store",
        `${kind}${kind === "sqlite" ? ":x" : "://h"}`,
      ]);
      const packages = { sqlite: "@ambit/sqlite", redis: "@ambit/redis ioredis", postgres: "@ambit/postgres pg" }[kind];
      expect(run).toEqual({
        code: 1,
        stdout: "",
        stderr: `ambit: this store needs other packages: npm install ${packages}\n`,
      });
    },
  );
});

it("the store may be named in the environment, so that nobody sees its password among the processes", async () => {
  const id = await ask();
  const { stdout } = await approvals({ folder, store: "sqlite:state.sqlite" }, ["list"]);
  expect(stdout).toContain(id);
});

const terminal: NeededService = {
  name: "The program script, for a terminal of the tests' own,",
  advice: "Install it from util-linux.",
  reach: async () => void (await stat("/usr/bin/script")),
};

describe.skipIf(!(await serviceIsThere(terminal)))("on a terminal", () => {
  /** Types an answer once the command asks. Gives all that the terminal showed. */
  function onTerminal(
    typed: string,
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly shown: string }> {
    const words = [process.execPath, program, "approvals", ...args].map((word) => `'${word}'`).join(" ");
    const command = `stty cols 60; exec ${words}`;
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" };
    const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], { cwd: folder, env });
    let shown = "";
    let asked = false;
    return new Promise((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        shown += text;
        if (asked || !shown.includes("[y/N]")) return;
        asked = true;
        child.stdin.write(typed);
      });
      child.once("close", (code) => resolve({ code: code ?? -1, shown }));
    });
  }
  const asking = [...person, "--audit", "answers.jsonl"];

  it.each<[string, string, number]>([
    ["y", "y\r", 0],
    ["nothing", "\r", 2],
    ["something else", "yep\r", 2],
    ["the end of the input", "\u0004", 2],
    ["an interrupt", "\u0003", 2],
  ])("it shows the request and asks: %s", async (_name, typed, code) => {
    const id = await ask();
    const run = await onTerminal(typed, ["approve", id.slice(0, 8), ...sqlite.options, ...asking]);
    expect(run.code).toBe(code);
    expect(run.shown).toMatch(
      /"amount": 300[\s\S]*Approve this call of refund for "u1" of issuer "idp", as "vera"\? \[y\/N\]/,
    );
    expect(await statusOf(id)).toBe(code === 0 ? "approved" : "pending");
    expect((await readdir(folder)).includes("answers.jsonl")).toBe(code === 0);
  });

  it("A7: no text reaches the beginning of a line, nor looks like a line of its own", async () => {
    // As long as what has room before it, so that what looks like a line would begin one.
    const forged = `${" ".repeat(36 + 47)}  "amount": 1, ${"日".repeat(60)}`;
    const id = await ask({ tool: "refund", arguments: { note: forged, amount: 9_999 } });
    const { shown } = await onTerminal("n\r", ["deny", id, ...sqlite.options, ...asking]);
    const lines = shown.split(/\r?\n/);
    const begins = lines.findIndex((line) => line.startsWith("arguments"));
    const ends = lines.findIndex((line) => line.includes("│ }"));
    const shape = /^(arguments {2}| {11})[│┊] /;
    const within = lines.slice(begins, ends + 1);
    expect(within.filter((line) => !shape.test(line))).toEqual([]);
    const widths = within.map((line) => [...line].reduce((sum, one) => sum + (one === "日" ? 2 : 1), 0));
    expect(Math.max(...widths)).toBeLessThanOrEqual(60);
    expect(within.filter((line) => line.includes('amount\\": 1,'))).toEqual([
      expect.stringMatching(/^ {11}┊ {3}\\"amount/),
    ]);
    const text = within.map((line) => line.replace(shape, "")).join("");
    expect(JSON.parse(text)).toEqual({ note: forged, amount: 9_999 });
  });
});
