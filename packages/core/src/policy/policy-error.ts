import { type Diagnostic, renderDiagnostic } from "./diagnostic.ts";

/** A policy file that cannot be used. Nothing of it takes effect. The message shows every problem, with its place. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code = "policy_invalid";
  /** All problems, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], source: string) {
    super(diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, source)).join("\n"));
    this.diagnostics = diagnostics;
  }
}
