import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryAuditLog } from "../audit/memory-audit-log.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { CallContext } from "../tool-call.ts";
import { watchPolicy } from "./watch-policy.ts";

const allowing = "policies: [{ role: rep, allow: [tool:read] }]\n";
const denying = "policies: [{ role: rep, deny: [tool:read] }]\n";
const context: CallContext = {
  subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "a" },
  session: "s",
};
const call = { tool: "read", arguments: {}, id: "c1" };

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-watch-"));
  path = join(folder, "policy.yaml");
  await writeFile(path, allowing);
});
afterEach(() => rm(folder, { recursive: true }));

it("a new file takes effect for the next call, also when it was renamed into place", async () => {
  const policy = await watchPolicy(path, { interval: 60_000 });
  const authorizer = createAuthorizer({ policy });
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(true);
  await writeFile(`${path}.new`, denying);
  await rename(`${path}.new`, path);
  await policy.refresh();
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(false);
  policy.close();
});

it("I4: a permit that was given under the policy before is not used under the new one", async () => {
  const policy = await watchPolicy(path, { interval: 60_000 });
  const authorizer = createAuthorizer({ policy });
  expect((await authorizer.authorize(call, context)).allowed).toBe(true);
  await writeFile(path, denying);
  await policy.refresh();
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(false);
  policy.close();
});

it("D7: a call ends with the policy that it began with, and its record says which", async () => {
  const policy = await watchPolicy(path, { interval: 60_000 });
  const before = policy.current.digest;
  const audit = createMemoryAuditLog();
  const slow = {
    append: async (record: Parameters<typeof audit.append>[0]) => {
      await writeFile(path, denying);
      await policy.refresh();
      await audit.append(record);
    },
  };
  const authorizer = createAuthorizer({ policy, audit: slow, deadline: 60_000 });
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(true);
  expect(policy.current.digest).not.toBe(before);
  expect(audit.records[0]).toMatchObject({ decision: "permit", policy: before });
  policy.close();
});

it.each<[string, () => Promise<unknown>]>([
  ["invalid", () => writeFile(path, "polices: []")],
  ["missing", () => rm(path)],
  ["a directory", () => rm(path).then(() => mkdir(path))],
  ["invalid UTF-8", () => writeFile(path, Uint8Array.of(0x23, 0xff))],
  ["too large", () => writeFile(path, `#${" ".repeat(1_000)}`)],
])("a file that becomes %s changes nothing, and is reported once", async (_name, spoil) => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const policy = await watchPolicy(path, { interval: 60_000, maximumBytes: 1_000, onError });
  const before = policy.current;
  await spoil();
  await policy.refresh();
  await policy.refresh();
  expect(policy.current).toBe(before);
  expect(errors).toEqual([expect.any(PolicyError)]);
  await rm(path, { recursive: true, force: true });
  await writeFile(path, denying);
  await policy.refresh();
  expect(policy.current.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("deny");
  policy.close();
});

it("follows the file by itself", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const policy = await watchPolicy(path, { interval: 5, onReload: ({ digest }) => resolve(digest) });
  await writeFile(path, denying);
  expect(await promise).toBe(policy.current.digest);
  policy.close();
});

it("does not begin with a file that is not valid", async () => {
  await writeFile(path, "polices: []");
  await expect(watchPolicy(path)).rejects.toBeInstanceOf(PolicyError);
});

