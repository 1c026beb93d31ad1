import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import * as client2 from "@modelcontextprotocol/client";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import * as server2 from "@modelcontextprotocol/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { withAuthorization } from "./with-authorization.ts";
import { type AuthorizableClient, withClientAuthorization } from "./with-client-authorization.ts";

const policy = parsePolicy(`
tools: { read: { scope: tool:crm:read }, pay: { scope: tool:pay } }
policies:
  - { role: rep, allow: [tool:crm:read] }
  - { role: manager, allow: [tool:crm:read, tool:pay] }
`);
/** Whose token it is. In a real server, what verifying it gives. */
const users: Record<string, CallContext["subject"]> = {
  "rep-token": { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  "manager-token": { id: "u2", roles: ["manager"], scopes: ["tool:**"] },
};
const options = (): AuthorizationOptions => ({
  authorizer: createAuthorizer({ policy }),
  context: ({ authInfo }) => {
    const subject = authInfo && users[authInfo.token];
    return subject && { subject, actor: { id: authInfo.clientId }, session: subject.id };
  },
  offer: "visible",
});

const calls: unknown[] = [];
beforeEach(() => void calls.splice(0));
const done = () => ({ content: [{ type: "text" as const, text: `call ${calls.length}` }] });
const config = { inputSchema: z.object({ amount: z.number().default(1) }) };
const body = async (args: unknown) => {
  calls.push(args);
  return done();
};

const open: HttpServer[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections();
});

type Listener = (request: IncomingMessage & { auth?: object }, response: ServerResponse) => Promise<void>;

/** Serves, with the token of each request taken as verified. */
async function listen(handle: Listener): Promise<URL> {
  const server = createServer((request: IncomingMessage & { auth?: object }, response) => {
    const token = request.headers.authorization?.replace("Bearer ", "");
    if (token !== undefined) request.auth = { token, clientId: "bot", scopes: [] };
    handle(request, response).catch(() => response.writeHead(500).end());
  }).listen(0, "127.0.0.1");
  open.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

/** Version 1: a transport and a server for each session. */
function serveVersion1(): Promise<URL> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const settings = options();
  return listen(async (request, response) => {
    const known = sessions.get(String(request.headers["mcp-session-id"]));
    const transport =
      known ??
      new StreamableHTTPServerTransport({
        sessionIdGenerator: () => `session-${sessions.size}`,
        onsessioninitialized: (id) => void sessions.set(id, transport),
      });
    if (known === undefined) {
      const server = withAuthorization(new McpServer({ name: "crm", version: "1" }), settings);
      server.registerTool("read", config, body);
      server.registerTool("pay", config, body);
      await server.connect(transport as never); // Its optional members are typed without `undefined`.
    }
    const parsed = request.method === "POST" ? await json(request) : undefined;
    await transport.handleRequest(request as never, response, parsed);
  });
}

/** Version 2: a server for each request. */
function serveVersion2(): Promise<URL> {
  const settings = options();
  const handler = server2.createMcpHandler(() => {
    const server = withAuthorization(new server2.McpServer({ name: "crm", version: "1" }), settings);
    server.registerTool("read", config, body);
    server.registerTool("pay", config, body);
    return server;
  });
  return listen(toNodeHandler(handler) as Listener);
}

interface AnyClient {
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  close(): Promise<void>;
}

