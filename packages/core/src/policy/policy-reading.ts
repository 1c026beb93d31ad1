import type { JsonObject } from "../tool-call.ts";
import type { CompiledTexts } from "./compiled-texts.ts";
import type { PolicySource } from "./policy-source.ts";

/** What the readers of a policy's sections share. */
export interface PolicyReading {
  readonly source: PolicySource;
  readonly texts: CompiledTexts;
  /** What is known beforehand of the arguments of tools, by name. */
  readonly toolSchemas: ReadonlyMap<string, JsonObject>;
}
