import { createHash } from "node:crypto";
import { appendFile, mkdtemp, open, readFile, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditRecord, OutcomeRecord } from "../audit/audit-record.ts";
import { type FileAuditLogOptions, openFileAuditLog } from "./file-audit-log.ts";
import { verifyAuditFile } from "./verify-audit-file.ts";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "audit-"));
  path = join(directory, "audit.log");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

describe("a file audit log", () => {
  it("is durable when append resolves, and says how far", async () => {
    const log = await openFileAuditLog(path);
    await log.append(outcome("e1"));
    const head = log.head();
    await expect(verifyAuditFile(path, { checkpoint: head })).resolves.toEqual({ valid: true, ...head });
    expect(head.records).toBe(1);
    await log.close();
  });

  it("goes on with its chain when it is opened again", async () => {
    await written(["e1", "e2"]);
    const log = await openFileAuditLog(path);
    expect(log.head().records).toBe(2);
    await log.append(outcome("e3"));
    await log.close();
    await expect(verifyAuditFile(path)).resolves.toEqual({ valid: true, ...log.head() });
    expect(await ids()).toEqual(["e1", "e2", "e3"]);
  });

  it("is for its owner alone", async () => {
    await written(["e1"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("L5: keeps 1,000 records at once in the order of the calls, each on one line, whatever they hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { minLength: 1000, maxLength: 1000 }), async (texts) => {
        await rm(path, { force: true });
        await written(texts);
        const lines = (await readFile(path, "utf8")).split(/\r\n|[\n\r\u0085\u2028\u2029\v\f]/u);
        expect(lines.length).toBe(1001);
        expect(await ids()).toEqual(texts.map((text) => text.toWellFormed()));
        await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: true, records: 1000 });
      }),
      { numRuns: 5 },
    );
  });

  it("shares one flush among all who wait", async () => {
    const log = await openFileAuditLog(path);
    const flush = vi.spyOn(await handlePrototype(), "datasync");
    await Promise.all(Array.from({ length: 500 }, (_, index) => log.append(outcome(`e${index}`))));
    expect(flush).toHaveBeenCalledTimes(1);
    await log.close();
  });

  it("records what the record held when it was appended", async () => {
    const log = await openFileAuditLog(path);
    const record = { ...outcome("e1") };
    const appended = log.append(record);
    Object.assign(record, { evaluationId: "changed" });
    await appended;
    await log.close();
    expect(await ids()).toEqual(["e1"]);
  });

  it("refuses more than may wait, and takes records again when those are written", async () => {
    const log = await openFileAuditLog(path, { capacity: 2 });
    const first = [log.append(outcome("e1")), log.append(outcome("e2"))];
    await expect(log.append(outcome("e3"))).rejects.toMatchObject({ code: "full" });
    await Promise.all(first);
    await log.append(outcome("e4"));
    await log.close();
    expect(await ids()).toEqual(["e1", "e2", "e4"]);
  });

  it("writes what waits before it closes, and takes nothing after", async () => {
    const log = await openFileAuditLog(path);
    const appended = log.append(outcome("e1"));
    await Promise.all([log.close(), log.close()]);
    await appended;
    await expect(log.append(outcome("e2"))).rejects.toMatchObject({ code: "closed" });
    expect(await ids()).toEqual(["e1"]);
  });

  it.each([
    ["is not JSON", { ...outcome("e1"), cost: 1n }],
    ["has a member of the chain's", { ...outcome("e1"), hash: "0" }],
    ["makes too long a line", outcome("\u202e".repeat(200_000))],
  ])("refuses a record that %s, and no other", async (_name, record) => {
    const log = await openFileAuditLog(path);
    // Callers without types may append anything.
    const refused = log.append(record as AuditRecord);
    const taken = log.append(outcome("e2"));
    await expect(refused).rejects.toMatchObject({ code: "not_recordable" });
    await taken;
    await log.close();
    expect(await ids()).toEqual(["e2"]);
  });

  it("takes as long a record as a verifier takes", async () => {
    await written(["\u202e".repeat(174_000)]);
    await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: true });
  });
});

