import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parsePolicy } from "../policy/parse-policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { filePrint } from "./file-print.ts";
import type { PolicyJob } from "./policy-job.ts";
import { PolicyThread } from "./policy-thread.ts";

const text = "tools: { read: { scope: tool:read } }\npolicies: [{ role: rep, allow: [tool:read] }]\n";

let folder = "";
let job: PolicyJob;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-thread-"));
  const path = join(folder, "policy.yaml");
  await writeFile(path, text);
  job = { path, print: await filePrint(path), digest: undefined, taken: undefined, options: {} };
});
afterEach(() => rm(folder, { recursive: true }));

it("reads the same policy as this thread would", async () => {
  const thread = new PolicyThread();
  const result = await thread.read(job);
  const policy = parsePolicy(text, { file: job.path });
  expect(result).toEqual({ status: "read", policy });
  const rules = result.status === "read" ? [...(result.policy.roles.get("rep")?.all() ?? [])] : [];
  expect(rules).toEqual([...(policy.roles.get("rep")?.all() ?? [])]);
  thread.close();
});

it("refuses with the same error as this thread would", async () => {
  const thread = new PolicyThread();
  await writeFile(job.path, "polices: []\n");
  const error = await thread.read({ ...job, print: await filePrint(job.path) }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PolicyError);
  expect(() => parsePolicy("polices: []\n", { file: job.path })).toThrow(error as PolicyError);
  expect(error).toMatchObject({ diagnostics: [{ code: "unknown_key", line: 1, help: 'did you mean "policies"?' }] });
  thread.close();
});

it("reads no other file than the one that was meant, and sends no policy that is known", async () => {
  const thread = new PolicyThread();
  expect(await thread.read({ ...job, print: "another" })).toEqual({ status: "changed" });
  expect(await thread.read({ ...job, digest: parsePolicy(text).digest })).toEqual({ status: "same" });
  thread.close();
});

describe("a thread that fails is an error, and the next file gets a new one", () => {
  it.each<[string, () => Worker, string]>([
    ["ends", () => new Worker("process.exit(3)", { eval: true }), "has ended"],
    ["throws", () => new Worker("throw new Error('broken')", { eval: true }), "failed: broken"],
    ["cannot be found", () => new Worker(new URL("./no-such-worker.ts", import.meta.url)), "failed"],
    [
      "runs out of memory",
      () => {
        const code = "const all = []; setInterval(() => all.push(new Array(1e6).fill({})), 1)";
        return new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 20 }, stderr: true });
      },
      "failed",
    ],
    [
      "cannot be started",
      () => {
        throw new Error("no more threads");
      },
      "no more threads",
    ],
  ])("one that %s", async (_name, broken, message) => {
    let started = 0;
    const thread = new PolicyThread(() => {
      started += 1;
      return started === 1 ? broken() : new Worker(new URL("./policy-worker.ts", import.meta.url));
    });
    await expect(thread.read(job)).rejects.toThrow(message);
    expect(await thread.read(job)).toMatchObject({ status: "read" });
    expect(started).toBe(2);
    thread.close();
  });

  it("options that cannot be sent are an error", async () => {
    const thread = new PolicyThread();
    // A caller without types may hand over anything.
    const options = { toolSchemas: new Map([["read", { check: () => true } as unknown as Record<string, never>]]) };
    await expect(thread.read({ ...job, options })).rejects.toThrow("could not be cloned");
    expect(await thread.read(job)).toMatchObject({ status: "read" });
    thread.close();
  });

  it("one that is closed while it reads", async () => {
    const thread = new PolicyThread();
    const reading = thread.read(job);
    thread.close();
    await expect(reading).rejects.toThrow("was stopped");
  });
});
