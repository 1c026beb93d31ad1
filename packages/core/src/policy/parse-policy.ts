import type { JsonObject } from "../tool-call.ts";
import { buildPolicy } from "./build-policy.ts";
import { checkDocument } from "./check-document.ts";
import { CompiledTexts } from "./compiled-texts.ts";
import type { Policy } from "./policy.ts";
import { maximumPolicyBytes } from "./policy-limits.ts";
import type { PolicyModel } from "./policy-model.ts";
import { PolicySource } from "./policy-source.ts";
import { readPolicy } from "./read-policy.ts";
import { readYaml } from "./read-yaml.ts";
import { stopAtErrors } from "./stop-at-errors.ts";

/** Settings of {@link parsePolicy}. */
export interface ParsePolicyOptions {
  /** The name to use in messages and records. Default: `policy`. */
  readonly file?: string | undefined;
  /**
   * The JSON Schemas of the arguments of tools, by name, where the file does not state them: conditions are checked
   * against them. They are checks of the file only, never of a call. Default: none.
   */
  readonly toolSchemas?: ReadonlyMap<string, JsonObject> | undefined;
  /** The most bytes of UTF-8 that the text may have; a larger one is refused unread. At most 64 MiB. Default: 8 MiB. */
  readonly maximumBytes?: number | undefined;
}

/**
 * Reads and compiles the text of a policy file. Throws a `PolicyError` that lists everything that is wrong; there is no
 * policy with errors. An empty text is a policy that allows nothing.
 */
export function parsePolicy(text: string, options: ParsePolicyOptions = {}): Policy {
  return compilePolicy(text, options);
}

/** What {@link parsePolicy} does, for a text that may be one tenant's among others. */
export function compilePolicy(text: string, options: ParseModelOptions): Policy {
  const texts = new CompiledTexts();
  const building = buildPolicy(parseModel(text, options, texts), texts);
  for (;;) {
    const step = building.next();
    if (step.done === true) return step.value;
  }
}

/** Settings of {@link parseModel}. */
export interface ParseModelOptions extends ParsePolicyOptions {
  /**
   * The files of the other tenants, by tenant: the text is then one tenant's policy, and must name a tenant that is not
   * among them. Default: a policy may name any tenant, or none.
   */
  readonly taken?: ReadonlyMap<string, string> | undefined;
}

/** The first half of {@link parsePolicy}: everything that can go wrong. Throws a `PolicyError`. */
export function parseModel(text: string, options: ParseModelOptions, texts: CompiledTexts): PolicyModel {
  const source = new PolicySource(text, options.file ?? "policy");
  const data = readYaml(source, maximumPolicyBytes(options.maximumBytes));
  stopAtErrors(source);
  const document = checkDocument(source, data ?? {});
  const model = readPolicy(source, document, { texts, toolSchemas: options.toolSchemas ?? new Map() });
  if (options.taken !== undefined) checkTenant(source, document.tenant, options.taken);
  stopAtErrors(source);
  return model;
}

function checkTenant(source: PolicySource, tenant: string | undefined, taken: ReadonlyMap<string, string>): void {
  if (tenant === undefined) {
    // A tenant that is no text was reported already.
    if (source.has(["tenant"])) return;
    const help = 'add "tenant": a policy among others is one tenant\'s';
    return source.reportAt(["tenant"], { code: "missing_key", message: 'the key "tenant" is missing', help });
  }
  if (tenant === "") {
    const help = "write the tenant's name";
    return source.reportAt(["tenant"], { code: "invalid_value", message: "this is empty", help });
  }
  const other = taken.get(tenant);
  if (other === undefined) return;
  const help = "put all of a tenant's policy into one file";
  source.reportAt(["tenant"], { code: "duplicate_id", message: `the tenant "${tenant}" is also in ${other}`, help });
}
