import type { Authorizer, CallContext } from "@ambit/core";
import * as client2 from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { withClientAuthorization } from "./with-client-authorization.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
const options = { authorizer, context, server: "crm" };
const about = { name: "agent", version: "1.0.0" };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

// Each client comes back as what it was.
const first = withClientAuthorization(new Client(about), options);
proves<Equal<typeof first, Client>>();
const second = withClientAuthorization(new client2.Client(about), options);
proves<Equal<typeof second, client2.Client>>();

withClientAuthorization(new Client(about), {
  ...options,
  context: ({ server, toolName }) => (toolName.startsWith(`mcp:${server}/`) ? context : undefined),
  pins: new Map<string, string>(),
  onChange: ({ tool, digest }) => void [tool, digest?.length],
  offer: "visible",
});
// @ts-expect-error without a name for the server its tools are nobody's
withClientAuthorization(new Client(about), { authorizer, context });
// @ts-expect-error a server is no client
withClientAuthorization(new Server(about), options);
