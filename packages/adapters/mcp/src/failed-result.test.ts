import { type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import * as client2 from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import * as server2 from "@modelcontextprotocol/server";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { withAuthorization } from "./with-authorization.ts";
import { withClientAuthorization } from "./with-client-authorization.ts";

const policy = parsePolicy(`
tools:
  lookup: { scope: tool:order:read, cost: 0.02, classify: [{ by: scanner, labels: [private] }] }
  refund: { scope: tool:refund }
  mcp:crm/lookup: { scope: tool:order:read, cost: 0.02, classify: [{ by: scanner, labels: [private] }] }
  mcp:crm/refund: { scope: tool:refund }
policies: [{ role: rep, allow: [tool:order:read, tool:refund] }]
rules:
  - { id: lookup-first, before: tool:refund, require: tool:order:read }
  - { id: stays, after: tool:order:read, deny: label:private, message: Private data stays here. }
`);
const context = { subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s1" };

const answer = (order: unknown) => ({
  content: [{ type: "text" as const, text: order === 7 ? "order 7" : "no such order" }],
  ...(order === 7 ? {} : { isError: true, _meta: { price: "0.01" } }),
});

interface AnyServer {
  registerTool(name: string, config: object, body: (args: { order?: number }) => Promise<object>): unknown;
  connect(transport: object): Promise<void>;
}
interface AnyProtocol {
  setRequestHandler(
    method: unknown,
    handler: (request: { params: { arguments?: { order?: number } } }) => Promise<object>,
  ): void;
  connect(transport: object): Promise<void>;
}
interface AnyClient {
  callTool(params: object): Promise<{ content?: unknown; isError?: boolean }>;
  connect(transport: object): Promise<void>;
}
type Guard = (given: never, settings: object) => unknown;

const about = { name: "crm", version: "1.0.0" };
const capabilities = { tools: {} };
const versions = {
  "SDK 1": {
    newServer: () => new McpServer(about) as unknown as AnyServer,
    newProtocol: () => new Server(about, { capabilities }) as unknown as AnyProtocol,
    newClient: () => new Client(about) as unknown as AnyClient,
    method: CallToolRequestSchema as unknown,
  },
  "SDK 2": {
    newServer: () => new server2.McpServer(about) as unknown as AnyServer,
    newProtocol: () => new server2.Server(about, { capabilities }) as unknown as AnyProtocol,
    newClient: () => new client2.Client(about) as unknown as AnyClient,
    method: "tools/call" as unknown,
  },
};

function withTools<Given extends AnyServer>(server: Given): Given {
  const config = { inputSchema: z.object({ order: z.number() }) };
  server.registerTool("lookup", config, async ({ order }) => answer(order));
  server.registerTool("refund", config, async () => answer(7));
  return server;
}

const sides = ["a server", "a low-level server", "a client"] as const;
const cases = Object.entries(versions).flatMap(([version, parts]) =>
  sides.map((side) => ({ version, side, ...parts })),
);

describe.each(cases)("$version, guarding $side", ({ side, newServer, newProtocol, newClient, method }) => {
  async function setUp(found: readonly string[] = []) {
    const records: AuditRecord[] = [];
    const classified: unknown[] = [];
    const settings = {
      authorizer: createAuthorizer({
        policy,
        audit: { append: async (record) => void records.push(record) },
        classifiers: {
          scanner: ({ content, failed }) => {
            classified.push({ content, failed });
            return found;
          },
        },
      }),
      context,
      server: "crm",
      actualCost: { lookup: price, "mcp:crm/lookup": price },
    };
    // The types of both versions, which differ, are left out.
    const onServer = withAuthorization as unknown as Guard;
    const onClient = withClientAuthorization as unknown as Guard;
    const client = side === "a client" ? (onClient(newClient() as never, settings) as AnyClient) : newClient();
    const [near, far] = InMemoryTransport.createLinkedPair();
    await Promise.all([server(settings, onServer).connect(far), client.connect(near)]);
    const outcomes = () =>
      records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
    const call = (name: string, order: number) => client.callTool({ name, arguments: { order } });
    return { call, outcomes, classified };
  }
  const price = ({ _meta }: { _meta?: { price?: string } }) => _meta?.price;

  function server(settings: object, guard: Guard): { connect(transport: object): Promise<void> } {
    if (side === "a client") return withTools(newServer());
    if (side === "a server") return withTools(guard(newServer() as never, settings) as AnyServer);
    const protocol = guard(newProtocol() as never, settings) as AnyProtocol;
    protocol.setRequestHandler(method, async ({ params }) => answer(params.arguments?.order));
    return protocol;
  }

  it("S5: a result that is marked isError is no success: what must have happened before has not", async () => {
    const { call, outcomes, classified } = await setUp();
    expect(await call("lookup", 8)).toMatchObject(answer(8));
    expect(JSON.stringify(await call("refund", 7))).toContain("history_requires");
    expect(await call("lookup", 7)).toMatchObject(answer(7));
    expect(await call("refund", 7)).toMatchObject(answer(7));
    // What failed is charged what was reserved.
    expect(outcomes()).toEqual(["failed 0.02", "succeeded 0.02", "succeeded 0.00"]);
    expect(classified).toMatchObject([
      { content: answer(8), failed: true },
      { content: answer(7), failed: false },
    ]);
  });

  it("E7: what it says is withheld like any other result", async () => {
    const { call } = await setUp(["private"]);
    const told = JSON.stringify(await call("lookup", 8));
    expect(told).toContain("tool_result_withheld");
    expect(told).not.toContain("no such order");
  });
});
