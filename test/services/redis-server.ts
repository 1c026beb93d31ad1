import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { NeededService } from "./needed-service.ts";

/** The program `redis-server`, for tests that break a server of their own. */
export const redisProgram: NeededService = {
  name: "The program redis-server",
  advice: "Install Redis 7 or later.",
  reach: async () => {
    const child = spawn("redis-server", ["--version"], { stdio: "ignore" });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`it ended with ${String(code)}`);
  },
};

/** A server that a test has to itself. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** A client for the test's own questions. */
  readonly admin: Redis;
  /** Starts it again, with what it had kept. */
  start(): Promise<void>;
  /** Stops it at once: nothing more is kept. */
  stop(): Promise<void>;
  /** Stops it for good. */
  close(): Promise<void>;
}

/** Starts a server that keeps nothing, on a free port. `settings`: as on the command line, `["--maxmemory", "3mb"]`. */
export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "ambit-redis-"));
  const admin = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => 50 });
  admin.on("error", () => {});
  let child: ChildProcess | undefined;
  const start = async () => {
    const fixed = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
    child = spawn("redis-server", [...fixed, ...settings], { stdio: "ignore" });
    await untilReady(port);
    if (admin.status === "wait") await admin.connect();
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    running.kill("SIGKILL");
    await once(running, "exit");
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    admin,
    start,
    stop,
    close: async () => {
      admin.disconnect();
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilReady(port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.ping();
      return;
    } catch (error) {
      if (attempt > 200) throw error;
      await sleep(25);
    } finally {
      client.disconnect();
    }
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
