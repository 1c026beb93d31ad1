import type { JsonObject } from "../tool-call.ts";

/** What a call's arguments must be. */
export interface ArgumentRule {
  /** The first thing that is wrong with arguments (always the same one), or `undefined` where nothing is. */
  readonly fault: (args: JsonObject) => ArgumentFault | undefined;
  /** The same as a JSON Schema, in which every object that is closed says so. */
  readonly schema: JsonObject;
}

/** What is wrong with arguments. */
export interface ArgumentFault {
  /** May be shown to a model: names and values in it are the policy's own, none is the request's. */
  readonly reason: string;
  /** For administrators: names of the request where it is wrong, and kinds and sizes instead of values. */
  readonly detail: string;
}
