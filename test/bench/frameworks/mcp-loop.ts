import { withClientAuthorization } from "@ambit/mcp";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import { type FrameworkLoop, given, toolName } from "./framework-loop.ts";

const about = { name: "crm", version: "1.0.0" };
const inputSchema = { customer: z.string(), limit: z.number() };

/** A client's calls of a server in the same process: no network, so that nothing hides what is added. */
export const mcpLoop: FrameworkLoop = {
  name: "MCP SDK 1, Client.callTool in memory",
  async prepare(authorization, body) {
    const server = new McpServer(about);
    server.registerTool(toolName, { inputSchema }, async () => ({ content: [{ type: "text", text: body() }] }));
    const plain = new Client(about);
    const client =
      authorization === undefined ? plain : withClientAuthorization(plain, { ...authorization, server: "crm" });
    const [here, there] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(there), client.connect(here)]);
    return () => client.callTool({ name: toolName, arguments: { ...given } });
  },
};
