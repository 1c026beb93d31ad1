import { checkDocument } from "./check-document.ts";
import { CompiledTexts } from "./compiled-texts.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { lintPolicy } from "./lint/lint-policy.ts";
import type { ParsePolicyOptions } from "./parse-policy.ts";
import { maximumPolicyBytes } from "./policy-limits.ts";
import type { PolicyReading } from "./policy-reading.ts";
import { PolicySource } from "./policy-source.ts";
import { readPolicy } from "./read-policy.ts";
import { readYaml } from "./read-yaml.ts";

/**
 * Everything there is to say of the text of a policy file, in its order: what keeps it from being a policy, and what in
 * it cannot have the effect that its words suggest. Takes longer than `parsePolicy`, and never throws for what is in the
 * text.
 */
export function checkPolicy(text: string, options: ParsePolicyOptions = {}): readonly Diagnostic[] {
  const source = new PolicySource(text, options.file ?? "policy");
  const data = readYaml(source, maximumPolicyBytes(options.maximumBytes));
  if (source.diagnostics.length > 0) return source.inOrder();
  const reading: PolicyReading = {
    source,
    texts: new CompiledTexts(),
    toolSchemas: options.toolSchemas ?? new Map(),
    places: new Map(),
  };
  const document = checkDocument(source, data ?? {});
  lintPolicy(reading, document, readPolicy(source, document, reading));
  return source.inOrder();
}