it.skipIf(process.platform === "win32")(
  "a file whose permissions are removed changes nothing, and is read when they are given back (modes as POSIX has them)",
  async () => {
    const errors: unknown[] = [];
    const policy = await watchPolicy(path, { interval: 60_000, onError: (error) => errors.push(error) });
    await chmod(folder, 0o755);
    await writeFile(path, denying);
    await chmod(path, 0o000);
    const root = process.getuid?.() === 0;
    // The superuser may read everything; threads that are started meanwhile are the same user's.
    if (root) process.seteuid?.(65_534);
    try {
      await policy.refresh();
    } finally {
      if (root) process.seteuid?.(0);
    }
    expect(errors).toMatchObject([{ message: expect.stringContaining("EACCES") }]);
    expect(policy.current.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("allow");
    await chmod(path, 0o644);
    await policy.refresh();
    expect(policy.current.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("deny");
    policy.close();
  },
);

it("a byte order mark and CRLF change nothing", async () => {
  const policy = await watchPolicy(path, { interval: 60_000, settle: 0 });
  await writeFile(path, `\ufeff${denying.replaceAll("\n", "\r\n")}`);
  await policy.refresh();
  expect(policy.current.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("deny");
  policy.close();
});

it("a file that was touched and not changed is the same policy, and nobody is told", async () => {
  const told: string[] = [];
  const policy = await watchPolicy(path, { interval: 60_000, settle: 0, onReload: ({ digest }) => told.push(digest) });
  const before = policy.current;
  await utimes(path, 1, 1);
  await policy.refresh();
  expect(policy.current).toBe(before);
  expect(told).toEqual([]);
  policy.close();
});

it("conditions of a changed file are checked against the schemas of tools that the caller knows", async () => {
  const errors: unknown[] = [];
  const schema = { type: "object", properties: { amount: { type: "string" } }, required: ["amount"] };
  const toolSchemas = new Map([["pay", schema]]);
  const onError = (error: unknown) => errors.push(error);
  const policy = await watchPolicy(path, { interval: 60_000, settle: 0, toolSchemas, onError });
  const grant = "{ scope: tool:pay, when: args.amount < 5 }";
  await writeFile(path, `tools: { pay: { scope: tool:pay } }\npolicies: [{ role: rep, allow: [${grant}] }]\n`);
  await policy.refresh();
  expect(errors).toMatchObject([{ diagnostics: [{ code: "invalid_condition", line: 2 }] }]);
  policy.close();
});

it("listeners that throw stop nothing", async () => {
  const errors: unknown[] = [];
  const onReload = () => {
    throw new Error("listener");
  };
  const onError = (error: unknown) => {
    errors.push(error);
    throw new Error("listener of errors");
  };
  const policy = await watchPolicy(path, { interval: 60_000, settle: 0, onReload, onError });
  await writeFile(path, denying);
  await policy.refresh();
  expect(policy.current.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("deny");
  expect(errors).toMatchObject([{ message: "listener" }]);
  policy.close();
});

it("nothing takes effect after the policy was closed", async () => {
  const policy = await watchPolicy(path, { interval: 60_000, settle: 0 });
  const before = policy.current;
  await writeFile(path, denying);
  const looking = policy.refresh();
  policy.close();
  await looking;
  await policy.refresh();
  expect(policy.current).toBe(before);
});

describe("D7: a policy takes effect whole, in the order in which it was written", () => {
  /** A policy whose rules stand in many lines, each of whose beginnings is a policy too, and a worse one. */
  const version = (number: number, effect: "allow" | "deny") => {
    const others = Array.from({ length: 40 }, (_, index) => `      - tool:other:${index}\n`).join("");
    const last = effect === "deny" ? "    deny:\n      - tool:read\n" : "";
    return `# ${number}\npolicies:\n  - role: rep\n    allow:\n      - tool:read\n${others}${last}`;
  };
  const effectOf = (number: number) => (number % 2 === 0 ? "allow" : "deny");

  it("of 1,000 calls while the file is replaced 50 times, each is decided by one of its versions", async () => {
    await writeFile(path, version(0, "allow"));
    const policy = await watchPolicy(path, { interval: 60_000, settle: 0 });
    const allows = new Map([[policy.current.digest, true]]);
    const audit = createMemoryAuditLog();
    const authorizer = createAuthorizer({ policy, audit });
    const answers: Promise<{ readonly allowed: boolean }>[] = [];
    for (let number = 1; number <= 50; number += 1) {
      const text = version(number, effectOf(number));
      allows.set(parsePolicy(text).digest, effectOf(number) === "allow");
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      let looking = true;
      const refreshed = policy.refresh().finally(() => {
        looking = false;
      });
      for (let count = 0; count < 20; count += 1) {
        answers.push(authorizer.authorize({ ...call, id: `${number}.${count}` }, context));
        if (looking) await nextTurn();
      }
      await refreshed;
    }
    const decided = await Promise.all(answers);
    const records = audit.records.filter((record) => record.type === "decision");
    expect(records).toHaveLength(1_000);
    for (const record of records) expect(allows.get(record.policy)).toBe(record.decision === "permit");
    expect(decided.filter(({ allowed }) => allowed)).toHaveLength(
      records.filter(({ decision }) => decision === "permit").length,
    );
    expect(new Set(records.map((record) => record.policy)).size).toBeGreaterThan(10);
    expect(policy.current.digest).toBe(parsePolicy(version(50, "allow")).digest);
    policy.close();
  });

  it("a file that is being written takes effect when it is written", async () => {
    await writeFile(path, version(0, "deny"));
    const seen = new Set<string>();
    const policy = await watchPolicy(path, { interval: 60_000, onReload: ({ digest }) => seen.add(digest) });
    const written = new Set<string>();
    for (let number = 1; number <= 3; number += 1) {
      const text = version(number, "deny");
      written.add(parsePolicy(text).digest);
      const looking = policy.refresh();
      const file = openSync(path, "r+");
      ftruncateSync(file);
      // A line each few milliseconds: between two looks that are further apart, something was written.
      for (const line of text.split(/(?<=\n)/)) {
        writeSync(file, line);
        await delay(8);
      }
      closeSync(file);
      await looking;
    }
    await policy.refresh();
    expect([...seen].filter((digest) => !written.has(digest))).toEqual([]);
    expect(policy.current.digest).toBe(parsePolicy(version(3, "deny")).digest);
    policy.close();
  });

  it("whoever asks for a look while one is going on gets another, which sees what was written since", async () => {
    const policy = await watchPolicy(path, { interval: 60_000, settle: 0 });
    const order: string[] = [];
    const looks: Promise<void>[] = [];
    for (let number = 1; number <= 10; number += 1) {
      const text = version(number, effectOf(number));
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      const { digest } = parsePolicy(text);
      looks.push(policy.refresh().then(() => void order.push(policy.current.digest === digest ? "own" : "later")));
    }
    await Promise.all(looks);
    expect(order.at(-1)).toBe("own");
    expect(policy.current.digest).toBe(parsePolicy(version(10, "allow")).digest);
    policy.close();
  });
});
