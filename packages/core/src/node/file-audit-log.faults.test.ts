import { createHash } from "node:crypto";
import { appendFile, mkdtemp, open, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OutcomeRecord } from "../audit/audit-record.ts";
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
    { name: "the flush", method: "datasync" },
    { name: "the write", method: "write" },
  ] as const)("rejects those who wait for $name, and none after", async ({ method }) => {
    const log = await openFileAuditLog(path);
    await log.append(outcome("e1"));
    const head = log.head();
    vi.spyOn(await handlePrototype(), method).mockRejectedValueOnce(new Error("EIO: i/o error"));
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
      await expect(log.append(outcome(id))).rejects.toMatchObject({
        code: "changed",
        message: expect.stringContaining(name),
      });
    }
    expect(await readFile(path).catch(() => undefined)).toEqual(left);
    await log.close();
  });

  it("L3: stops the log for good, though it was undone", async () => {
    const log = await openFileAuditLog(path);
    await appendFile(path, "x");
    await expect(log.append(outcome("e1"))).rejects.toMatchObject({ code: "changed" });
    await truncate(path, 0);
    await expect(log.append(outcome("e2"))).rejects.toMatchObject({ code: "changed" });
    await log.close();
  });

  async function replace(): Promise<void> {
    await writeFile(`${path}.new`, await readFile(path));
    await rename(`${path}.new`, path);
  }
});

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
