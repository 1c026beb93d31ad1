import { renderDiagnostics } from "./diagnostic.ts";
import { PolicyError } from "./policy-error.ts";
import type { PolicySource } from "./policy-source.ts";

/** Throws a `PolicyError` of all that was reported about a file, in its order, if anything was. */
export function stopAtErrors(source: PolicySource): void {
  if (source.diagnostics.length === 0) return;
  const ordered = source.inOrder();
  throw new PolicyError(ordered, { message: renderDiagnostics(ordered, source.text) });
}
