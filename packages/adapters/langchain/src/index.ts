/** @module Ambit for LangChain and LangGraph, version 1. */
export { ModelCallDeniedError, ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export { assertGoverned, type GovernableAgent } from "./assert-governed.ts";
export { authorizationMiddleware, type MiddlewareOptions } from "./authorization-middleware.ts";
export type { AuthorizationOptions, PendingApproval, ToolExecution } from "./authorization-options.ts";
export { MiddlewareOrderError } from "./middleware-order-error.ts";
export {
  type ModelAuthorizationOptions,
  type ModelExecution,
  type ModelRequest,
  modelAuthorization,
} from "./model-authorization.ts";
export { type AnyTool, authorizeTool, type WrappingOptions, withAuthorization } from "./with-authorization.ts";
