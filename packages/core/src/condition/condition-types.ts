import type { JsonObject } from "../tool-call.ts";
import { readSchemaType } from "./schema-type.ts";
import { anything, listOf, recordOf, type StaticType, typeOf } from "./static-type.ts";

/** What is known when a condition is compiled. */
export interface ConditionTypes {
  /** The tool's JSON Schema of its arguments. Without one, anything may be asked of `args`. */
  readonly args?: JsonObject | undefined;
}

const text = typeOf("string");
const texts = listOf(text);

const subject = recordOf({ id: text, issuer: text, tenant: text, roles: texts, scopes: texts });
const actor = recordOf({ id: text, tier: text, chain: texts });
const session = recordOf({ id: text });
const openArguments: StaticType = { ...typeOf("map"), element: anything };

/** The names that an expression may begin with. */
export type RootName = "args" | "subject" | "actor" | "session" | "now";

/** The types of the names that an expression may begin with. */
export function readRootTypes(types: ConditionTypes): ReadonlyMap<string, StaticType> {
  // Arguments are an object; a schema that says otherwise says nothing of use.
  const described = types.args === undefined ? anything : readSchemaType({ ...types.args, type: "object" });
  return new Map<RootName, StaticType>([
    ["args", described.properties === undefined ? openArguments : described],
    ["subject", subject],
    ["actor", actor],
    ["session", session],
    ["now", typeOf("timestamp")],
  ]);
}
