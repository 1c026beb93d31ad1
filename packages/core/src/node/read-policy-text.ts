import { maximumPolicyBytes } from "../policy/policy-limits.ts";
import { readPolicyFile } from "./read-policy-file.ts";

/** Reads the text of a policy file. Rejects with a `PolicyError` where it cannot be read, is too large or is not UTF-8. */
export async function readPolicyText(path: string): Promise<string> {
  return (await readPolicyFile(path, maximumPolicyBytes(undefined))).text;
}
