import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, vi } from "vitest";

/** Follows a file and decides a call for each line that it reads; at `hang` no file can be asked for any more. */
const program = `
  const [, core, node, file, pipe] = process.argv;
  const { createAuthorizer, parsePolicy } = await import(core);
  const { watchSuspensions } = await import(node);
  const { open } = await import("node:fs");
  const { createInterface } = await import("node:readline");
  const policy = parsePolicy("policies: [{ role: r, allow: [tool:x] }]");
  const onError = (error) => process.stderr.write(error.message);
  const authorizer = createAuthorizer({ policy, suspensions: await watchSuspensions(file, { interval: 20, onError }) });
  const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "a" }, session: "s" };
  for await (const line of createInterface({ input: process.stdin })) {
    // There is one thread for files, and it waits here until somebody writes to the pipe.
    if (line === "hang") open(pipe, "r", () => {});
    const decision = await authorizer.authorize({ tool: "x", arguments: {} }, context);
    console.log(decision.allowed ? "permit" : decision.code);
  }
`;

it.skipIf(process.platform === "win32")(
  "R7: a file system that does not answer stops everything until it does (pipes as POSIX has them)",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "ambit-hang-"));
    const [file, pipe] = [join(folder, "stop.yaml"), join(folder, "pipe")];
    await writeFile(file, "suspended: []");
    execFileSync("mkfifo", [pipe]);
    const modules = ["../index.ts", "./index.ts"].map((module) => new URL(module, import.meta.url).href);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program, ...modules, file, pipe], {
      env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
    });
    let errors = "";
    child.stderr.on("data", (text) => {
      errors += String(text);
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (line: string) => {
      child.stdin.write(`${line}\n`);
      return (await lines.next()).value;
    };
    const untilSaid = (answer: string) =>
      vi.waitFor(async () => expect(await ask("ask")).toBe(answer), { timeout: 30_000, interval: 50 });
    try {
      expect(await ask("hang")).toBe("permit");
      await untilSaid("suspended");
      expect(errors).toBe(`${file} does not answer`);
      await writeFile(pipe, "");
      await untilSaid("permit");
    } finally {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true });
    }
  },
);
