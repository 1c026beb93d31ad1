import type { JsonObject } from "../tool-call.ts";
import type { ArgumentRule } from "./argument-rule.ts";

/** What is wrong with a schema. */
export interface SchemaProblem {
  /** From the schema's root. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help?: string | undefined;
}

/** Compiles what a policy says of a tool's arguments. */
export function compileArguments(
  _document: readonly string[] | JsonObject,
): { readonly rule: ArgumentRule } | { readonly problems: readonly SchemaProblem[] } {
  return { problems: [{ path: [], message: "arguments cannot be described" }] };
}
