import { spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { acquireFileLock } from "./file-lock.ts";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lock-"));
  path = join(directory, "audit.log.lock");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

const linux = process.platform === "linux";

describe("a lock", () => {
  it("is refused to a second in the same process, until it is released", async () => {
    const lock = await acquireFileLock(path);
    await expect(acquireFileLock(path)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringContaining(`process ${process.pid} has the log open`),
    });
    await lock.release();
    expect(existsSync(path)).toBe(false);
    await (await acquireFileLock(path)).release();
  });

  it("names its process", async () => {
    await acquireFileLock(path);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
      pid: process.pid,
      startedAt: linux ? expect.stringMatching(/^[0-9a-f-]{36}\/\d+$/) : null,
    });
  });

  it("is refused while another process lives that holds it", async () => {
    const holder = spawn("sleep", ["60"]);
    try {
      await writeFile(path, JSON.stringify({ pid: holder.pid, startedAt: null }));
      await expect(acquireFileLock(path)).rejects.toMatchObject({ code: "locked" });
    } finally {
      holder.kill("SIGKILL");
    }
  });

  it("is taken over from a process that has ended", async () => {
    const { pid } = spawnSync("true");
    await writeFile(path, JSON.stringify({ pid, startedAt: null }));
    await acquireFileLock(path);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
  });

  it.skipIf(!linux).each([
    ["this process", () => process.pid],
    ["its parent", () => process.ppid],
  ])(
    "is taken over when %s has the id of one that was started at another time (only Linux tells)",
    async (_name, pid) => {
      await writeFile(path, JSON.stringify({ pid: pid(), startedAt: "00000000-0000-0000-0000-000000000000/1" }));
      await acquireFileLock(path);
      expect(JSON.parse(await readFile(path, "utf8")).startedAt).not.toMatch(/^0{8}/);
    },
  );

  it("is taken over by one of many who try at once", async () => {
    const { pid } = spawnSync("true");
    for (let round = 0; round < 20; round += 1) {
      await writeFile(path, JSON.stringify({ pid, startedAt: null }));
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireFileLock(path)));
      expect(results.filter(({ status }) => status === "fulfilled").length).toBe(1);
      await rm(path);
    }
  });

  it("is left to whoever took it over while its process was looked for", async () => {
    const { pid } = spawnSync("true");
    await writeFile(path, JSON.stringify({ pid, startedAt: null }));
    vi.spyOn(process, "kill").mockImplementationOnce(() => {
      writeFileSync(path, "another's");
      throw Object.assign(new Error("no such process"), { code: "ESRCH" });
    });
    await expect(acquireFileLock(path)).rejects.toMatchObject({ code: "locked" });
    expect(await readFile(path, "utf8")).toBe("another's");
    expect(existsSync(`${path}.takeover`)).toBe(false);
  });

  it.each([
    ["is empty", ""],
    ["is no JSON", "{"],
    ["is null", "null"],
    ["names no process", "{}"],
    ["names a group of processes", '{"pid":0}'],
    ["names all processes", '{"pid":-1}'],
  ])("is refused when the file %s, and says what to do", async (_name, content) => {
    await writeFile(path, content);
    await expect(acquireFileLock(path)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringContaining("remove it"),
    });
    expect(await readFile(path, "utf8")).toBe(content);
  });

  it("is refused while another takes it over", async () => {
    const { pid } = spawnSync("true");
    await writeFile(path, JSON.stringify({ pid, startedAt: null }));
    await writeFile(`${path}.takeover`, "");
    await expect(acquireFileLock(path)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringContaining(".takeover"),
    });
  });

  it("leaves another's lock alone when it is released", async () => {
    const lock = await acquireFileLock(path);
    await writeFile(path, "another's");
    await lock.release();
    expect(await readFile(path, "utf8")).toBe("another's");
  });
});
