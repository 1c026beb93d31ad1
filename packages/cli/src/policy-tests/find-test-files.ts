import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * The files of policy tests at some paths: a file is taken as it is, a folder is searched for `*.test.yaml` and `*.test.yml`, save for
 * `node_modules` and hidden folders. Links are not followed. Rejects where a path leads to nothing, or to no tests.
 */
export async function findTestFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const files = await filesAt(path);
    if (files.length === 0) throw new Error(`${path} holds no *.test.yaml`);
    for (const file of files) found.add(file);
  }
  return [...found];
}

async function filesAt(path: string): Promise<readonly string[]> {
  const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${error.code ?? "unknown error"})`, { cause: error });
  });
  return about.isDirectory() ? search(path) : [path];
}

async function search(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  // In the order of their names, so that a report is the same everywhere.
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isFile() && /\.test\.ya?ml$/.test(entry.name)) found.push(path);
    if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith(".")) {
      found.push(...(await search(path)));
    }
  }
  return found;
}
