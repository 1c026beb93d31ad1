import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileLaterLoop, compileLoop } from "./compile-loop.ts";
import { verifyAnswers } from "./permission/verify-answers.ts";
import { planPolicy } from "./policy/policy-plan.ts";
import { askQueries } from "./policy/queries.ts";
import { readOptions } from "./read-options.ts";

const run = promisify(execFile);

describe("the benchmarks", () => {
  let folder: string;
  let printed: string;
  let written: { readonly reports: object };
  // All at once, for starting a process for each would take longest.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ambit-bench-"));
    const file = join(folder, "figures.json");
    const flags = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "run.ts")];
    printed = (await run(process.execPath, [...flags, "--quick", "--json", file])).stdout;
    written = JSON.parse(await readFile(file, "utf8"));
    // Long enough for a machine with much else to do.
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ["permission", "Ambit, bare check", "G3", "G4"],
    ["condition", "Ambit, condition", "G6"],
    ["memory", "Ambit, parsePolicy", "G5"],
    ["load", "during a reload", "G13"],
    ["decision", "authorizer.run, durable audit log, 64 at once"],
    ["whole-decision", "Ambit, run, all permitted, enqueued", "cedar-wasm", "G1", "G2", "G14"],
    ["frameworks", "AI SDK 7", "LangChain 1", "OpenAI Agents", "Mastra 1", "MCP SDK 1", "plain function"],
    ["history", "call 100,000", "of which one applies", "bytes a session", "G7"],
    ["limits", "three limits and two budgets", "rate-limiter-flexible", "G8"],
    ["flood", "new sessions refused", "resident", "S1", "R1"],
    ["state", "durability full", "the SQLite store, 64 at once"],
    ["redis", "store, 64 at once", "64 workers on one budget", "G10", "B1"],
    ["postgres", "64 at once, one user", "pgbench", "64 workers on one budget", "B1"],
  ])("%s: runs, finds every answer right and prints what it found", (section, ...parts) => {
    const report = printed.split("\n== ").find((text) => text.startsWith(`${section}\n`));
    for (const part of parts) expect(report).toContain(part);
    expect(written.reports).toHaveProperty([section, "tables", 0, "rows", 0, "figures"]);
  });

  it("say what they ran on", () => expect(printed).toContain(`Node ${process.version}`));

  it("run the sections that are asked for, and refuse others", () => {
    const known = ["permission", "load"];
    expect(readOptions([], known).sections).toEqual(known);
    expect(readOptions(["load", "--quick"], known)).toEqual({ sections: ["load"], json: undefined, effort: "quick" });
    expect(() => readOptions(["permissions"], known)).toThrow('there is no section "permissions"');
    expect(() => readOptions(["--fast"], known)).toThrow("--fast");
  });
});

describe("a measurement", () => {
  const plan = planPolicy("seed", "full");
  const queries = askQueries(plan, 64);

  it("is not made of what answers wrong", async () => {
    const verify = (allows: () => boolean) =>
      verifyAnswers("the contender", { allows }, { queries, milliseconds: 1_000 });
    await expect(verify(() => true)).rejects.toThrow("the contender answers wrong");
    await expect(verify(() => false)).rejects.toThrow("the contender answers wrong");
  });

  it("goes through all inputs, and on from where it stopped", async () => {
    const asked: number[] = [];
    const answer = (input: number) => asked.push(input) % 2 === 0;
    const loop = compileLoop(answer, [1, 2, 3]);
    expect([await loop(2), await loop(3)]).toEqual([1, 1]);
    expect(asked).toEqual([1, 2, 3, 1, 2]);
    const later = compileLaterLoop(async (input: number) => answer(input), [4, 5]);
    expect(await later(3)).toBe(2);
    expect(asked.slice(5)).toEqual([4, 5, 4]);
  });

  it.each(["full", "exact", "allows", "exact allows"] as const)(
    "has as many rules and as many right denials as it says, in the %s variant",
    (variant) => {
      const generated = planPolicy(1_000, variant);
      const patterns = generated.roles.flatMap(({ allow, deny }) => [...allow, ...deny]);
      expect(patterns).toHaveLength(1_000);
      expect(patterns.some((pattern) => pattern.includes("*"))).toBe(variant === "full" || variant === "allows");
      expect(generated.roles.some(({ deny }) => deny.length > 0)).toBe(variant === "full" || variant === "exact");
      const asked = askQueries(generated, 512);
      expect(asked.filter(({ allowed }) => allowed)).toHaveLength(256);
    },
  );
});
