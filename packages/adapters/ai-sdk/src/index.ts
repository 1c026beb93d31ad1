/** @module Ambit for the AI SDK, versions 5, 6 and 7. */
export { ModelCallDeniedError, ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export { activeTools, type StepInformation } from "./active-tools.ts";
export type { AuthorizationOptions, PausedCall, ToolExecution } from "./authorization-options.ts";
export {
  type ModelAuthorizationOptions,
  type ModelExecution,
  type ModelParameters,
  modelAuthorization,
} from "./model-authorization.ts";
export { type AuthorizableTools, withAuthorization } from "./with-authorization.ts";
