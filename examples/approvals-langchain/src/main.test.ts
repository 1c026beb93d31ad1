import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-example-"));
});
afterAll(() => rm(folder, { recursive: true }));

function play(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = join(import.meta.dirname, "main.ts");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, ...args],
      { env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe("the story of the refund", () => {
  it("holds", async () => {
    const { code, stdout, stderr } = await play();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain("✘");
    expect(stdout.match(/waits: Refunds above 200 need a manager\./g)).toHaveLength(3);
    expect(stdout.match(/✔/g)).toHaveLength(10);
  });

  it("does not hold where the policy needs no approval, and says so", async () => {
    const policy = await readFile(join(import.meta.dirname, "../policy.yaml"), "utf8");
    const careless = join(folder, "careless.yaml");
    await writeFile(careless, policy.replace("        approval: true\n", ""));
    const { code, stdout } = await play("--policy", careless);
    expect(code).toBe(1);
    expect(stdout).toContain("✘ 300 was not paid before a manager had approved it");
  });
});
