import type { JsonObject } from "../tool-call.ts";
import type { CompiledTexts } from "./compiled-texts.ts";
import type { ChoiceModel, HolderModel, RuleModel } from "./policy-model.ts";
import type { Path, PolicySource } from "./policy-source.ts";

/** The paths of holders, rules and choices of a model. */
export type Places = Map<HolderModel | RuleModel | ChoiceModel, Path>;

/** What the readers of a policy's sections share. */
export interface PolicyReading {
  readonly source: PolicySource;
  readonly texts: CompiledTexts;
  /** What is known beforehand of the arguments of tools, by name. */
  readonly toolSchemas: ReadonlyMap<string, JsonObject>;
  /** Where the parts of the model that are read stand in the file, if anybody asks: the model itself keeps lines only. */
  readonly places?: Places | undefined;
}
