import { z } from "zod";
import { policySchema } from "./policy-schema.ts";

/**
 * The JSON Schema (draft 2020-12) of the policy file, for editors: made from the very schema that `parsePolicy` checks
 * with. The published copy is `@ambit/core/policy.schema.json`.
 */
export function policyJsonSchema(): object {
  return { title: "Ambit policy", ...z.toJSONSchema(policySchema, { io: "input" }) };
}
