import { renderDiagnostics } from "./diagnostic.ts";
import { PolicyError } from "./policy-error.ts";
import type { PolicySource } from "./policy-source.ts";

/** Throws a `PolicyError` of all that was reported about a file, in its order, if anything was. */
export function stopAtErrors({ diagnostics, text }: PolicySource): void {
  if (diagnostics.length === 0) return;
  const ordered = [...diagnostics].sort((left, right) => left.line - right.line || left.column - right.column);
  throw new PolicyError(ordered, { message: renderDiagnostics(ordered, text) });
}
