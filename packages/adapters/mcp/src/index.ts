/** @module Ambit for the Model Context Protocol's TypeScript SDK, versions 1 and 2. */
export { UngovernableToolError } from "@ambit/core";
export type { AuthInfo, AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
export { type AuthorizableServer, withAuthorization } from "./with-authorization.ts";
