import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createAuthorizer, parsePolicy } from "@ambit/core";
import { createSqliteStore } from "@ambit/sqlite";
import { afterEach, expect, it } from "vitest";

const policyText = `
tools: { build: { scope: tool:build } }
policies: [{ role: engineer, allow: [tool:build] }]
limits: [{ id: one-at-a-time, per: user, tool: build, concurrent: 1 }]
`;
const context = {
  subject: { id: "u1", roles: ["engineer"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s1",
};
const call = { tool: "build", arguments: {} };
/** So short that a process looks ten times a second; how long it lasts the clock in the file says. */
const lease = 300;
const start = 1_767_225_600_000;

/** Runs a tool that never ends, and says at which moment it has renewed. */
const runForEver = `
const [, core, sqlite, file, clockFile, policyText, context, call, lease] = process.argv;
const { readFileSync } = await import("node:fs");
const { createAuthorizer, parsePolicy } = await import(core);
const { createSqliteStore } = await import(sqlite);
const store = createSqliteStore({ file, durability: "normal", busyTimeout: 60_000 });
const apply = async (plan) => {
  const answer = await store.apply(plan);
  if (plan.effects.some(({ kind }) => kind === "renew")) console.log(plan.now);
  return answer;
};
const clock = () => Number(readFileSync(clockFile, "utf8"));
const authorizer = createAuthorizer({ policy: parsePolicy(policyText), store: { apply }, clock, lease: Number(lease) });
setInterval(() => {}, 1_000);
await authorizer.run(JSON.parse(call), JSON.parse(context), () => {
  console.log("runs");
  return new Promise(() => {});
});
`;

let folder: string;
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

it("B1, B6: a call that runs for four leases keeps its place, and leaves it a lease after its process was killed", async () => {
  folder = mkdtempSync(join(tmpdir(), "ambit-lease-"));
  const [file, clockFile] = [join(folder, "state.sqlite"), join(folder, "clock")];
  let now = start;
  const setClock = (moment: number) => {
    now = moment;
    // At once, so that no process reads half of a moment.
    writeFileSync(`${clockFile}.next`, String(moment));
    renameSync(`${clockFile}.next`, clockFile);
  };
  setClock(start);
  const store = createSqliteStore({ file, durability: "normal", busyTimeout: 60_000 });
  const options = { policy: parsePolicy(policyText), store, lease, deadline: 60_000 };
  const authorizer = createAuthorizer({ ...options, clock: () => Number(readFileSync(clockFile, "utf8")) });
  const ask = async () => {
    const result = await authorizer.run(call, context, () => "done");
    return result.executed ? "permitted" : result.decision.code;
  };

  const modules = ["@ambit/core", "@ambit/sqlite"].map((name) => import.meta.resolve(name));
  const texts = [file, clockFile, policyText, JSON.stringify(context), JSON.stringify(call), String(lease)];
  const started = spawn(process.execPath, ["--input-type=module", "--eval", runForEver, ...modules, ...texts], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = started;
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("runs");

  const third = lease / 3;
  while (now < start + 4 * lease) {
    setClock(now + third);
    // The clock goes on once the process has renewed by it, however long that takes.
    while (Number((await lines.next()).value) < now);
    expect(await ask()).toBe("rate_limited");
  }
  const gone = new Promise((resolve) => started.once("exit", resolve));
  started.kill("SIGKILL");
  await gone;
  setClock(now + lease - 1);
  expect(await ask()).toBe("rate_limited");
  setClock(now + 1);
  expect(await ask()).toBe("permitted");
  await store.close();
});
