/** @module Ambit for the OpenAI Agents SDK. */
export { UngovernableToolError } from "@ambit/core";
export type { PausedCall } from "./approval-pause.ts";
export {
  type AnyTool,
  type AuthorizationOptions,
  authorizeTool,
  type ToolExecution,
  withAuthorization,
} from "./with-authorization.ts";
