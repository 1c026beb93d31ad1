import type { JsonObject } from "../tool-call.ts";

/** What a call's arguments must be. */
export interface ArgumentRule {
  readonly fault: (args: JsonObject) => ArgumentFault | undefined;
  /** The same as a JSON Schema, for checks of conditions. */
  readonly schema: JsonObject;
}

/** What is wrong with arguments. */
export interface ArgumentFault {
  /** Names only what the policy names. */
  readonly reason: string;
  /** For administrators: may quote the request. */
  readonly detail: string;
}
