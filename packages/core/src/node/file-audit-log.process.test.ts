import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutcomeRecord } from "../audit/audit-record.ts";
import { openFileAuditLog } from "./file-audit-log.ts";
import { verifyAuditFile } from "./verify-audit-file.ts";

let directory: string;
let path: string;
const children: ChildProcessWithoutNullStreams[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "audit-"));
  path = join(directory, "audit.log");
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(directory, { recursive: true });
});

describe("a process that is killed in mid-append", () => {
  it("E1: loses no record that was acknowledged, and the log opens again", { timeout: 60_000 }, async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const child = startChild([
        process.execPath,
        "--input-type=module",
        "-e",
        appendForever,
        logModule,
        path,
        `r${round}-`,
      ]);
      const exited = once(child, "exit");
      for await (const id of createInterface(child.stdout)) {
        acknowledged.push(id);
        // Another number of records each round, so that the kill meets the writer at another place.
        if (id === `r${round}-${200 + round * 37}`) child.kill("SIGKILL");
      }
      // What it wrote has ended before it has.
      await exited;
    }
    const log = await openFileAuditLog(path);
    const head = log.head();
    await log.close();
    const recorded = new Set(await ids());
    expect(acknowledged.length).toBeGreaterThan(6 * 200);
    expect(acknowledged.filter((id) => !recorded.has(id))).toEqual([]);
    await expect(verifyAuditFile(path, { checkpoint: head })).resolves.toMatchObject({ valid: true });
  });
});

describe("a second process", () => {
  it("L3: is refused a log that the first has open, and gets it when the first has ended", async () => {
    const child = startChild([process.execPath, "--input-type=module", "-e", appendForever, logModule, path, "a"]);
    const exited = once(child, "exit");
    await once(child.stdout, "data");
    await expect(openFileAuditLog(path)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringContaining(`process ${child.pid} has the log open`),
    });
    child.kill("SIGKILL");
    await exited;
    await (await openFileAuditLog(path)).close();
  });
});

describe("a disk without room", () => {
  const prlimit = spawnSync("prlimit", ["--version"]).status === 0;

  it.skipIf(!prlimit)(
    "L7: rejects what it cannot keep, and takes records again when there is room (needs prlimit)",
    async () => {
      const limited = ["prlimit", "--fsize=20000:unlimited", process.execPath];
      const child = startChild([...limited, "--input-type=module", "-e", appendUntilFull, logModule, path]);
      const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
      const full = JSON.parse((await answers.next()).value ?? "");
      expect(full).toMatchObject({ refused: "write_failed" });
      spawnSync("prlimit", ["--pid", `${child.pid}`, "--fsize=unlimited:unlimited"]);
      child.stdin.write("go on\n");
      const more = JSON.parse((await answers.next()).value ?? "");
      expect(more.records).toBe(full.records + 1);
      await expect(verifyAuditFile(path)).resolves.toMatchObject({ valid: true, records: more.records });
      expect((await ids()).at(-1)).toBe("last");
    },
  );
});

describe("a file that may not be written", () => {
  const windows = process.platform === "win32";

  it.skipIf(windows)("is refused with the system's error (modes of files as POSIX has them)", async () => {
    await (await openFileAuditLog(path)).close();
    await chmod(directory, 0o777);
    await chmod(path, 0o444);
    await withoutPrivileges(async () => {
      await expect(openFileAuditLog(path)).rejects.toMatchObject({ code: "EACCES" });
    });
  });

  it.skipIf(windows)("takes records again when its directory may be read again (modes as POSIX has them)", async () => {
    const log = await openFileAuditLog(path);
    await chmod(directory, 0o600);
    await withoutPrivileges(async () => {
      await expect(log.append(outcome("lost"))).rejects.toMatchObject({ code: "write_failed" });
    });
    await chmod(directory, 0o700);
    await log.append(outcome("e1"));
    await log.close();
    expect(await ids()).toEqual(["e1"]);
  });

  /** The superuser may do everything, so that a test run by them steps down to a user who may not. */
  async function withoutPrivileges(run: () => Promise<void>): Promise<void> {
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      await run();
    } finally {
      if (root) process.seteuid?.(0);
    }
  }
});

const logModule = new URL("./file-audit-log.ts", import.meta.url).href;

const preamble = `
  import { writeSync } from "node:fs";
  const [, module, path, prefix] = process.argv;
  const { openFileAuditLog } = await import(module);
  const log = await openFileAuditLog(path);
  const append = (evaluationId) =>
    log.append({ type: "outcome", evaluationId, time: "2030-01-01T00:00:00.000Z", status: "succeeded", cost: "0" , labels: [], withheld: null});
`;

const appendForever = `${preamble}
  let next = 0;
  const appendOne = async () => {
    for (;;) {
      const id = prefix + next++;
      await append(id);
      writeSync(1, id + "\\n");
    }
  };
  await Promise.all(Array.from({ length: 32 }, appendOne));
`;

const appendUntilFull = `${preamble}
  const answer = (value) => writeSync(1, JSON.stringify({ ...value, ...log.head() }) + "\\n");
  for (;;) {
    try {
      await append("a".repeat(500));
    } catch (error) {
      answer({ refused: error.code });
      break;
    }
  }
  process.stdin.once("data", async () => {
    await append("last");
    await log.close();
    answer({});
    process.exit();
  });
`;

function startChild([command = "", ...parameters]: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(command, parameters);
  children.push(child);
  child.stderr.pipe(process.stderr);
  return child;
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

async function ids(): Promise<unknown[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line).evaluationId);
}
