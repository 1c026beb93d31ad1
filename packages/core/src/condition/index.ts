export {
  type CompiledCondition,
  compileCondition,
  type ConditionAnswer,
} from "./compile-condition.ts";
export { ConditionError, type ConditionErrorCode } from "./condition-error.ts";
export type { ConditionTypes } from "./condition-types.ts";
export type {
  ConditionActor,
  ConditionEnvironment,
  ConditionSession,
  ConditionSubject,
} from "./frame.ts";