describe("a file that cannot be continued", () => {
  it.each([
    { name: "was changed", message: /line 2 was changed/, change: (text: string) => text.replace('"e2"', '"e9"') },
    { name: "lacks a line", message: /line 1 is not the next record/, change: (text: string) => text.replace(/^.*\n/, "") },
    { name: "is something else", message: /line 1 is not JSON/, change: () => "hello\n" },
  ])("is refused, and left alone, when it $name", async ({ message, change }) => {
    await written(["e1", "e2", "e3"]);
    const changed = change(await readFile(path, "utf8"));
    await writeFile(path, changed);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(openFileAuditLog(path)).rejects.toMatchObject({ code: "invalid", message: expect.stringMatching(message) });
    }
    expect(await readFile(path, "utf8")).toBe(changed);
  });

  it("L2: is refused when it ends before the checkpoint, torn or not", async () => {
    const checkpoint = await written(["e1", "e2"]);
    const { size } = await stat(path);
    await truncate(path, size - 1);
    await expect(openFileAuditLog(path, { checkpoint })).rejects.toMatchObject({ code: "invalid" });
    await truncate(path, 0);
    await expect(openFileAuditLog(path, { checkpoint })).rejects.toMatchObject({ code: "invalid" });
  });

  it("is refused when its directory does not exist", async () => {
    const missing = join(directory, "missing", "audit.log");
    await expect(openFileAuditLog(missing)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("missing does not exist"),
    });
  });

  it("is refused when it is a directory or a device", async () => {
    await expect(openFileAuditLog(directory)).rejects.toThrow();
    await symlink("/dev/null", path);
    await expect(openFileAuditLog(path)).rejects.toMatchObject({ code: "invalid" });
  });

  it.each([0, -1, 0.5, Number.NaN])("has no capacity of %s", async (capacity) => {
    await expect(openFileAuditLog(path, { capacity })).rejects.toThrow(TypeError);
  });
});

describe("a torn end", () => {
  it("is cut off, and the log says what it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        await rm(path, { force: true });
        await written(["e1", "e2"]);
        const whole = await readFile(path);
        const start = whole.indexOf("\n") + 1;
        const cut = start + 1 + (seed % (whole.length - start - 1));
        await truncate(path, cut);
        await expectRecovery(["e1"], whole.subarray(start, cut));
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ["one byte", Buffer.from("{")],
    ["more than the recovery takes", Buffer.alloc(5000, "a")],
    ["zeros, as a lost page leaves them", Buffer.alloc(4096)],
    ["no UTF-8", Buffer.from([0xff, 0xfe])],
  ])("may be %s", async (_name, torn) => {
    await written(["e1", "e2"]);
    await appendFile(path, torn);
    await expectRecovery(["e1", "e2"], torn);
  });

  it("is recovered from again when the recovery itself was torn", async () => {
    await written(["e1"]);
    await appendFile(path, Buffer.alloc(5000, "a"));
    await written([]);
    const rest = Buffer.alloc(4000, "a");
    await appendFile(path, rest);
    await expectRecovery(["e1", undefined], rest);
  });

  async function expectRecovery(kept: readonly (string | undefined)[], torn: Uint8Array): Promise<void> {
    const log = await openFileAuditLog(path, { now: () => Date.UTC(2030, 0, 1) });
    await log.append(outcome("after"));
    await log.close();
    expect(await ids()).toEqual([...kept, undefined, "after"]);
    expect((await entries())[kept.length]).toMatchObject({
      type: "recovery",
      time: "2030-01-01T00:00:00.000Z",
      bytes: torn.length,
      digest: `sha256:${createHash("sha256").update(torn).digest("hex")}`,
    });
    await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: true, records: kept.length + 2 });
  }
});

