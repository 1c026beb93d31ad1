import { type ParsePolicyOptions, parsePolicy } from "../policy/parse-policy.ts";
import type { Policy } from "../policy/policy.ts";
import { maximumPolicyBytes } from "../policy/policy-limits.ts";
import { readPolicyFile } from "./read-policy-file.ts";

/** Settings of {@link loadPolicy}. */
export type LoadPolicyOptions = Omit<ParsePolicyOptions, "file">;

/**
 * Reads and compiles a policy file. Rejects with a `PolicyError` where it cannot be read, is not UTF-8 or is not valid;
 * there is no default policy.
 */
export async function loadPolicy(path: string, options: LoadPolicyOptions = {}): Promise<Policy> {
  const { text } = await readPolicyFile(path, maximumPolicyBytes(options.maximumBytes));
  return parsePolicy(text, { ...options, file: path });
}
