import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";

/** Decides a call for each line that it reads, and says how. */
const program = `
  const { createAuthorizer, parsePolicy } = await import(process.argv[1]);
  const { suspendOnSignal } = await import(process.argv[2]);
  const { createInterface } = await import("node:readline");
  const policy = parsePolicy("policies: [{ role: r, allow: [tool:x] }]");
  const audit = { append: async ({ type, reason }) => void (type === "suspension" && console.log("recorded:", reason)) };
  const authorizer = createAuthorizer({ policy, audit });
  const end = suspendOnSignal(authorizer);
  const context = { subject: { id: "u", roles: ["r"], scopes: ["tool:**"] }, actor: { id: "a" }, session: "s" };
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "resume") await authorizer.resume({ kind: "everything" });
    if (line === "end") end();
    const decision = await authorizer.authorize({ tool: "x", arguments: {} }, context);
    console.log(decision.allowed ? "permit" : decision.code);
  }
`;

it.skipIf(process.platform === "win32")(
  "R7: SIGUSR2 stops everything in the process until the application resumes it, and is recorded (signals as POSIX has them)",
  async () => {
    const modules = ["../index.ts", "./index.ts"].map((module) => new URL(module, import.meta.url).href);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program, ...modules], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value;
    const ask = (line: string) => {
      child.stdin.write(`${line}\n`);
      return next();
    };
    expect(await next()).toBe("ready");
    expect(await ask("ask")).toBe("permit");
    child.kill("SIGUSR2");
    expect(await next()).toBe("recorded: the process received SIGUSR2");
    expect(await ask("ask")).toBe("suspended");
    child.stdin.write("resume\n");
    expect([await next(), await next()]).toEqual(["recorded: null", "permit"]);
    // Nobody listens any more: the signal does what it does to any process.
    expect(await ask("end")).toBe("permit");
    child.kill("SIGUSR2");
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGUSR2");
  },
);
