import type { Diagnostic } from "./diagnostic.ts";

/** A policy that cannot be used. Nothing of it takes effect. The message shows every problem, with its place. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code = "policy_invalid";
  /** All problems, file by file, in the order of each file. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], { message }: { readonly message: string }) {
    super(message);
    this.diagnostics = diagnostics;
  }
}
