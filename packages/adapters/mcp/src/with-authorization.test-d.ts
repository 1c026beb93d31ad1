import type { Authorizer, CallContext } from "@ambit/core";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import * as server2 from "@modelcontextprotocol/server";
import { z } from "zod";
import { withAuthorization } from "./with-authorization.ts";

declare const authorizer: Authorizer;
declare const context: CallContext;
const options = { authorizer, context };
const about = { name: "crm", version: "1.0.0" };

type Equal<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
function proves<Claim extends true>(): Claim | undefined {
  return undefined;
}

// Each server comes back as what it was.
class Crm extends McpServer {
  readonly region = "north";
}
const crm = withAuthorization(new Crm(about), options);
proves<Equal<typeof crm, Crm>>();
const low = withAuthorization(new Server(about), options);
proves<Equal<typeof low, Server>>();
const second = withAuthorization(new server2.McpServer(about), options);
proves<Equal<typeof second, server2.McpServer>>();
const secondLow = withAuthorization(new server2.Server(about), options);
proves<Equal<typeof secondLow, server2.Server>>();

// Bodies still know their arguments.
const inputSchema = { amount: z.number() };
crm.registerTool("pay", { inputSchema }, ({ amount }) => ({ content: [{ type: "text", text: amount.toFixed(2) }] }));
second.registerTool("pay", { inputSchema: z.object(inputSchema) }, ({ amount }) => ({
  content: [{ type: "text", text: amount.toFixed(2) }],
}));

// What is told of a call is what a transport knows.
withAuthorization(new McpServer(about), {
  authorizer,
  context: ({ authInfo }) => (authInfo?.scopes.includes("crm") ? context : undefined),
  actualCost: { pay: (result: { _meta: { price: string } }) => result._meta.price },
  offer: "visible",
});
// @ts-expect-error arguments are the model's
withAuthorization(new McpServer(about), { authorizer, context: ({ arguments: given }) => given });
// @ts-expect-error without a context nobody is known
withAuthorization(new McpServer(about), { authorizer });
// @ts-expect-error what to offer is all or visible
withAuthorization(new McpServer(about), { ...options, offer: "some" });
// @ts-expect-error a number is no server
withAuthorization(1, options);
