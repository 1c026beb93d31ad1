import type { MessagePort } from "node:worker_threads";
import type { Diagnostic } from "../policy/diagnostic.ts";
import type { LoadPolicyOptions } from "./load-policy.ts";

/** A file to be read and checked in the thread that does so. */
export interface PolicyJob {
  readonly path: string;
  /** Only a file with this print is read: the one that was found to stand still. */
  readonly print: string;
  /** The digest of the policy that the file gave last, which need not be sent again. */
  readonly digest: string | undefined;
  /** The files of the other tenants, by tenant, where the file is one of several. */
  readonly taken: ReadonlyMap<string, string> | undefined;
  readonly options: LoadPolicyOptions;
}

/** The message that hands a job over: the parts of the model go to its port. */
export interface PolicyRequest {
  readonly job: PolicyJob;
  readonly port: MessagePort;
}

/** What became of a job. `read`: all parts of the model were sent. */
export type PolicyAnswer =
  | { readonly status: "read" | "same" | "changed" }
  | { readonly status: "refused"; readonly diagnostics: readonly Diagnostic[]; readonly message: string }
  | { readonly status: "failed"; readonly message: string };