describe("a disk that fails", () => {
  it.each([
    { name: "the flush", method: "datasync", fail: () => Promise.reject(new Error("EIO: i/o error")) },
    { name: "the write", method: "write", fail: () => Promise.reject(new Error("ENOSPC: no space left on device")) },
    { name: "the write, in part,", method: "write", fail: partly },
    { name: "the examination", method: "stat", fail: () => Promise.reject(new Error("EIO: i/o error")) },
  ] as const)("rejects those who wait for $name, and none after", async ({ method, fail }) => {
    const log = await openFileAuditLog(path);
    await log.append(outcome("e1"));
    const head = log.head();
    vi.spyOn(await handlePrototype(), method).mockImplementationOnce(fail);
    const refused = await Promise.allSettled([log.append(outcome("lost1")), log.append(outcome("lost2"))]);
    expect(refused).toMatchObject([{ reason: { code: "write_failed" } }, { reason: { code: "write_failed" } }]);
    expect(log.head()).toEqual(head);
    await log.append(outcome("e2"));
    await log.close();
    expect(await ids()).toEqual(["e1", "e2"]);
    await expect(verifyAuditFile(path, { checkpoint: head })).resolves.toMatchObject({ valid: true, records: 2 });
  });

  it("keeps rejecting until what it left can be cut off", async () => {
    const log = await openFileAuditLog(path);
    const prototype = await handlePrototype();
    vi.spyOn(prototype, "datasync").mockRejectedValueOnce(new Error("EIO: i/o error"));
    vi.spyOn(prototype, "truncate").mockRejectedValueOnce(new Error("EIO: i/o error"));
    await expect(log.append(outcome("lost1"))).rejects.toMatchObject({ code: "write_failed" });
    await expect(log.append(outcome("lost2"))).rejects.toMatchObject({ code: "write_failed" });
    await log.append(outcome("e1"));
    await log.close();
    expect(await ids()).toEqual(["e1"]);
  });

  async function partly(this: unknown, bytes: Uint8Array): Promise<{ bytesWritten: number }> {
    const half = bytes.subarray(0, bytes.length / 2);
    await appendFile(path, half);
    return { bytesWritten: half.length };
  }
});

describe("someone else's change", () => {
  it.each([
    { name: "was written to", change: () => appendFile(path, "x") },
    { name: "was cut short", change: () => truncate(path, 10) },
    { name: "was removed", change: () => rm(path) },
    { name: "was replaced", change: () => replace() },
  ])("L3: stops the log when its file $name", async ({ name, change }) => {
    const log = await openFileAuditLog(path);
    await log.append(outcome("e1"));
    await change();
    const left = await readFile(path).catch(() => undefined);
    for (const id of ["e2", "e3"]) {
      await expect(log.append(outcome(id))).rejects.toMatchObject({ code: "changed", message: expect.stringContaining(name) });
    }
    expect(await readFile(path).catch(() => undefined)).toEqual(left);
    await log.close();
  });

  async function replace(): Promise<void> {
    await writeFile(`${path}.new`, await readFile(path));
    await rename(`${path}.new`, path);
  }
});

// Every UTF-16 code unit, lone surrogates among them, and those that break lines more often than the rest.
const nasty = fc
  .array(fc.oneof(fc.integer({ max: 0xffff, min: 0 }), fc.constantFrom(...'\n\r\u0085\u2028\u2029\u202e"\\\ud800\udc00\0')), {
    maxLength: 12,
  })
  .map((units) => units.map((unit) => (typeof unit === "number" ? String.fromCharCode(unit) : unit)).join(""));

async function written(evaluationIds: readonly string[], options?: FileAuditLogOptions) {
  const log = await openFileAuditLog(path, options);
  await Promise.all(evaluationIds.map((id) => log.append(outcome(id))));
  await log.close();
  return log.head();
}

async function entries(): Promise<Partial<OutcomeRecord>[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

async function ids(): Promise<(string | undefined)[]> {
  return (await entries()).map(({ evaluationId }) => evaluationId);
}

function outcome(evaluationId: string): OutcomeRecord {
  return { type: "outcome", evaluationId, time: "2030-01-01T00:00:00.000Z", status: "succeeded", cost: "0" };
}

/** Where a failure of the disk is put in: all handles of files share it. */
async function handlePrototype() {
  const handle = await open(join(directory, "any"), "w");
  await handle.close();
  // The prototype of a handle has a handle's methods.
  return Object.getPrototypeOf(handle) as typeof handle;
}
