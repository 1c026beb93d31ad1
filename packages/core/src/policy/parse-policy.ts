import type { JsonObject } from "../tool-call.ts";
import { buildPolicy } from "./build-policy.ts";
import { checkDocument } from "./check-document.ts";
import { CompiledTexts } from "./compiled-texts.ts";
import type { Policy } from "./policy.ts";
import { PolicyError } from "./policy-error.ts";
import type { PolicyModel } from "./policy-model.ts";
import { PolicySource } from "./policy-source.ts";
import { readPolicy } from "./read-policy.ts";
import { readYaml } from "./read-yaml.ts";

/** Settings of {@link parsePolicy}. */
export interface ParsePolicyOptions {
  /** The name to use in messages and records. Default: `policy`. */
  readonly file?: string | undefined;
  /**
   * The JSON Schemas of the arguments of tools, by name, where the file does not state them: conditions are checked
   * against them. They are checks of the file only, never of a call. Default: none.
   */
  readonly toolSchemas?: ReadonlyMap<string, JsonObject> | undefined;
}

/**
 * Reads and compiles the text of a policy file. Throws a `PolicyError` that lists everything that is wrong; there is no
 * policy with errors. An empty text is a policy that allows nothing.
 */
export function parsePolicy(text: string, options: ParsePolicyOptions = {}): Policy {
  const texts = new CompiledTexts();
  const building = buildPolicy(parseModel(text, options, texts), texts);
  for (;;) {
    const step = building.next();
    if (step.done === true) return step.value;
  }
}

/** The first half of {@link parsePolicy}: everything that can go wrong. Throws a `PolicyError`. */
export function parseModel(text: string, options: ParsePolicyOptions, texts: CompiledTexts): PolicyModel {
  const source = new PolicySource(text, options.file ?? "policy");
  const data = readYaml(source);
  stopAtErrors(source);
  const document = checkDocument(source, data ?? {});
  const model = readPolicy(source, document, { texts, toolSchemas: options.toolSchemas ?? new Map() });
  stopAtErrors(source);
  return model;
}

function stopAtErrors(source: PolicySource): void {
  if (source.diagnostics.length === 0) return;
  throw new PolicyError(source.inOrder(), source.text);
}
