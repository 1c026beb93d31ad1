export { type CompiledCondition, compileCondition } from "./compile-condition.ts";
export { type CompiledExpression, compileExpression } from "./compile-expression.ts";
export { ConditionError, type ConditionErrorCode } from "./condition-error.ts";
export type { ConditionTypes } from "./condition-types.ts";
export type {
  ConditionActor,
  ConditionAnswer,
  ConditionEnvironment,
  ConditionSession,
  ConditionSubject,
} from "./frame.ts";
