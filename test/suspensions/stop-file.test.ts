import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { formatSuspensions, type ListedSuspension } from "@ambit/core";
import { afterEach, describe, expect, it } from "vitest";
import { type FaultyProxy, startFaultyProxy } from "../services/faulty-proxy.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { openOwnStore, redisService, redisUrl } from "../services/redis-service.ts";

const program = join(import.meta.dirname, "call-for-ever.process.ts");

interface Said {
  readonly event: string;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** A process that calls for ever, and all that it has said. */
interface Caller {
  readonly child: ChildProcess;
  readonly said: Said[];
}

const closing: (() => unknown)[] = [];

async function begin() {
  const { hostname, port } = new URL(redisUrl);
  const proxy = await startFaultyProxy(hostname, Number(port || 6379));
  const { prefix, close } = await openOwnStore();
  const folder = await mkdtemp(join(tmpdir(), "ambit-stop-"));
  closing.push(
    () => rm(folder, { recursive: true }),
    close,
    () => proxy.close(),
  );
  const file = join(folder, "stop.yaml");
  await writeFile(file, formatSuspensions([]));
  const url = new URL(redisUrl);
  url.host = `127.0.0.1:${proxy.port}`;
  const callers = ["a", "b", "c", "d"].map((name) => start([url.href, prefix, file, name]));
  const list = async (entries: readonly ListedSuspension[]) => {
    await writeFile(`${file}.new`, formatSuspensions(entries));
    await rename(`${file}.new`, file);
    return Date.now();
  };
  return { proxy, callers, list };
}

function start(args: readonly string[]): Caller {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  closing.push(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  const said: Said[] = [];
  const { stdout } = child;
  if (stdout === null) throw new Error("the process has no output");
  createInterface({ input: stdout }).on("line", (line) => said.push(JSON.parse(line)));
  return { child, said };
}

/** Waits until every process has said something often enough since a moment. */
function untilAll(callers: readonly Caller[], event: string, { since = 0, times = 1 } = {}): Promise<void> {
  return until(event, callers, (said) => {
    return said.filter((line) => line.event === event && line.time >= since).length >= times;
  });
}

async function until(what: string, callers: readonly Caller[], holds: (said: readonly Said[]) => boolean) {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (callers.every(({ said }) => holds(said))) return;
    await sleep(20);
  }
  throw new Error(`not in every process: ${what}`);
}

function unfinished(said: readonly Said[]): readonly string[] {
  const ended = new Set(said.filter(({ event }) => event === "ended").map(({ id }) => id));
  return said.filter(({ event, id }) => event === "started" && !ended.has(id)).map(({ id }) => id);
}

const agent: ListedSuspension = { kind: "agent", id: "bot" };

describe.skipIf(!(await serviceIsThere(redisService)))("four processes over one Redis, with fail: open", () => {
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it.each<[string, ListedSuspension, (proxy: FaultyProxy) => unknown]>([
    ["answers", agent, () => {}],
    ["does not answer any more", agent, (proxy) => proxy.setFault("hold")],
    ["is gone", { kind: "everything" }, (proxy) => proxy.close()],
  ])(
    "R7: after an operator's file was written no execution starts, and those under way end, while the store %s",
    async (_how, entry, breakStore) => {
      const { proxy, callers, list } = await begin();
      await untilAll(callers, "started");
      const broken = Date.now();
      await breakStore(proxy);
      // So that it is the file and nothing else that stops them.
      await untilAll(callers, "started", { since: broken + 500, times: 2 });
      const written = await list([entry]);
      await untilAll(callers, "suspended", { since: written, times: 20 });
      await until("what was under way has ended", callers, (said) => unfinished(said).length === 0);
      for (const { said } of callers) expectStopped(said, written);
      const resumed = await list([]);
      await untilAll(callers, "started", { since: resumed });
    },
  );
});

function expectStopped(said: readonly Said[], written: number): void {
  const first = said.findIndex(({ event }) => event === "suspended");
  expect(said.slice(first).filter(({ event }) => event === "started")).toEqual([]);
  const started = said.filter(({ event }) => event === "started");
  // Within a second is the promise; the rest is for a machine on which processes have to wait for their turn.
  expect((started.at(-1)?.time ?? 0) - written).toBeLessThan(5_000);
}
