import { conversionFunctions } from "./conversion-functions.ts";
import type { FunctionRule } from "./function-rule.ts";
import { policyFunctions } from "./policy-functions.ts";
import { textFunctions } from "./text-functions.ts";
import { timeFunctions } from "./time-functions.ts";

/** Every function of the language, by name. `has`, `dyn` and the macros over lists and maps are syntax. */
export const functionTable: ReadonlyMap<string, FunctionRule> = new Map([
  ...textFunctions,
  ...conversionFunctions,
  ...timeFunctions,
  ...policyFunctions,
]);
