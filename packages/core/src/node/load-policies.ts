import { join } from "node:path";
import { compilePolicy } from "../policy/parse-policy.ts";
import type { Policy, TenantPolicies } from "../policy/policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { maximumPolicyBytes } from "../policy/policy-limits.ts";
import type { LoadPolicyOptions } from "./load-policy.ts";
import { policyFileNames, refuseOutside } from "./policy-directory.ts";
import { type PolicyFile, readPolicyFile } from "./read-policy-file.ts";

/**
 * Reads a directory of policy files, one a tenant: each names its `tenant`, and no two the same. Rejects with one
 * `PolicyError` that lists what is wrong in all of them; a directory with an error in any file gives no policy at all.
 *
 * Read are the files that end in `.yaml` or `.yml`, save those that begin with a dot or end in `.test.yaml`. Links are
 * followed as long as they stay within the directory.
 */
export async function loadPolicies(directory: string, options: LoadPolicyOptions = {}): Promise<TenantPolicies> {
  const files = await loadTenantFiles(directory, options);
  return { tenants: new Map(files.map(({ tenant, policy }) => [tenant, policy])) };
}

/** One file of a directory of policies. */
export interface TenantFile extends Omit<PolicyFile, "text"> {
  readonly name: string;
  readonly tenant: string;
  readonly policy: Policy;
}

/** What {@link loadPolicies} loads, file by file. */
export async function loadTenantFiles(directory: string, options: LoadPolicyOptions): Promise<TenantFile[]> {
  const maximumBytes = maximumPolicyBytes(options.maximumBytes);
  const files: TenantFile[] = [];
  const errors: PolicyError[] = [];
  const taken = new Map<string, string>();
  for (const name of await policyFileNames(directory)) {
    const path = join(directory, name);
    try {
      await refuseOutside(directory, name);
      const { text, ...known } = await readPolicyFile(path, maximumBytes);
      const policy = compilePolicy(text, { ...options, file: path, taken });
      if (policy.tenant === undefined) throw new TypeError("a policy without a tenant passed the check");
      taken.set(policy.tenant, path);
      files.push({ name, tenant: policy.tenant, policy, ...known });
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length === 0) return files;
  const diagnostics = errors.flatMap((error) => error.diagnostics);
  throw new PolicyError(diagnostics, { message: errors.map(({ message }) => message).join("\n") });
}
