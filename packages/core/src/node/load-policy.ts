import { parsePolicy } from "../policy/parse-policy.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicyText } from "./read-policy-text.ts";

/**
 * Reads and compiles a policy file. Rejects with a `PolicyError` where it cannot be read, is not UTF-8 or is not valid;
 * there is no default policy.
 */
export async function loadPolicy(path: string): Promise<Policy> {
  return parsePolicy(await readPolicyText(path), { file: path });
}
