/** @module Ambit for the Model Context Protocol's TypeScript SDK, versions 1 and 2. */
export { ToolCallDeniedError, UngovernableToolError } from "@ambit/core";
export type { AuthInfo, AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
export type { ClientAuthorizationOptions, ClientToolExecution } from "./client-authorization-options.ts";
export { type ChangedTool, definitionDigest, type ToolPins } from "./tool-pins.ts";
export { type AuthorizableServer, withAuthorization } from "./with-authorization.ts";
export { type AuthorizableClient, withClientAuthorization } from "./with-client-authorization.ts";
