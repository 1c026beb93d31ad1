/** @module Ambit for the AI SDK, versions 6 and 7. */
export { ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export { activeTools, type StepInformation } from "./active-tools.ts";
export {
  type AuthorizableTools,
  type AuthorizationOptions,
  type ToolExecution,
  withAuthorization,
} from "./with-authorization.ts";
