import { posix } from "node:path";

const stores = ["@ambit/sqlite", "@ambit/redis", "@ambit/postgres"];

/** What a package of the house may import of the others, by its folder. The first that fits counts. */
export const arrows: readonly { readonly folder: RegExp; readonly may: readonly string[] }[] = [
  { folder: /^packages\/core$/, may: [] },
  { folder: /^packages\/(identity|conformance|prices)$/, may: ["@ambit/core"] },
  { folder: /^packages\/(adapters|stores)\/[^/]+$/, may: ["@ambit/core"] },
  { folder: /^packages\/server$/, may: ["@ambit/core", "@ambit/identity"] },
  { folder: /^packages\/cli$/, may: ["@ambit/core", "@ambit/identity", "@ambit/server", ...stores] },
  { folder: /^(examples\/[^/]+|test|test\/bench)$/, may: ["*"] },
];

/** One file, and what it imports. */
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly imports: readonly string[];
}

/** A folder with a package.json, or the root's `test`. */
export interface House {
  readonly folder: string;
  readonly name: string;
  /** What the package's users get with it. */
  readonly dependencies: readonly string[];
  /** What its own tests may use besides. */
  readonly development: readonly string[];
}

/** Everything that is wrong with a file's imports, in words. */
export function wrongImports(file: SourceFile, house: House): string[] {
  return file.imports.flatMap((name) => {
    const fault = wrongImport(file, house, name);
    return fault === undefined ? [] : [`${file.path} imports ${name}: ${fault}`];
  });
}

function wrongImport({ path }: SourceFile, house: House, name: string): string | undefined {
  if (name === "(computed)") return "nobody can tell what it is";
  if (name.startsWith(".")) return wrongRelative(path, house, posix.join(posix.dirname(path), name));
  if (name.startsWith("node:")) return isNeutral(path) ? "core runs without Node, save for src/node" : undefined;
  const wanted = name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
  if (wanted.startsWith("@ambit/") && wanted !== house.name) return wrongArrow(path, house, wanted);
  const declared = isTest(path) ? [...house.dependencies, ...house.development] : house.dependencies;
  return declared.includes(wanted) ? undefined : "its package.json does not declare it";
}

function wrongRelative(path: string, { folder }: House, target: string): string | undefined {
  if (!target.startsWith(`${folder}/`)) return "it leaves its package";
  if (isTest(target) && !isTest(path)) return "it is for tests only";
  if (isNeutral(path) && target.startsWith("packages/core/src/node/"))
    return "core runs without Node, save for src/node";
  return undefined;
}

function wrongArrow(path: string, { folder }: House, wanted: string): string | undefined {
  const may = arrows.find((rule) => rule.folder.test(folder))?.may ?? [];
  if (may.includes(wanted) || may.includes("*")) return undefined;
  // Tests of a package may stand on core and on what every store must do; nothing lets them reach further.
  const ground = ["@ambit/core", "@ambit/conformance"];
  return isTest(path) && ground.includes(wanted) ? undefined : "the arrow points the wrong way";
}

function isNeutral(path: string): boolean {
  return path.startsWith("packages/core/src/") && !path.startsWith("packages/core/src/node/") && !isTest(path);
}

function isTest(path: string): boolean {
  return /\.test(-d|-support)?\.ts$/.test(path) || path.startsWith("test/");
}

/** The files of a package that import each other in a ring, each ring once; type imports count. */
export function importRings(files: readonly SourceFile[]): string[][] {
  const targets = new Map(files.map(({ path, imports }) => [path, relativeTargets(path, imports)]));
  const done = new Set<string>();
  const rings: string[][] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) rings.push([...trail.slice(start), path]);
    if (start !== -1 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return rings;
}

function relativeTargets(path: string, imports: readonly string[]): string[] {
  return imports.filter((name) => name.startsWith(".")).map((name) => posix.join(posix.dirname(path), name));
}
