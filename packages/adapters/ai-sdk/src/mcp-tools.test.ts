import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMCPClient } from "@ai-sdk/mcp";
import { type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { experimental_createMCPClient as createClientOfVersion5 } from "ai5-mcp";
import type * as ai6 from "ai6";
import { createMCPClient as createClientOfVersion6 } from "ai6-mcp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { loops, scripted, type Version } from "./sdk-versions.test-support.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  lookup: { scope: tool:order:read, classify: [{ by: scanner, labels: [private-data] }] }
  refund: { scope: tool:refund }
  erase: { scope: tool:erase }
policies:
  - role: rep
    allow: [tool:order:read, { scope: tool:refund, when: args.amount <= 200 }]
    deny: [tool:erase]
rules: [{ id: lookup-first, before: tool:refund, require: tool:order:read }]
`);
const context = { subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s1" };

/** What the MCP server was asked to do. */
const served: unknown[] = [];
beforeEach(() => void served.splice(0));

function crm(): McpServer {
  const server = new McpServer({ name: "crm", version: "1" });
  const answer = (words: string, isError: boolean) => ({ content: [{ type: "text" as const, text: words }], isError });
  server.registerTool("lookup", { inputSchema: { order: z.number() } }, async ({ order }) => {
    served.push({ lookup: order });
    return answer(order === 7 ? "order 7" : "no such order", order !== 7);
  });
  server.registerTool("refund", { inputSchema: { amount: z.number() } }, async ({ amount }) => {
    served.push({ refund: amount });
    return answer("refunded", false);
  });
  server.registerTool("erase", { inputSchema: {} }, async () => {
    served.push("erase");
    return answer("gone", false);
  });
  return server;
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const transport = new StreamableHTTPServerTransport({});
  // The SDK's own type for it, which is not exact about optional members.
  await crm().connect(transport as unknown as Parameters<McpServer["connect"]>[0]);
  await transport.handleRequest(request, response);
}

let http: Server;
beforeAll(async () => {
  http = createServer((request, response) => {
    serve(request, response).catch(() => response.writeHead(500).end());
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => http.once("listening", resolve));
});
afterAll(() => http.close().closeAllConnections());

/** The SDK's own client, as it is published for each version. */
const clients: Record<Version, typeof createClientOfVersion6> = {
  "7": createMCPClient as unknown as typeof createClientOfVersion6,
  "6": createClientOfVersion6,
  "5": createClientOfVersion5 as unknown as typeof createClientOfVersion6,
};

const lookupSchemas = { lookup: { inputSchema: z.object({ order: z.number() }) } };

describe.each(loops)("tools of an MCP server in AI SDK $version, $loop", ({ version, run }) => {
  async function setUp(settings: object = {}) {
    const { port } = http.address() as AddressInfo;
    const client = await clients[version]({ transport: { type: "http", url: `http://127.0.0.1:${port}/mcp` } });
    const records: AuditRecord[] = [];
    const classified: unknown[] = [];
    const authorizer = createAuthorizer({
      policy,
      audit: { append: async (record) => void records.push(record) },
      classifiers: {
        scanner: ({ content, failed }) => {
          classified.push({ content, failed });
          return [];
        },
      },
    });
    const given = (await client.tools(settings)) as unknown as ai6.ToolSet;
    const tools = withAuthorization(given, { authorizer, context });
    const outcomes = () => records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
    return { client, given, tools, classified, outcomes };
  }

  it("E4: a denied call never reaches the server, and a permitted one does with what was judged", async () => {
    const { client, tools } = await setUp();
    const { model, seen } = scripted(version, [
      [{ name: "lookup", input: { order: 7 } }],
      [{ name: "refund", input: { amount: 200 } }],
      [{ name: "refund", input: { amount: 201 } }],
      [{ name: "erase" }],
    ]);
    expect(await run({ model, tools })).toBe("done");
    expect(served).toEqual([{ lookup: 7 }, { refund: 200 }]);
    const outputs = seen().map(({ value }) => JSON.stringify(value));
    expect(outputs).toEqual(
      ["order 7", "refunded", "condition_failed", "forbidden"].map((part) => expect.stringContaining(part)),
    );
    await client.close();
  });

  it("S5: a result that says that the tool failed satisfies no requirement, and reaches the model as it is", async () => {
    const { client, tools, classified, outcomes } = await setUp();
    const { model, seen } = scripted(version, [
      [{ name: "lookup", input: { order: 8 } }],
      [{ name: "refund", input: { amount: 1 } }],
      [{ name: "lookup", input: { order: 7 } }],
      [{ name: "refund", input: { amount: 1 } }],
    ]);
    await run({ model, tools });
    expect(served).toEqual([{ lookup: 8 }, { lookup: 7 }, { refund: 1 }]);
    const outputs = seen().map(({ value }) => JSON.stringify(value));
    expect(outputs).toEqual(
      ["no such order", "history_requires", "order 7", "refunded"].map((part) => expect.stringContaining(part)),
    );
    expect(outcomes()).toEqual(["failed", "succeeded", "succeeded"]);
    expect(classified).toMatchObject([
      { content: { content: [{ text: "no such order" }], isError: true }, failed: true },
      { content: { content: [{ text: "order 7" }] }, failed: false },
    ]);
    await client.close();
  });

  it("tools with schemas of the application's are judged like the others, and no tool is changed", async () => {
    const { client, given, tools, outcomes } = await setUp({ schemas: lookupSchemas });
    expect(Object.keys(tools)).toEqual(["lookup"]);
    const { execute: _wrapped, ...rest } = tools["lookup"] ?? {};
    const { execute: _given, ...before } = given["lookup"] ?? {};
    expect(rest).toEqual(before);
    const { model } = scripted(version, [[{ name: "lookup", input: { order: 8 } }]]);
    await run({ model, tools });
    expect({ served, outcomes: outcomes() }).toEqual({ served: [{ lookup: 8 }], outcomes: ["failed"] });
    await client.close();
  });
});
