import { maximumPolicyBytes } from "../policy/policy-limits.ts";
import type { LoadPolicyOptions } from "./load-policy.ts";
import { readPolicyFile } from "./read-policy-file.ts";

/** Reads the text of a policy file, for `checkPolicy`. Rejects with a `PolicyError` where it cannot be read or is not UTF-8. */
export async function readPolicyText(
  path: string,
  options: Pick<LoadPolicyOptions, "maximumBytes"> = {},
): Promise<string> {
  const { text } = await readPolicyFile(path, maximumPolicyBytes(options.maximumBytes));
  return text;
}
