/** @module Ambit for the AI SDK, versions 6 and 7. */
export { ToolCallDeniedError } from "./tool-call-denied-error.ts";
export { UngovernableToolError } from "./ungovernable-tool-error.ts";
export { type AuthorizationOptions, type ToolExecution, withAuthorization } from "./with-authorization.ts";
