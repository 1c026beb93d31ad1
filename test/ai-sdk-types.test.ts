import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const modules = join(root, "node_modules");

/** What the compiler reads for a file, and what it complains of, if "ai" is the package of another name. */
async function compile(file: string, installed: string) {
  const types = ["index.d.mts", "index.d.ts"].map((name) => join(modules, installed, "dist", name)).find(existsSync);
  const project = {
    extends: join(root, "tsconfig.test.json"),
    compilerOptions: { paths: { ai: [types] }, listFiles: true },
    include: [],
    files: [join(root, file)],
  };
  const folder = await mkdtemp(join(modules, ".types-"));
  try {
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(project));
    const compiler = join(modules, "typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [compiler, "-p", folder]).catch((failed) => failed);
    const lines = String(stdout).trim().split("\n");
    const read = lines.flatMap((line) => /\/node_modules\/(ai\d?)\/dist\/index\.d\.m?ts$/.exec(line)?.[1] ?? []);
    return { read, complaints: lines.filter((line) => line.includes("error TS")) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

it.each(["ai", "ai6", "ai5"])(
  "what the adapter gives and takes has the types of the installed SDK: %s",
  async (name) => {
    expect(await compile("test/ai-sdk/every-version.test-d.ts", name)).toEqual({ read: [name], complaints: [] });
  },
);
