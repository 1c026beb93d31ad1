import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type House, importRings, type SourceFile, wrongImports } from "./architecture/house.ts";
import { readImports } from "./architecture/read-imports.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((path) => existsSync(join(root, path)));

interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly engines?: Record<string, string>;
  readonly exports?: object;
  readonly files?: readonly string[];
  readonly scripts?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const manifest = (folder: string) => JSON.parse(read(join(folder, "package.json"))) as Manifest;
const rootManifest = manifest(".");
const development = Object.keys(rootManifest.devDependencies ?? {});
const folders = tracked
  .filter((path) => /^(packages|examples|test\/bench)\/(.*\/)?package\.json$/.test(path))
  .map((path) => path.replace("/package.json", ""));
const houses: House[] = folders.map((folder) => {
  const { name, dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest(folder);
  const own = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  return { folder, name, dependencies: own, development: [...development, ...Object.keys(devDependencies)] };
});
houses.push({ folder: "test", name: "test", dependencies: development, development: [] });

const sources: readonly (SourceFile & { readonly house: House })[] = tracked
  .filter((path) => /\.(ts|js|mjs)$/.test(path) && path.includes("/"))
  .map((path) => {
    const house = houses.find(({ folder }) => path.startsWith(`${folder}/`));
    if (house === undefined) throw new Error(`${path} belongs to no package`);
    return { path, imports: readImports(path, read(path)), house };
  });

describe("the house", () => {
  it("has no arrow that points the wrong way", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap((file) => wrongImports(file, file.house))).toEqual([]);
  });

  it.each(folders)("%s: no files import each other in a ring", (folder) => {
    expect(importRings(sources.filter(({ house }) => house.folder === folder))).toEqual([]);
  });

  it.each(folders)("%s: declares of our packages only what it may import", (folder) => {
    const { name, dependencies = {} } = manifest(folder);
    const imports = Object.keys(dependencies).filter((dependency) => dependency.startsWith("@ambit/"));
    const house = houses.find((entry) => entry.name === name);
    expect(house && wrongImports({ path: `${folder}/package.json`, imports }, house)).toEqual([]);
  });

  it.each(folders.filter((folder) => folder.startsWith("packages/")))("%s can be published", (folder) => {
    expect(manifest(folder)).toMatchObject({
      name: expect.stringMatching(/^@ambit\/[a-z-]+$/),
      license: "Apache-2.0",
      type: "module",
      engines: { node: expect.stringMatching(/^>=22(\.\d+)?$/) },
      exports: expect.anything(),
      files: expect.arrayContaining(["dist"]),
    });
  });

  it.each(folders.filter((folder) => folder.startsWith("packages/adapters/")))(
    "%s takes its framework from its user",
    (folder) => {
      const { dependencies = {}, peerDependencies = {} } = manifest(folder);
      expect(Object.keys(dependencies)).toEqual(["@ambit/core"]);
      expect(Object.keys(peerDependencies).length).toBeGreaterThan(0);
    },
  );

  it.each([
    ["of permissions", /^test\/reference\/[^/]+$/, ["../generators/policy-document.ts"]],
    [
      "of state",
      /^test\/reference\/state\//,
      ["../../generators/policy-document.ts", "../../generators/stateful-document.ts", "../covers.ts"],
    ],
  ])("keeps the second evaluator %s small, and apart from what it is compared with", (_subject, files, shapes) => {
    const evaluator = sources.filter(({ path }) => files.test(path));
    const taken = evaluator.flatMap(({ imports }) => imports.filter((name) => !name.startsWith("./")));
    expect(new Set(taken)).toEqual(new Set(shapes));
    const lines = evaluator.flatMap(({ path }) => read(path).trimEnd().split("\n"));
    expect(lines.length).toBeLessThanOrEqual(400);
  });

  it("keeps the shapes of what is generated apart from all else", () => {
    const importsOf = (name: string) => sources.find(({ path }) => path === `test/generators/${name}`)?.imports;
    expect(importsOf("policy-document.ts")).toEqual([]);
    expect(importsOf("stateful-document.ts")).toEqual(["./policy-document.ts"]);
  });

  it("leaves the benchmarks' peers to the benchmarks", () => {
    const bench = manifest("test/bench").dependencies ?? {};
    expect(Object.values(bench).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    // What the measured packages stand on themselves is measured too.
    const own = houses.filter(({ name }) => Object.hasOwn(bench, name)).flatMap(({ dependencies }) => dependencies);
    const peers = Object.keys(bench).filter((name) => !name.startsWith("@ambit/") && !own.includes(name));
    const others = houses.filter(({ folder }) => !folder.startsWith("test"));
    const shared = others.filter(({ dependencies }) => peers.some((peer) => dependencies.includes(peer)));
    expect(peers.length).toBeGreaterThan(5);
    expect(shared.map(({ folder }) => folder)).toEqual([]);
  });

  it("compiles core without the types of Node or a browser", () => {
    const base = JSON.parse(read("tsconfig.base.json")) as { compilerOptions: object };
    const neutral = JSON.parse(read("packages/core/tsconfig.neutral.json")) as { compilerOptions: object };
    expect({ ...base.compilerOptions, ...neutral.compilerOptions }).toMatchObject({ types: [], lib: ["ES2024"] });
  });

  it("runs in CI what the README tells everybody to run, and nothing else", () => {
    const commands = read(".ci/run")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(commands).toEqual(["set -euo pipefail", 'cd "$(dirname "$0")/.."', "npm ci", "npm test"]);
    expect(read("README.md")).toContain("npm ci && npm test\n");
  });

  it("keeps the lockfile free of addresses, and installs nothing that is not in it", () => {
    expect(tracked).toContain("package-lock.json");
    expect(read("package-lock.json")).not.toMatch(/"resolved": "https?:/);
  });

  it("names no place of the machine that it was written on, and leaves nothing to be done", () => {
    const texts = tracked.filter((path) => !/\.(png|sqlite)$/.test(path) && !path.includes("fixtures/"));
    const machine = /\/(?:work|root|home|Users)\/[a-z]/;
    expect(texts.filter((path) => machine.test(read(path)))).toEqual([]);
    const unfinished = new RegExp(["\\b(TO", "DO|FIX", "ME|X", "XX)\\b"].join(""));
    expect(texts.filter((path) => path.endsWith(".ts") && unfinished.test(read(path)))).toEqual([]);
  });
});

describe("the rules can fail", () => {
  const core: House = { folder: "packages/core", name: "@ambit/core", dependencies: ["zod"], development: ["vitest"] };
  const adapter: House = {
    folder: "packages/adapters/x",
    name: "@ambit/x",
    dependencies: ["@ambit/core"],
    development: [],
  };
  it.each<[string, string, House, string]>([
    ["packages/core/src/a.ts", 'import { x } from "@ambit/cli";', core, "the arrow points the wrong way"],
    ["packages/core/src/a.ts", 'export type { X } from "node:fs";', core, "core runs without Node"],
    ["packages/core/src/a.ts", 'import "./node/b.ts";', core, "core runs without Node"],
    ["packages/core/src/a.ts", 'type X = import("left-pad").X;', core, "does not declare it"],
    ["packages/core/src/a.ts", 'await import("left-pad");', core, "does not declare it"],
    ["packages/core/src/a.ts", 'import { it } from "vitest";', core, "does not declare it"],
    ["packages/core/src/a.ts", "const name = `x`; await import(name);", core, "nobody can tell"],
    ["packages/core/src/a.ts", 'export * from "../../cli/src/b.ts";', core, "it leaves its package"],
    ["packages/core/src/a.ts", 'import "./b.test-support.ts";', core, "it is for tests only"],
    [
      "packages/adapters/x/src/a.ts",
      'import { y } from "@ambit/langchain";',
      adapter,
      "the arrow points the wrong way",
    ],
    ["packages/adapters/x/src/a.ts", 'import { z } from "@ambit/sqlite";', adapter, "the arrow points the wrong way"],
    [
      "packages/adapters/x/src/a.ts",
      'import { z } from "@ambit/conformance";',
      adapter,
      "the arrow points the wrong way",
    ],
    ["packages/adapters/x/src/a.js", 'const z = require("left-pad");', adapter, "does not declare it"],
  ])("%s: %s", (path, text, house, fault) => {
    expect(wrongImports({ path, imports: readImports(path, text) }, house)).toEqual([expect.stringContaining(fault)]);
  });

  it("comments and texts name no modules", () => {
    const text = '// import "a";\n/* import("b") */ const c = `import "d" ${1}`; const e = \'require("f")\';';
    expect(readImports("a.ts", text)).toEqual([]);
  });

  it("a ring of files is found", () => {
    const files = [
      { path: "a/b.ts", imports: ["./c.ts"] },
      { path: "a/c.ts", imports: ["./d.ts"] },
      { path: "a/d.ts", imports: ["./b.ts"] },
    ];
    expect(importRings(files)).toEqual([["a/b.ts", "a/c.ts", "a/d.ts", "a/b.ts"]]);
  });
});
