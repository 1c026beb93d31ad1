import { accountFunctions } from "./account-functions.ts";
import { applyFunctions } from "./apply-functions.ts";
import { cellFunctions } from "./cell-functions.ts";
import { guardFunctions } from "./guard-functions.ts";
import { reclaimFunction } from "./reclaim-function.ts";
import { tables } from "./tables.ts";
import { version2 } from "./version-2.ts";
import { version3 } from "./version-3.ts";

/** The version of the schema that this store works with. */
export const schemaVersion = 3;

/**
 * What makes each version out of the one before it, the first out of nothing; `{schema}` and `{version}` are filled in.
 * One that was published is never changed: a later one is added.
 */
export const migrations: readonly string[] = [
  `${tables}${guardFunctions}${accountFunctions}${cellFunctions}${applyFunctions}${reclaimFunction}
-- Only what the owner grants is called by others.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC;
`,
  version2,
  version3,
];
