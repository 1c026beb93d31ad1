import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "main.ts");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-example-"));
});
afterAll(() => rm(folder, { recursive: true }));

function play(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, ...args],
      { env },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe("the story of a refund that a manager approves", () => {
  it("holds", async () => {
    const { code, stdout, stderr } = await play([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain("✘");
    expect(stdout.match(/paid: 300 to bob/g)).toHaveLength(2);
    expect(stdout).not.toContain("paid: 1900");
  });

  it("is told as one JSON document", async () => {
    const story = JSON.parse((await play(["--json"])).stdout);
    expect(story.holds).toBe(true);
    expect(story.acts).toHaveLength(6);
  });

  it("does not hold when the policy asks nobody, and says so", async () => {
    const policy = await readFile(join(import.meta.dirname, "../policy.yaml"), "utf8");
    const careless = join(folder, "careless.yaml");
    await writeFile(careless, policy.replace("        approval: true\n", ""));
    const { code, stdout } = await play(["--policy", careless]);
    expect(code).toBe(1);
    expect(stdout).toContain("✘ a history that somebody made up pays nothing");
  });
});
