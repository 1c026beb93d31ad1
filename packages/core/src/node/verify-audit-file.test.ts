import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditCheckpoint } from "../audit/audit-chain.ts";
import { openFileAuditLog } from "./file-audit-log.ts";
import { verifyAuditFile } from "./verify-audit-file.ts";

let directory: string;
let path: string;
let whole: Buffer;
let checkpoint: AuditCheckpoint;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "audit-"));
  path = join(directory, "audit.log");
  const log = await openFileAuditLog(path);
  for (const subject of ["ada", "f\ufffd\ufffdo", "\u202eлюда", "😀\n"]) {
    await log.append({
      type: "outcome",
      evaluationId: subject,
      time: "2030-01-01T00:00:00.000Z",
      status: "failed",
      cost: "0.1",
      labels: [],
      withheld: null,
    });
  }
  await log.close();
  checkpoint = log.head();
  whole = await readFile(path);
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(() => writeFile(path, whole));

describe("verifying a file", () => {
  it("tells of each line before the first fault, and of none after it", async () => {
    const told: string[] = [];
    expect(await verifyAuditFile(path, { onLine: (line) => told.push(line) })).toMatchObject({ valid: true });
    expect(told.join("")).toBe(whole.toString("utf8"));
    const changed = whole.toString("utf8").replace('"evaluationId":"😀', '"evaluationId":"x');
    await writeFile(path, changed);
    const before: string[] = [];
    expect(await verifyAuditFile(path, { onLine: (line) => before.push(line) })).toMatchObject({ line: 4 });
    expect(before).toEqual(told.slice(0, 3));
  });

  it("takes what a log wrote", async () => {
    await expect(verifyAuditFile(path, { checkpoint })).resolves.toEqual({ valid: true, ...checkpoint });
  });

  it("L1: notices any byte that was changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const changed = Buffer.from(whole);
        changed[place] = (changed[place] ?? 0) ^ flip;
        await writeFile(path, changed);
        await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: false });
      }),
      { numRuns: 500 },
    );
  });

  it("L1: notices any byte that was added or removed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.uint8Array({ maxLength: 3 }), async (place, added) => {
        const removed = added.length === 0 ? 1 : 0;
        await writeFile(path, Buffer.concat([whole.subarray(0, place), added, whole.subarray(place + removed)]));
        await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: false });
      }),
      { numRuns: 300 },
    );
  });

  it("L2: notices any end that was removed, by a checkpoint", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
        await truncate(path, length);
        await expect(verifyAuditFile(path, { checkpoint })).resolves.toMatchObject({ valid: false });
        await writeFile(path, whole);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    {
      name: "bytes that are not UTF-8 where U+FFFD stood",
      line: 2,
      fault: "not_json",
      change: () => invalidUtf8(whole),
    },
    {
      name: "a byte order mark",
      line: 1,
      fault: "not_json",
      change: () => Buffer.concat([Buffer.from("\ufeff"), whole]),
    },
    { name: "a torn end", line: 4, fault: "torn_tail", change: () => whole.subarray(0, -9) },
    { name: "zeros at the end", line: 5, fault: "torn_tail", change: () => Buffer.concat([whole, Buffer.alloc(100)]) },
    {
      name: "a line without an end",
      line: 5,
      fault: "too_long",
      change: () => Buffer.concat([whole, Buffer.alloc(2 ** 21)]),
    },
    {
      name: "a long line",
      line: 5,
      fault: "too_long",
      change: () => Buffer.concat([whole, Buffer.alloc(2 ** 20, "a"), Buffer.from("\n")]),
    },
    {
      name: "the longest line",
      line: 5,
      fault: "not_json",
      change: () => Buffer.concat([whole, Buffer.alloc(2 ** 20 - 1, "a"), Buffer.from("\n")]),
    },
  ])("L1: names $name", async ({ line, fault, change }) => {
    await writeFile(path, change());
    await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: false, line, fault });
  });

  it("takes a log of many chunks in one piece", async () => {
    const long = join(directory, "long.log");
    const log = await openFileAuditLog(long);
    const time = "2030-01-01T00:00:00.000Z";
    await Promise.all(
      Array.from({ length: 3000 }, (_, index) =>
        log.append({
          type: "outcome",
          evaluationId: "é".repeat(index % 300),
          time,
          status: "succeeded",
          cost: "0",
          labels: [],
          withheld: null,
        }),
      ),
    );
    await log.close();
    expect((await stat(long)).size).toBeGreaterThan(1024 * 1024);
    await expect(verifyAuditFile(long, { checkpoint: log.head() })).resolves.toMatchObject({
      valid: true,
      records: 3000,
    });
  });

  it("rejects for a file that is not there", async () => {
    await expect(verifyAuditFile(join(directory, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

function invalidUtf8(bytes: Buffer): Buffer {
  const place = bytes.indexOf("\ufffd");
  return Buffer.concat([bytes.subarray(0, place), Buffer.from([0xff]), bytes.subarray(place + 3)]);
}