const init = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });
async function connect1(url: URL, token: string): Promise<AnyClient> {
  const client = new Client({ name: "c", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(url, init(token)) as never);
  return client;
}
async function connect2(url: URL, token: string, mode: "legacy" | "modern"): Promise<AnyClient> {
  const versionNegotiation = mode === "modern" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {};
  const client = new client2.Client({ name: "c", version: "1" }, versionNegotiation);
  await client.connect(new client2.StreamableHTTPClientTransport(url, init(token)));
  return client;
}

describe.each<[string, () => Promise<URL>, (url: URL, token: string) => Promise<AnyClient>]>([
  ["server and client of version 1", serveVersion1, connect1],
  ["a server of version 1, a client of 2", serveVersion1, (url, token) => connect2(url, token, "legacy")],
  ["a server of version 2, a client of 1", serveVersion2, connect1],
  ["server and client of version 2", serveVersion2, (url, token) => connect2(url, token, "legacy")],
  [
    "server and client of version 2, revision 2026-07-28",
    serveVersion2,
    (url, token) => connect2(url, token, "modern"),
  ],
])("over HTTP, %s", (_which, serve, connect) => {
  it("each user is permitted and shown what is theirs, by the token of the request", async () => {
    const url = await serve();
    const rep = await connect(url, "rep-token");
    const manager = await connect(url, "manager-token");
    expect((await rep.listTools()).tools.map(({ name }) => name)).toEqual(["read"]);
    expect((await manager.listTools()).tools.map(({ name }) => name)).toEqual(["read", "pay"]);
    const denied = await rep.callTool({ name: "pay", arguments: { amount: 5 } });
    expect(denied).toMatchObject({ isError: true });
    expect(JSON.stringify(denied)).toContain("not_granted");
    expect(calls).toEqual([]);
    expect(await manager.callTool({ name: "pay" })).toMatchObject({ content: [{ type: "text", text: "call 1" }] });
    expect(calls).toEqual([{ amount: 1 }]);
  });

  it("a client's own policy stops what its server would permit", async () => {
    const client = await connect(await serve(), "manager-token");
    const subject = { id: "u3", roles: ["reader"], scopes: ["tool:**"] };
    withClientAuthorization(client as AuthorizableClient & AnyClient, {
      authorizer: createAuthorizer({ policy: parsePolicy("policies: [{ role: reader, allow: [tool:mcp:crm/read] }]") }),
      context: { subject, actor: { id: "bot" }, session: "s3" },
      server: "crm",
      pins: new Map(),
    });
    expect((await client.listTools()).tools).toHaveLength(2);
    expect(JSON.stringify(await client.callTool({ name: "pay" }))).toContain("tool_call_denied");
    expect(calls).toEqual([]);
    expect(await client.callTool({ name: "read" })).toMatchObject({ content: [{ type: "text", text: "call 1" }] });
    await client.close();
  });

  it("nobody is anybody without a token that is known", async () => {
    const client = await connect(await serve(), "no-token");
    expect(JSON.stringify(await client.callTool({ name: "read" }))).toContain("unauthenticated");
    expect(calls).toEqual([]);
  });
});

it("S2: who knows the session of another is still judged by their own token, each call of a batch for itself", async () => {
  const url = await serveVersion1();
  await connect1(url, "manager-token");
  const pay = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "pay", arguments: {} } });
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      authorization: "Bearer rep-token",
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-session-id": "session-0",
      "mcp-protocol-version": "2025-03-26",
    },
    body: JSON.stringify([pay(1), pay(2)]),
  });
  const text = await answer.text();
  expect(answer.status).toBe(200);
  expect(text.match(/not_granted/g)).toHaveLength(2);
  expect(calls).toEqual([]);
});

it.each(["@modelcontextprotocol/sdk/server", "@modelcontextprotocol/server"])("over stdio, with %s", async (sdk) => {
  const version1 = sdk.includes("sdk");
  const program = `
    import { createAuthorizer, parsePolicy } from "@ambit/core";
    import { withAuthorization } from "@ambit/mcp";
    import { McpServer } from "${version1 ? `${sdk}/mcp.js` : sdk}";
    import { StdioServerTransport } from "${version1 ? `${sdk}/stdio.js` : `${sdk}/stdio`}";
    const policy = parsePolicy("policies: [{ role: rep, allow: [tool:read] }]");
    const subject = { id: "u1", roles: ["rep"], scopes: ["tool:**"] };
    const server = withAuthorization(new McpServer({ name: "crm", version: "1" }), {
      authorizer: createAuthorizer({ policy }),
      context: { subject, actor: { id: "bot" }, session: "s1" },
    });
    server.registerTool("read", {}, async () => ({ content: [{ type: "text", text: "12 deals" }] }));
    server.registerTool("pay", {}, async () => process.exit(1));
    await server.connect(new StdioServerTransport());
  `;
  const client = new Client({ name: "c", version: "1" });
  const args = ["--input-type=module", "--eval", program];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: import.meta.dirname }));
  expect(await client.callTool({ name: "read" })).toMatchObject({ content: [{ text: "12 deals" }] });
  expect(JSON.stringify(await client.callTool({ name: "pay" }))).toContain("not_granted");
  await client.close();
});
