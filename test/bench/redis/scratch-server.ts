import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A Redis that keeps nothing, for the length of a measurement. */
export interface ScratchServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Starts one on a free port; `undefined` where there is no such program. */
export async function startScratchServer(): Promise<ScratchServer | undefined> {
  if (!(await isInstalled())) return undefined;
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "ambit-bench-redis-"));
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
  const child = spawn("redis-server", settings, { stdio: "ignore" });
  for (let attempt = 0; !(await answers(port)); attempt += 1) {
    if (attempt > 200) throw new Error("redis-server does not answer");
    await sleep(25);
  }
  return {
    port,
    close: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
      await rm(directory, { recursive: true });
    },
  };
}

/** How redis-benchmark is to ask. */
export interface BenchmarkOptions {
  readonly requests: number;
  readonly connections: number;
  readonly pipeline: number;
}

/** How many a second redis-benchmark gets of a command. */
export async function benchmarkScript(
  { port }: ScratchServer,
  command: readonly string[],
  { requests, connections, pipeline }: BenchmarkOptions,
): Promise<number> {
  const where = ["-p", String(port), "--csv", "-r", "10000"];
  const how = ["-n", String(requests), "-c", String(connections), "-P", String(pipeline)];
  const { stdout } = await run("redis-benchmark", [...where, ...how, ...command]);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  return Number(line.split('","')[1]?.replaceAll('"', ""));
}

async function isInstalled(): Promise<boolean> {
  try {
    await run("redis-server", ["--version"]);
    await run("redis-benchmark", ["--version"]);
    return true;
  } catch {
    return false;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await run("redis-cli", ["-p", String(port), "ping"])).stdout.trim() === "PONG";
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
