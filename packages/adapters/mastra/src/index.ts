/** @module Ambit for Mastra. */
export { ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export { type AuthorizationOptions, type ToolExecution, withAuthorization } from "./with-authorization.ts";
