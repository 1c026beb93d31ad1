import { mkdtemp, open, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditRecord, OutcomeRecord } from "../audit/audit-record.ts";
import { openFileAuditLog } from "./file-audit-log.ts";
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
    {
      name: "lacks a line",
      message: /line 1 is not the next record/,
      change: (text: string) => text.replace(/^.*\n/, ""),
    },
    { name: "is something else", message: /line 1 is not JSON/, change: () => "hello\n" },
  ])("is refused, and left alone, when it $name", async ({ message, change }) => {
    await written(["e1", "e2", "e3"]);
    const changed = change(await readFile(path, "utf8"));
    await writeFile(path, changed);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(openFileAuditLog(path)).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringMatching(message),
      });
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

// Every UTF-16 code unit, lone surrogates among them, and those that break lines more often than the rest.
const nasty = fc
  .array(
    fc.oneof(fc.integer({ max: 0xffff, min: 0 }), fc.constantFrom(...'\n\r\u0085\u2028\u2029\u202e"\\\ud800\udc00\0')),
    {
      maxLength: 12,
    },
  )
  .map((units) => units.map((unit) => (typeof unit === "number" ? String.fromCharCode(unit) : unit)).join(""));

async function written(evaluationIds: readonly string[]) {
  const log = await openFileAuditLog(path);
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
  return {
    type: "outcome",
    evaluationId,
    time: "2030-01-01T00:00:00.000Z",
    status: "succeeded",
    cost: "0",
    labels: [],
    withheld: null,
  };
}

/** Where a failure of the disk is put in: all handles of files share it. */
async function handlePrototype() {
  const handle = await open(join(directory, "any"), "w");
  await handle.close();
  // The prototype of a handle has a handle's methods.
  return Object.getPrototypeOf(handle) as typeof handle;
}
