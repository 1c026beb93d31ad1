import { readFile, stat } from "node:fs/promises";
import { PolicyError } from "../policy/policy-error.ts";
import { policyLimits } from "../policy/read-yaml.ts";

/** Reads the text of a policy file. Rejects with a `PolicyError` where it cannot be read, is too large or is not UTF-8. */
export async function readPolicyText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > policyLimits.bytes)
      throw unreadable(path, "the file is larger than 1 MiB", "split it into several policies");
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw unreadable(
      path,
      `the file cannot be read (${why})`,
      "check the path and its permissions; without a policy nothing is allowed",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw unreadable(path, "the file is not UTF-8 text", "save it as UTF-8");
  }
}

function unreadable(path: string, message: string, help: string): PolicyError {
  const place = { file: path, line: 1, column: 1, length: 1 };
  return new PolicyError([{ code: "unreadable_file", severity: "error", message, help, ...place }], "");
}
