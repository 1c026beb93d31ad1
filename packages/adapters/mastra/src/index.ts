/** @module Ambit for Mastra. */
export { ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export type { PausedCall } from "./approval-pause.ts";
export { type AuthorizationOptions, type ToolExecution, withAuthorization } from "./with-authorization.ts";
