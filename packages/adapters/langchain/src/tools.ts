/** @module Tools alone: needs `@langchain/core`, but neither `langchain` nor `@langchain/langgraph`. */
export { ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export type { AuthorizationOptions, PendingApproval, ToolExecution } from "./authorization-options.ts";
export { type AnyTool, authorizeTool, type WrappingOptions, withAuthorization } from "./with-authorization.ts";
