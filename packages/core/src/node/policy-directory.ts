import { readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { errorCode } from "./error-code.ts";
import { unreadable } from "./read-policy-file.ts";

/**
 * The names of the policy files of a directory, in order: what ends in `.yaml` or `.yml` and neither begins with a dot
 * nor ends in `.test.yaml` or `.test.yml`. Directories within it are not looked into. Rejects with a `PolicyError`.
 */
export async function policyFileNames(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => /^[^.].*\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)).sort();
  } catch (error) {
    const message = `the directory cannot be read (${errorCode(error)})`;
    throw unreadable(directory, message, "check the path and its permissions");
  }
}

/** Rejects with a `PolicyError` where a name is a link that leads out of its directory: whoever can set one could name any file. */
export async function refuseOutside(directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  try {
    const [inside, target] = await Promise.all([realpath(directory), realpath(path)]);
    if (target.startsWith(inside.endsWith(sep) ? inside : inside + sep)) return;
  } catch {
    // What cannot be resolved cannot be read either: reading says why.
    return;
  }
  throw unreadable(path, "this link leads out of the directory", "put the file itself into the directory");
}
