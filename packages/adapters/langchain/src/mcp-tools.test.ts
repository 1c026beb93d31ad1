import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { HumanMessage } from "@langchain/core/messages";
import type { DynamicStructuredTool } from "@langchain/core/tools";
import { type ClientConfig, MultiServerMCPClient } from "@langchain/mcp-adapters";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createAgent } from "langchain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { assertGoverned } from "./assert-governed.ts";
import { authorizationMiddleware } from "./authorization-middleware.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { type ScriptedCall, ScriptedModel } from "./testing/scripted-model.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read }
  pay: { scope: tool:pay }
  mcp__crm__read: { scope: tool:crm:read }
  mcp__other__read: { scope: tool:other:read }
policies:
  - { role: rep, allow: [tool:crm:read, { scope: tool:pay, when: args.amount <= 200 }] }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const options = (): AuthorizationOptions => ({ authorizer: createAuthorizer({ policy }), context });

/** What the server was really asked to pay. */
const paid: unknown[] = [];
const open: { close(): unknown }[] = [];
beforeEach(() => void paid.splice(0));
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A server of the protocol's own SDK, behind HTTP. It keeps nothing between two requests. */
async function serve(): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const server = new McpServer({ name: "crm", version: "1" });
    server.registerTool("read", { inputSchema: { quarter: z.string().optional() } }, async () => ({
      content: [
        { type: "text", text: "12 deals" },
        { type: "resource", resource: { uri: "crm://deals", text: "all of them" } },
      ],
    }));
    server.registerTool("pay", { inputSchema: { amount: z.number() } }, async (args) => {
      paid.push(args);
      if (args.amount === 0) return { isError: true, content: [{ type: "text", text: "nothing to pay" }] };
      return { content: [{ type: "text", text: `paid ${args.amount}` }] };
    });
    const transport = new StreamableHTTPServerTransport({});
    // The SDK's own transport does not fit its own interface where absent is not undefined.
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    await transport.handleRequest(request, response, request.method === "POST" ? await json(request) : undefined);
  };
  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  }).listen(0, "127.0.0.1");
  open.push({ close: () => http.close().closeAllConnections() });
  await new Promise((resolve) => http.once("listening", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
}

async function toolsOf(more: Partial<ClientConfig> = {}): Promise<DynamicStructuredTool[]> {
  const client = new MultiServerMCPClient({ mcpServers: { crm: { url: await serve() } }, ...more });
  open.push(client);
  return client.getTools();
}

async function converse(kind: string, tools: readonly DynamicStructuredTool[], calls: readonly ScriptedCall[]) {
  const settings = options();
  const model = new ScriptedModel([calls]);
  const middleware = [authorizationMiddleware(settings)];
  const agent =
    kind === "middleware"
      ? createAgent({ model, tools: [...tools], middleware })
      : createAgent({ model, tools: [...withAuthorization(tools, settings)] });
  if (kind === "middleware") assertGoverned(agent);
  const { messages } = await agent.invoke({ messages: [new HumanMessage("go")] });
  expect(messages.at(-1)?.text).toBe("done");
  return model.answers(1);
}

const payment = (amount: number): ScriptedCall => ({ name: "pay", args: { amount } });

describe.each(["wrapped", "middleware"])("tools of MCP servers (%s)", (kind) => {
  it("give what their server answered, and its artifact", async () => {
    const answers = await converse(kind, await toolsOf(), [{ name: "read", args: { quarter: "Q1" } }, payment(5)]);
    expect(answers).toMatchObject([
      { content: "12 deals", artifact: [{ resource: { text: "all of them" } }] },
      { content: "paid 5", artifact: [] },
    ]);
    expect(paid).toEqual([{ amount: 5 }]);
  });

  it("E4: do not reach their server when they are denied, and answer with the denial and no artifact", async () => {
    const answers = await converse(kind, await toolsOf(), [payment(900)]);
    expect(answers).toMatchObject([{ content: expect.stringContaining("condition_failed"), status: "error" }]);
    expect(answers[0]?.artifact).toBeUndefined();
    expect(paid).toEqual([]);
  });

  it("say of an error of their server what they say without authorization", async () => {
    const tools = await toolsOf();
    const plain = new ScriptedModel([[payment(0)]]);
    await createAgent({ model: plain, tools }).invoke({ messages: [new HumanMessage("go")] });
    const [answer] = await converse(kind, tools, [payment(0)]);
    expect(answer).toMatchObject({ status: "error", content: expect.stringContaining("nothing to pay") });
    expect(answer?.content).toBe(plain.answers(1)[0]?.content);
  });

  it("refuse what their schema does not take, before anything is judged", async () => {
    const answers = await converse(kind, await toolsOf(), [{ name: "pay", args: { amount: "much" } }]);
    expect(answers).toMatchObject([{ status: "error", content: expect.not.stringContaining("tool_call_denied") }]);
    expect(paid).toEqual([]);
  });

  it("are told apart by their server's name, where they are loaded with it", async () => {
    const tools = await toolsOf({
      mcpServers: { crm: { url: await serve() }, other: { url: await serve() } },
      prefixToolNameWithServerName: true,
      additionalToolNamePrefix: "mcp",
    });
    const answers = await converse(kind, tools, [
      { name: "mcp__crm__read", args: {} },
      { name: "mcp__other__read", args: {} },
      { name: "mcp__crm__pay", args: { amount: 1 } },
    ]);
    expect(answers).toMatchObject([
      { status: "success" },
      { status: "error", content: expect.stringContaining("not_granted") },
      { status: "error", content: expect.stringContaining("unknown_tool") },
    ]);
  });

  it("are judged before a hook of the client, which is asked only for what is permitted", async () => {
    const hooked: unknown[] = [];
    const tools = await toolsOf({
      beforeToolCall: ({ args }) => {
        hooked.push(args);
        return { args: { amount: 7 } };
      },
    });
    await converse(kind, tools, [payment(900), payment(5)]);
    expect(hooked).toHaveLength(1);
    // The application's own hook has the last word, and what it says is not judged.
    expect(paid).toEqual([{ amount: 7 }]);
  });
});

it("judges the tools of a server that is a process of its own", async () => {
  const program = `
    import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
    import { z } from "zod";
    const server = new McpServer({ name: "crm", version: "1" });
    server.registerTool("read", {}, async () => ({ content: [{ type: "text", text: "12 deals" }] }));
    server.registerTool("pay", { inputSchema: { amount: z.number() } }, async () => process.exit(1));
    await server.connect(new StdioServerTransport());
  `;
  const args = ["--input-type=module", "--eval", program];
  const tools = await toolsOf({
    mcpServers: { crm: { transport: "stdio", command: process.execPath, args, cwd: import.meta.dirname } },
  });
  const answers = await converse("wrapped", tools, [payment(900)]);
  expect(answers).toMatchObject([{ content: expect.stringContaining("condition_failed"), status: "error" }]);
  const [read] = await converse("wrapped", tools, [{ name: "read", args: {} }]);
  expect(read).toMatchObject({ content: "12 deals", status: "success" });
});
